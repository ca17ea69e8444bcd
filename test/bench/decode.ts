// One backlog of changes, read from the same slot again and again: by our capture, by a reader that throws everything away, and by
// the npm decoder. Each in a process of its own, in turns. What the source's sender can give is the limit: who keeps up with the
// reader that does nothing is as fast as there is anything to read. How much CPU that takes is the other half.
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { startOwnCluster, type OwnCluster } from "@strangler/test-kit";
import pg from "pg";
import type { Reading } from "./decode/reader.ts";
import type { BenchOptions, BenchResult } from "./result.ts";

export async function run({ progress }: BenchOptions): Promise<BenchResult> {
  const cluster = await startOwnCluster({ settings: { shared_buffers: "256MB", max_wal_size: "4GB" } });
  try {
    const rounds: Round[] = [];
    for (const workload of WORKLOADS) {
      const changes = await generate(cluster, workload);
      // The first round proves that all see the same changes, and fills the caches; it is not counted.
      for (let round = 0; round <= ROUNDS; round += 1) {
        const measured = await measure(cluster, workload, changes, round);
        if (round > 0) rounds.push(measured);
        progress(`${workload.name}, ${round === 0 ? "proof" : `round ${round} of ${ROUNDS}`}: ${rates(measured)}`);
      }
    }
    return describe(rounds);
  } finally {
    await cluster.remove();
  }
}

// --- internal ---

const READERS = ["nothing", "ours", "npm"] as const;
type ReaderName = (typeof READERS)[number];

const ROUNDS = 3;
const ROWS = 100_000;

type Workload = { name: string; slot: string; fill: string };
type Round = { workload: string } & Record<ReaderName, Reading>;

const WORKLOADS: readonly Workload[] = [
  {
    name: "single-row transactions",
    slot: "single",
    fill: `DO $$ BEGIN FOR n IN 1..400000 LOOP
      UPDATE things SET amount = amount + 1, changed_at = clock_timestamp() WHERE id = 1 + (n::bigint * 7919) % ${ROWS}; COMMIT;
    END LOOP; END $$`,
  },
  {
    name: "transactions of 1,000 rows",
    slot: "large",
    fill: `DO $$ BEGIN FOR n IN 0..599 LOOP
      UPDATE things SET amount = amount + 1, note = 'round ' || n WHERE id BETWEEN 1 + n * 1000 % ${ROWS} AND 1000 + n * 1000 % ${ROWS}; COMMIT;
    END LOOP; END $$`,
  },
];

/** Answers with how many changes the slot's backlog holds. */
async function generate(cluster: OwnCluster, { slot, fill }: Workload): Promise<number> {
  const client = new pg.Client({ connectionString: cluster.url("postgres") });
  await client.connect();
  try {
    await client.query(
      `DROP TABLE IF EXISTS things CASCADE; SET synchronous_commit = off;
       CREATE TABLE things (id int PRIMARY KEY, kind int NOT NULL, label text NOT NULL, amount numeric(12,2) NOT NULL,
                            changed_at timestamptz NOT NULL, note text)`,
    );
    await client.query(
      `INSERT INTO things SELECT n, n % 17, 'thing ' || n, n / 100.0, now(), repeat('x', n % 50) FROM generate_series(1, ${ROWS}) n`,
    );
    await client.query(`CREATE PUBLICATION ${slot} FOR TABLE things`);
    await client.query("SELECT pg_create_logical_replication_slot($1, 'pgoutput', false, true)", [slot]);
    await client.query(fill);
    // Flushed, so that all of it is sent.
    await client.query("SET synchronous_commit = on; CREATE TABLE flushed (); DROP TABLE flushed");
    return slot === "single" ? 400_000 : 600_000;
  } finally {
    await client.end();
  }
}

async function measure(cluster: OwnCluster, workload: Workload, changes: number, round: number): Promise<Round> {
  const order = round % 2 === 0 ? READERS : READERS.toReversed();
  const readings: Partial<Record<ReaderName, Reading>> = {};
  for (const reader of order) readings[reader] = await read(reader, cluster.url("postgres"), workload.slot, changes);
  const { nothing, ours, npm } = readings as Record<ReaderName, Reading>;
  if (ours.changes !== changes || npm.changes !== changes) {
    throw new Error(`Of ${changes} changes ours saw ${ours.changes} and npm ${npm.changes}.`);
  }
  return { workload: workload.name, nothing, ours, npm };
}

async function read(reader: ReaderName, url: string, slot: string, changes: number): Promise<Reading> {
  const script = path.join(import.meta.dirname, "decode/reader.ts");
  const args = ["--conditions=strangler-source", script, reader, url, slot, String(changes)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 120_000 });
  return JSON.parse(stdout) as Reading;
}

function rates(round: Round): string {
  return READERS.map((reader) => `${reader} ${perSecond(round[reader])}/s`).join(", ");
}

function perSecond({ changes, seconds }: Reading): number {
  return Math.round(changes / seconds);
}

function perCpuSecond({ changes, cpuSeconds }: Reading): number {
  return Math.round(changes / cpuSeconds);
}

function describe(rounds: readonly Round[]): BenchResult {
  const of = (workload: string, reader: ReaderName, what: (reading: Reading) => number) =>
    median(rounds.filter((round) => round.workload === workload).map((round) => what(round[reader])));
  const ratio = (one: number, other: number) => Math.round((one / other) * 100) / 100;
  const lines = WORKLOADS.map(({ name }) => {
    const [nothing, ours, npm] = READERS.map((reader) => of(name, reader, perSecond)) as [number, number, number];
    const [cpuOurs, cpuNpm] = [of(name, "ours", perCpuSecond), of(name, "npm", perCpuSecond)];
    return { name, nothing, ours, npm, cpuOurs, cpuNpm };
  });
  const [single, large] = lines as [(typeof lines)[number], (typeof lines)[number]];
  return {
    name: "decode",
    ratios: {
      decode_single_row_tx_vs_nothing: ratio(single.ours, single.nothing),
      decode_large_tx_vs_nothing: ratio(large.ours, large.nothing),
      decode_single_row_tx_cpu_vs_npm: ratio(single.cpuOurs, single.cpuNpm),
      decode_large_tx_cpu_vs_npm: ratio(large.cpuOurs, large.cpuNpm),
    },
    table: [
      ["", "thrown away", "strangler", "npm", "ours / thrown away", "CPU per change, npm / ours"],
      ...lines.map((line) => [
        line.name,
        line.nothing,
        line.ours,
        line.npm,
        ratio(line.ours, line.nothing),
        ratio(line.cpuOurs, line.cpuNpm),
      ]),
    ],
    notes: [
      "Changes per second, from the command that starts the log to the last change; the sender's own start is in it for all.",
      `Proved in every round: ours and the npm decoder saw every change. Medians of ${ROUNDS} rounds.`,
      "npm is pg-logical-replication 2.5.0 with protocol 1. CPU is what the reader's process used, without its start.",
      "The sender shares the machine with the reader; each works on a core of its own.",
    ],
    figures: { rounds },
  };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
