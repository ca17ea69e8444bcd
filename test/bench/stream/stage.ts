// The two servers, the source's rows, and the two ways in which they get to the target: PostgreSQL's own subscription, and a
// stream of ours in a process of its own. Both write to databases of one server with the same settings.

import { writeFile } from "node:fs/promises";
import path from "node:path";
import { startProcess, waitFor, type OwnCluster, type TestProcess } from "@strangler/test-kit";
import pg from "pg";
import { stringify } from "yaml";
import { readCpuSeconds } from "../cpu-time.ts";
import { COLUMNS, PROCEDURES, ROWS, ROWS_OF_THE_START, TABLES } from "./workloads.ts";

export type Side = "native" | "ours";
export const SIDES: readonly Side[] = ["native", "ours"];

/** Seconds of CPU by who spent them; `stream` is our own process, 0 for PostgreSQL's own way. */
export type CpuSeconds = { sender: number; writer: number; stream: number };

export type Stage = {
  source: pg.Client;
  /** By side: a session of that side's database on the target. */
  targets: Record<Side, pg.Client>;
  start: (side: Side) => Promise<void>;
  stop: (side: Side) => Promise<void>;
  /** What the processes that move this side's rows have used so far. */
  cpuSeconds: (side: Side) => Promise<CpuSeconds>;
  close: () => Promise<void>;
};

export async function setUp(source: OwnCluster, target: OwnCluster, folder: string): Promise<Stage> {
  const reader = await connect(source.url("postgres"));
  await reader.query(`${TABLES} ${PROCEDURES} SET synchronous_commit = off`);
  await reader.query(ROWS_OF_THE_START);
  await reader.query("ANALYZE");
  const admin = await connect(target.url("postgres"));
  for (const side of SIDES) await admin.query(`CREATE DATABASE ${side}`);
  await admin.end();
  const targets = { native: await connect(target.url("native")), ours: await connect(target.url("ours")) };
  for (const side of SIDES) await targets[side].query(`${TABLES} ${ARRIVALS}`);
  const ours = await oursOn(source.url("postgres"), target.url("ours"), folder);
  const native = nativeOn(source, reader, targets.native);
  const runners = { native, ours };
  await native.create();
  await ours.start();
  await waitFor(
    "both copies",
    async () => (await Promise.all(SIDES.map((side) => countOf(targets[side])))).every((n) => n === ROWS),
    {
      limitMs: 60_000,
    },
  );
  for (const side of SIDES) {
    await runners[side].stop();
    await targets[side].query("ANALYZE");
  }
  return {
    source: reader,
    targets,
    start: (side) => runners[side].start(),
    stop: (side) => runners[side].stop(),
    cpuSeconds: async (side) => ({
      sender: await cpuOf(await pidsOf(reader)),
      writer: await cpuOf(await pidsOf(targets[side])),
      stream: await cpuOf(runners[side].pids()),
    }),
    close: async () => {
      await targets.native.query("ALTER SUBSCRIPTION native SET (slot_name = NONE)");
      await Promise.all([reader.end(), targets.native.end(), targets.ours.end()]);
    },
  };
}

// --- internal ---

const ARRIVALS = `
  CREATE TABLE arrivals (what text, id bigint, at timestamptz, PRIMARY KEY (what, id));
  CREATE FUNCTION note_arrival() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO public.arrivals VALUES (TG_TABLE_NAME, NEW.id, clock_timestamp()); RETURN NULL; END $$;
  ${["marks", "probes"]
    .map(
      (table) => `
  CREATE CONSTRAINT TRIGGER note_arrival AFTER INSERT ON ${table} DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION note_arrival();
  ALTER TABLE ${table} ENABLE ALWAYS TRIGGER note_arrival;`,
    )
    .join("")}`;

function nativeOn(source: OwnCluster, reader: pg.Client, target: pg.Client) {
  const url = new URL(source.url("postgres"));
  const address = `host=127.0.0.1 port=${url.port} user=${url.username} password=${decodeURIComponent(url.password)} dbname=postgres`;
  const slotIs = (active: boolean) => async () => {
    const { rows } = await reader.query(
      "SELECT 1 FROM pg_replication_slots WHERE slot_name = 'native' AND active = $1",
      [active],
    );
    return rows.length === 1;
  };
  return {
    pids: () => [],
    create: async () => {
      await reader.query("CREATE PUBLICATION native FOR TABLE things, wide, marks, beats, probes");
      await target.query(`CREATE SUBSCRIPTION native CONNECTION '${address}' PUBLICATION native`);
      await waitFor(
        "the subscription's tables",
        async () => {
          const { rows } = await target.query("SELECT 1 FROM pg_subscription_rel WHERE srsubstate <> 'r'");
          return rows.length === 0;
        },
        { limitMs: 60_000 },
      );
    },
    start: async () => {
      await target.query("ALTER SUBSCRIPTION native ENABLE");
    },
    stop: async () => {
      await target.query("ALTER SUBSCRIPTION native DISABLE");
      await waitFor("the subscription to rest", slotIs(false));
    },
  };
}

async function oursOn(sourceUrl: string, targetUrl: string, folder: string) {
  const file = path.join(folder, "streams.yaml");
  const tables = Object.entries(COLUMNS).map(([table, columns]) => ({
    from: `public.${table}`,
    to: `public.${table}`,
    key: ["id"],
    columns: Object.fromEntries(columns.map((column) => [column, column])),
  }));
  await writeFile(file, stringify({ streams: { bench: { source: "source", target: "target", tables } } }));
  const env = {
    STRANGLER_STREAM: "bench",
    STREAMS_FILE: file,
    STRANGLER_DATABASE_SOURCE_URL: sourceUrl,
    STRANGLER_DATABASE_TARGET_URL: targetUrl,
    LOG_LEVEL: "info",
  };
  const script = path.join(import.meta.dirname, "../../../cdc/src/main.ts");
  let child: TestProcess | undefined;
  return {
    pids: () => (child === undefined ? [] : [child.pid]),
    start: async () => {
      child = startProcess({ script, env });
      await child.waitForLine(/"following"/, 60_000);
    },
    stop: async () => {
      await child?.kill("SIGTERM");
    },
  };
}

// The sender at the source, the applying session at the target; whoever else is connected is this benchmark itself.
async function pidsOf(client: pg.Client): Promise<number[]> {
  const { rows } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE backend_type IN ('walsender', 'logical replication apply worker', 'logical replication worker')
     OR (application_name LIKE 'strangler stream%' AND datname = current_database())`,
  );
  return rows.map(({ pid }) => pid);
}

async function cpuOf(pids: readonly number[]): Promise<number> {
  const seconds = await Promise.all(pids.map(async (pid) => (await readCpuSeconds(pid)) ?? 0));
  return seconds.reduce((sum, each) => sum + each, 0);
}

async function countOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ n: string }>("SELECT count(*) AS n FROM things");
  return Number(rows[0]?.n);
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  // Ended by the server when it is stopped.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
