// One source transaction of ten million rows, and how much memory the stream's process needs for it: the system's own count of the most
// that was ever resident. Then the source writes to tables that the stream does not carry, and we look how much log its slot
// holds back meanwhile.
//
//   npm run bench -- large [--rows N]
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startOwnCluster, startProcess, waitFor } from "@strangler/test-kit";
import pg from "pg";
import { stringify } from "yaml";
import type { BenchOptions, BenchResult } from "./result.ts";

export async function run({ progress, rows = ROWS }: BenchOptions): Promise<BenchResult> {
  const settings = { shared_buffers: "256MB", max_wal_size: "8GB", max_slot_wal_keep_size: -1 };
  const [source, target] = await Promise.all([startOwnCluster({ settings }), startOwnCluster({ settings })]);
  const folder = await mkdtemp(path.join(tmpdir(), "bench-large-"));
  const child = await startStream(source.url("postgres"), target.url("postgres"), folder);
  const [at, to] = await Promise.all([connect(source.url("postgres")), connect(target.url("postgres"))]);
  try {
    await Promise.all([at.query(TABLES), to.query(TABLES)]);
    const stream = await child();
    const idleMiB = await residentMiB(stream.pid);
    progress(`following, ${idleMiB} MiB`);
    const startedAt = performance.now();
    await at.query(
      "INSERT INTO things SELECT n, 'thing ' || n, n / 100.0, now() FROM generate_series(1, $1::bigint) n",
      [rows],
    );
    const committedAt = performance.now();
    progress(`committed after ${seconds(committedAt - startedAt)} s, ${await residentMiB(stream.pid)} MiB`);
    await at.query("INSERT INTO marks VALUES (1)");
    await waitFor("the mark", async () => (await to.query("SELECT 1 FROM marks")).rows.length === 1, {
      limitMs: 3_600_000,
      everyMs: 200,
    });
    const appliedAt = performance.now();
    const mostMiB = await residentMiB(stream.pid);
    const sums = await Promise.all([at, to].map(fingerprint));
    if (sums[0] !== sums[1]) throw new Error(`The rows are not equal: ${sums.join(", ")}`);
    progress(`applied after ${seconds(appliedAt - committedAt)} s more, at most ${mostMiB} MiB`);
    const heldMiB = await measureHeldLog(at, progress);
    await stream.kill("SIGTERM");
    return describe({
      rows,
      idleMiB,
      mostMiB,
      heldMiB,
      commitSeconds: seconds(committedAt - startedAt),
      applySeconds: seconds(appliedAt - committedAt),
    });
  } finally {
    await Promise.all([at.end(), to.end()]);
    await Promise.all([source.remove(), target.remove(), rm(folder, { recursive: true })]);
  }
}

// --- internal ---

const ROWS = 10_000_000;
const LIMIT_MIB = 256;
const SEGMENT_MIB = 16;
const IDLE_SECONDS = 40;

const TABLES = `
  CREATE TABLE things (id bigint PRIMARY KEY, label text NOT NULL, amount numeric(12,2) NOT NULL, changed_at timestamptz NOT NULL);
  CREATE TABLE marks (id bigint PRIMARY KEY); CREATE TABLE foreign_things (id bigint, filling text)`;

async function startStream(sourceUrl: string, targetUrl: string, folder: string) {
  const file = path.join(folder, "streams.yaml");
  const same = (table: string, columns: string[]) => ({
    from: `public.${table}`,
    to: `public.${table}`,
    key: ["id"],
    columns: Object.fromEntries(columns.map((column) => [column, column])),
  });
  const tables = [same("things", ["id", "label", "amount", "changed_at"]), same("marks", ["id"])];
  await writeFile(file, stringify({ streams: { bench: { source: "source", target: "target", tables } } }));
  return async () => {
    const child = startProcess({
      script: path.join(import.meta.dirname, "../../cdc/src/main.ts"),
      env: {
        STRANGLER_STREAM: "bench",
        STREAMS_FILE: file,
        STRANGLER_DATABASE_SOURCE_URL: sourceUrl,
        STRANGLER_DATABASE_TARGET_URL: targetUrl,
        LOG_LEVEL: "info",
        // As the stack starts all its processes.
        NODE_OPTIONS: "--max-semi-space-size=4",
      },
    });
    await child.waitForLine(/"following"/, 60_000);
    return child;
  };
}

// proc_pid_status(5): the peak resident set size.
async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024);
}

/** The most that the slot held back while others wrote about a megabyte of log a second. */
async function measureHeldLog(at: pg.Client, progress: (line: string) => void): Promise<number> {
  const held = async () => {
    const { rows } = await at.query<{ held: string }>(
      "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) AS held FROM pg_replication_slots WHERE slot_name = 'strangler_bench'",
    );
    return Number(rows[0]?.held) / 2 ** 20;
  };
  await waitFor("what the large transaction held to be given back", async () => (await held()) < SEGMENT_MIB, {
    limitMs: 60_000,
    everyMs: 200,
  });
  let most = 0;
  const until = performance.now() + IDLE_SECONDS * 1000;
  while (performance.now() < until) {
    await at.query("INSERT INTO foreign_things SELECT n, repeat('x', 900) FROM generate_series(1, 100) n");
    most = Math.max(most, await held());
    await pause(100);
  }
  progress(`idle under foreign writes: at most ${Math.round(most)} MiB held`);
  return Math.round(most * 10) / 10;
}

async function fingerprint(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ sum: string }>(
    "SELECT count(*) || ' ' || sum(hashtextextended(t::text, 0)) AS sum FROM things AS t",
  );
  return rows[0]?.sum ?? "";
}

type Figures = {
  rows: number;
  idleMiB: number;
  mostMiB: number;
  heldMiB: number;
  commitSeconds: number;
  applySeconds: number;
};

function describe(figures: Figures): BenchResult {
  const ratio = (one: number, other: number) => Math.round((one / other) * 100) / 100;
  return {
    name: "large",
    ratios: {
      large_transaction_memory_vs_limit: ratio(figures.mostMiB, LIMIT_MIB),
      idle_wal_vs_segment: ratio(figures.heldMiB, SEGMENT_MIB),
    },
    table: [
      ["one transaction of", `${figures.rows.toLocaleString("en")} rows`],
      ["resident before it, MiB", figures.idleMiB],
      [`resident at most (limit ${LIMIT_MIB}), MiB`, figures.mostMiB],
      ["the source's own time for it, s", figures.commitSeconds],
      ["from its commit until it is on the target, s", figures.applySeconds],
      [`log held while idle under foreign writes (limit ${SEGMENT_MIB}), MiB`, figures.heldMiB],
    ],
    notes: [
      "Proved: all rows of both sides equal. Resident: the system's own peak of the stream's process (VmHWM).",
      `Held: the most in ${IDLE_SECONDS} s while tables outside of the stream were written to, about 1 MiB of log a second.`,
      "Ratios are shares of the limit: below 1 is within it.",
    ],
    figures,
  };
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
