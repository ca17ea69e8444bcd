// Two servers and a stream between them. `things` is large and quiet, `busy` is small and written to as fast as the source can.

import {
  startStream,
  waitUntilApplied,
  readSourcePosition,
  type RunningStream,
  type StreamAddresses,
  type StreamPlan,
} from "@strangler/cdc";
import { createLogger } from "@strangler/platform";
import { startOwnCluster, waitFor, type OwnCluster } from "@strangler/test-kit";
import pg from "pg";

export const COLUMNS = ["id", "kind", "label", "amount", "changed_at", "note"] as const;
export const BUSY_ROWS = 100_000;

export type Stage = {
  plan: StreamPlan;
  addresses: StreamAddresses;
  source: pg.Client;
  target: pg.Client;
  stream: RunningStream;
  /** Waits until the target has all that the source has committed. */
  catchUp: () => Promise<void>;
  close: () => Promise<void>;
};

export async function setUp(rows: number, progress: (line: string) => void): Promise<Stage> {
  const settings = { shared_buffers: "512MB", max_wal_size: "8GB", autovacuum: "off" };
  const clusters = await Promise.all([startOwnCluster({ settings }), startOwnCluster({ settings })]);
  const remove = async () => {
    await Promise.all(clusters.map((cluster) => cluster.remove()));
  };
  try {
    return await fillAndCopy(clusters, rows, progress, remove);
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A session whose values are written as the stream's sessions write them, with one process of the server. */
export async function connect(connectionString: string): Promise<pg.Client> {
  const options = "-c timezone=UTC -c extra_float_digits=3 -c jit=off -c max_parallel_workers_per_gather=0";
  const client = new pg.Client({ connectionString, options });
  // Ended by the server when it is stopped.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

// --- internal ---

async function fillAndCopy(
  clusters: readonly OwnCluster[],
  rows: number,
  progress: (line: string) => void,
  remove: () => Promise<void>,
): Promise<Stage> {
  const [here, there] = clusters.map((cluster) => cluster.url("postgres")) as [string, string];
  const [source, target] = await Promise.all([connect(here), connect(there)]);
  await source.query(`${TABLES} ALTER TABLE things SET UNLOGGED`);
  await source.query(fill("things", rows));
  await source.query("ALTER TABLE things SET LOGGED");
  await source.query(fill("busy", BUSY_ROWS));
  await source.query("ALTER TABLE busy ADD version bigint NOT NULL DEFAULT 0");
  await target.query(`${TABLES} ALTER TABLE busy ADD version bigint NOT NULL DEFAULT 0`);
  progress(`${rows} rows made`);
  const addresses = { source: here, target: there, capture: here, apply: there };
  const stream = startStream({ plan: PLAN, addresses, log: createLogger({ name: "bench", level: "silent" }) });
  await waitFor("the copy", () => stream.status().state === "following", { limitMs: 1_800_000, everyMs: 100 });
  for (const side of [source, target]) await side.query("VACUUM (ANALYZE) things, busy");
  progress("copied");
  return {
    plan: PLAN,
    addresses,
    source,
    target,
    stream,
    catchUp: async () => waitUntilApplied(PLAN, addresses, await readSourcePosition(here), { limitMs: 120_000 }),
    close: async () => {
      await stream.close();
      await Promise.all([source.end(), target.end()]);
      await remove();
    },
  };
}

const TABLES = ["things", "busy"]
  .map(
    (table) => `
  CREATE TABLE ${table} (id int PRIMARY KEY, kind int NOT NULL, label text NOT NULL, amount numeric(12,2) NOT NULL,
    changed_at timestamptz NOT NULL, note text);`,
  )
  .join("");

function fill(table: string, rows: number): string {
  return `INSERT INTO ${table} SELECT n, n % 17, 'thing number ' || n, n / 100.0, '2026-01-01'::timestamptz + n * interval '1.001 s',
    CASE WHEN n % 3 = 0 THEN NULL ELSE md5(n::text) END FROM generate_series(1, ${rows}) AS n`;
}

const same = (table: string, columns: readonly string[]) => ({
  from: `public.${table}`,
  to: `public.${table}`,
  key: ["id"],
  columns: Object.fromEntries(columns.map((column) => [column, column])),
});

// The benchmark itself is the foreign writer whom the guard would keep out.
const PLAN: StreamPlan = {
  name: "bench",
  source: "here",
  target: "there",
  guard: "off",
  tables: [same("things", COLUMNS), same("busy", [...COLUMNS, "version"])],
};
