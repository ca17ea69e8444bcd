// One table copied three ways, each alone and in turns: by a bare pipe of pg-copy-streams (COPY out, COPY in, the whole table at once),
// by the first copy of a stream of ours with one worker, and by the tablesync of PostgreSQL's own replication. In the servers' binary
// form and as text. Before anything counts, the rows are proved equal to the source's.
//
// Times are of the copying alone: for ours from its first part to its last, for tablesync from CREATE SUBSCRIPTION until the table is
// ready. CPU seconds are those of both servers, and of this process, in which the pipe and our copy run.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { startStream, type StreamPlan } from "@strangler/cdc";
import { createLogger, waitFor } from "@strangler/platform";
import { startOwnCluster, type OwnCluster } from "@strangler/test-kit";
import pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import type { BenchOptions, BenchResult } from "./result.ts";

export async function run({ progress }: BenchOptions): Promise<BenchResult> {
  const settings = { shared_buffers: "256MB", max_wal_size: "8GB" };
  const [source, target] = await Promise.all([startOwnCluster({ settings }), startOwnCluster({ settings })]);
  try {
    await fill(source, target);
    const rounds: Measured[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const form of FORMS) {
        const sides = round % 2 === 0 ? [...SIDES].reverse() : SIDES;
        for (const side of sides) {
          const measured = await measure({ source, target }, side, form);
          rounds.push(measured);
          progress(
            `round ${round} of ${ROUNDS}, ${form}, ${side}: ${measured.rowsPerSecond} rows/s, ${measured.cpuSeconds} s of CPU`,
          );
        }
      }
    }
    return describe(rounds);
  } finally {
    await Promise.all([source.remove(), target.remove()]);
  }
}

// --- internal ---

const ROUNDS = 3;
const ROWS = 500_000;
const SIDES = ["pipe", "ours", "native"] as const;
const FORMS = ["binary", "text"] as const;
type Side = (typeof SIDES)[number];
type Form = (typeof FORMS)[number];
type Servers = { source: OwnCluster; target: OwnCluster };
type Measured = { side: Side; form: Form; rowsPerSecond: number; cpuSeconds: number; rowsPerCpuSecond: number };

// The same columns in both; one of type interval makes a stream of ours choose text.
const tableOf = (form: Form) => `
  CREATE TABLE ${form}_things (id int PRIMARY KEY, kind bigint NOT NULL, label text NOT NULL, amount numeric(12,2) NOT NULL,
    changed_at timestamptz NOT NULL, is_open boolean NOT NULL, token uuid NOT NULL, note text
    ${form === "text" ? ", span interval" : ""});`;

async function fill({ url }: OwnCluster, target: OwnCluster): Promise<void> {
  const tables = FORMS.map(tableOf).join("");
  await ask(url("postgres"), tables);
  for (const form of FORMS) {
    const span = form === "text" ? ", n * interval '1 minute'" : "";
    await ask(
      url("postgres"),
      `INSERT INTO ${form}_things SELECT n, n % 17, 'thing ' || n, n / 100.0, now() + n * interval '1 second', n % 2 = 0,
         gen_random_uuid(), repeat('x', n % 80)${span} FROM generate_series(1, ${ROWS}) n`,
    );
    await ask(url("postgres"), `CREATE PUBLICATION ${form}_form FOR TABLE ${form}_things`);
  }
  await ask(url("postgres"), "VACUUM ANALYZE");
  for (const side of SIDES) {
    await ask(target.url("postgres"), `CREATE DATABASE ${side}`);
    await ask(target.url(side), tables);
  }
}

async function measure(servers: Servers, side: Side, form: Form): Promise<Measured> {
  const { source, target } = servers;
  await ask(target.url(side), `TRUNCATE ${form}_things; CHECKPOINT`);
  const before = await cpuSeconds(servers);
  const copied = await COPIES[side](servers, form);
  const { seconds } = copied;
  const cpu = copied.cpu ?? (await cpuSeconds(servers)) - before;
  const sum = `SELECT count(*) || ' ' || sum(hashtextextended(t::text, 0)) AS sum FROM ${form}_things AS t`;
  const [here, there] = await Promise.all([ask(source.url("postgres"), sum), ask(target.url(side), sum)]);
  if (JSON.stringify(here) !== JSON.stringify(there))
    throw new Error(`${side}, ${form}: the copy is not equal to its source`);
  return {
    side,
    form,
    rowsPerSecond: Math.round(ROWS / seconds),
    cpuSeconds: Number(cpu.toFixed(2)),
    rowsPerCpuSecond: Math.round(ROWS / cpu),
  };
}

/** Each copies the table and answers how many seconds that took; and of CPU, where more is done than the copy. */
const COPIES: Record<Side, (servers: Servers, form: Form) => Promise<{ seconds: number; cpu?: number }>> = {
  pipe: async ({ source, target }, form) => {
    const [reader, writer] = [await connect(source.url("postgres")), await connect(target.url("pipe"))];
    const startedAt = performance.now();
    await pipeline(
      reader.query(copyTo(`COPY ${form}_things TO STDOUT (FORMAT ${form})`)),
      writer.query(copyFrom(`COPY ${form}_things FROM STDIN (FORMAT ${form})`)),
    );
    const seconds = (performance.now() - startedAt) / 1000;
    await Promise.all([reader.end(), writer.end()]);
    return { seconds };
  },
  ours: async ({ source, target }, form) => {
    const columns = ["id", "kind", "label", "amount", "changed_at", "is_open", "token", "note"];
    if (form === "text") columns.push("span");
    const same = Object.fromEntries(columns.map((column) => [column, column]));
    const table = { from: `public.${form}_things`, to: `public.${form}_things`, key: ["id"], columns: same };
    const plan: StreamPlan = { name: `bench_${form}`, source: "source", target: "target", tables: [table] };
    const [sourceUrl, targetUrl] = [source.url("postgres"), target.url("ours")];
    await ask(targetUrl, "DROP SCHEMA IF EXISTS strangler CASCADE");
    const stream = startStream({
      plan,
      addresses: { source: sourceUrl, capture: sourceUrl, target: targetUrl, apply: targetUrl },
      log: createLogger({ name: "bench", level: "silent" }),
      limits: { copyWorkers: 1 },
    });
    await waitFor("the copy to begin", () => stream.status().copy !== null, { limitMs: 60_000, everyMs: 2 });
    const before = await cpuSeconds({ source, target });
    await waitFor("the copy", () => stream.status().copied.length > 0, { limitMs: 120_000, everyMs: 5 });
    const cpu = (await cpuSeconds({ source, target })) - before;
    await waitFor("the stream", () => stream.status().state === "following", { limitMs: 60_000 });
    const [copied] = stream.status().copied;
    await stream.close();
    await dropSlots(source);
    return { seconds: (copied?.ms ?? 0) / 1000, cpu };
  },
  native: async ({ source, target }, form) => {
    const address = new URL(source.url("postgres"));
    const connection = `host=127.0.0.1 port=${address.port} user=${address.username} password=${decodeURIComponent(address.password)} dbname=postgres`;
    const startedAt = performance.now();
    await ask(
      target.url("native"),
      `CREATE SUBSCRIPTION native CONNECTION '${connection}' PUBLICATION ${form}_form WITH (binary = ${form === "binary"})`,
    );
    await waitFor(
      "the subscription's table",
      async () => {
        const states = await ask(
          target.url("native"),
          "SELECT srsubstate FROM pg_subscription_rel WHERE srsubstate NOT IN ('s', 'r')",
        );
        return states.length === 0;
      },
      { limitMs: 120_000, everyMs: 20 },
    );
    const seconds = (performance.now() - startedAt) / 1000;
    await ask(target.url("native"), "DROP SUBSCRIPTION native");
    return { seconds };
  },
};

async function dropSlots(source: OwnCluster): Promise<void> {
  await waitFor("the slots to be free", async () => {
    await ask(
      source.url("postgres"),
      "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active",
    );
    return (await ask(source.url("postgres"), "SELECT 1 FROM pg_replication_slots")).length === 0;
  });
}

async function cpuSeconds({ source, target }: Servers): Promise<number> {
  const { user, system } = process.cpuUsage();
  const servers = await Promise.all([source, target].map(clusterSeconds));
  return (user + system) / 1e6 + servers.reduce((sum, seconds) => sum + seconds, 0);
}

// A server's processes that have ended are counted with the one that started them (proc_pid_stat(5), fields 14 to 17).
async function clusterSeconds({ dataDirectory }: OwnCluster): Promise<number> {
  const [pid = ""] = (await readFile(path.join(dataDirectory, "postmaster.pid"), "utf8")).split("\n");
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ");
  const own = await ticksOf(pid, 4);
  const living = await Promise.all(children.filter(Boolean).map((child) => ticksOf(child, 2)));
  return (own + living.reduce((sum, ticks) => sum + ticks, 0)) / 100;
}

async function ticksOf(pid: string, fields: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const values = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return values.slice(11, 11 + fields).reduce((sum, value) => sum + Number(value), 0);
}

function describe(rounds: readonly Measured[]): BenchResult {
  const middle = (side: Side, form: Form, figure: "rowsPerSecond" | "rowsPerCpuSecond") =>
    median(rounds.filter((each) => each.side === side && each.form === form).map((each) => each[figure]));
  const ratio = (form: Form, figure: "rowsPerSecond" | "rowsPerCpuSecond", to: Side) =>
    Number((middle("ours", form, figure) / middle(to, form, figure)).toFixed(2));
  const rows = FORMS.flatMap((form) =>
    SIDES.map((side) => [form, side, middle(side, form, "rowsPerSecond"), middle(side, form, "rowsPerCpuSecond")]),
  );
  return {
    name: "copy",
    ratios: Object.fromEntries(
      FORMS.flatMap((form) => [
        [`${form}, per CPU second, to a bare pipe`, ratio(form, "rowsPerCpuSecond", "pipe")],
        [`${form}, per second, to a bare pipe`, ratio(form, "rowsPerSecond", "pipe")],
        [`${form}, per second, to tablesync`, ratio(form, "rowsPerSecond", "native")],
      ]),
    ),
    table: [["form", "copied by", "rows/s", "rows per CPU second"], ...rows],
    notes: [
      "Every copy was proved equal to its source before it counted.",
      `${ROWS} rows of 8 columns (9 as text), one table, one worker; medians of ${ROUNDS} rounds, in turns.`,
      "CPU: both servers and this process. Of ours it is the copying alone, without checks, slot and the statistics afterwards.",
      "Both servers and this process share one machine, fsync is off; no network is between them.",
    ],
    figures: { rounds },
  };
}

async function ask(connectionString: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = await connect(connectionString);
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
