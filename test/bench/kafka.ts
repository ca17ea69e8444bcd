// One backlog of changes after another, generated while nobody reads it, taken through one broker twice: by Debezium's source and JDBC sink
// in Kafka Connect, and by a stream of ours; each alone, in turns. Before anything counts, the rows of both are proved equal to the
// source's. Then rows at a steady rate, and how long each takes to arrive.

import { startKafka, startOwnCluster } from "@strangler/test-kit";
import pg from "pg";
import { SIDES, startDebezium, startOurs, untilDone, type Runner, type Side } from "./kafka/sides.ts";
import type { BenchOptions, BenchResult } from "./result.ts";
import { PROCEDURES, ROWS, ROWS_OF_THE_START, TABLES } from "./stream/workloads.ts";

/** `rows`: the changes of a backlog; 60,000 when left out. */
export async function run({ progress, rows = 60_000 }: BenchOptions): Promise<BenchResult> {
  const settings = { shared_buffers: "256MB", max_wal_size: "4GB" };
  const [source, target, kafka] = await Promise.all([
    startOwnCluster({ settings }),
    startOwnCluster({ settings }),
    startKafka(),
  ]);
  const closing: (() => Promise<void>)[] = [];
  try {
    const reader = await connect(source.url("postgres"));
    await reader.query(`${TABLES} ${PROCEDURES} SET synchronous_commit = off`);
    await reader.query(ROWS_OF_THE_START);
    const admin = await connect(target.url("postgres"));
    for (const side of SIDES) await admin.query(`CREATE DATABASE ${side}`);
    const targets = { debezium: await connect(target.url("debezium")), ours: await connect(target.url("ours")) };
    for (const side of SIDES) await targets[side].query(`${TABLES} ${ARRIVALS}`);
    closing.push(
      async () => void (await Promise.all([reader, admin, ...Object.values(targets)].map((each) => each.end()))),
    );
    const ours = await startOurs(source, target, kafka);
    closing.push(ours.close);
    await ours.start();
    await untilDone("our first rows", async () => (await countOf(targets.ours)) >= ROWS);
    await ours.stop();
    progress("first rows there, ours");
    const debezium = await startDebezium(source, target, kafka);
    closing.push(debezium.close);
    await untilDone("Debezium's first rows", async () => (await countOf(targets.debezium)) >= ROWS);
    await debezium.stop();
    progress("first rows there, Debezium");
    const stage: Stage = { reader, targets, runners: { debezium, ours } };
    const drained = [];
    for (const workload of workloadsOf(rows)) {
      for (let round = 1; round <= ROUNDS; round += 1) drained.push(await drainBoth(stage, workload, progress));
    }
    const latencies = await measureLatencies(stage, Math.max(2, Math.round(rows / 10_000)), progress);
    return describe(drained, latencies);
  } finally {
    for (const close of closing.reverse()) await close().catch(() => undefined);
    await Promise.all([source.remove(), target.remove(), kafka.close()]);
  }
}

// --- internal ---

type Stage = { reader: pg.Client; targets: Record<Side, pg.Client>; runners: Record<Side, Runner> };
type Load = { name: string; label: string; call: string; changes: number };
type Drained = { workload: string } & Record<Side, number>;
type Latency = { p50: number; p99: number };

const ROUNDS = 2;
const RATE = 1_000;

function workloadsOf(changes: number): Load[] {
  return [
    { name: "single_row_tx", label: "single-row, mixed", call: `CALL mix_single(${changes})`, changes },
    { name: "updates_100", label: "100 updates", call: `CALL update_things(${changes}, 100)`, changes },
  ];
}

// A mark is a row below zero; when the last one is there, so is everything before it: a topic's partition keeps its order.
const ARRIVALS = `
  CREATE TABLE arrivals (what text, id bigint, at timestamptz, PRIMARY KEY (what, id));
  CREATE FUNCTION note_arrival() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO public.arrivals VALUES (TG_TABLE_NAME, NEW.id, clock_timestamp()); RETURN NULL; END $$;
  CREATE CONSTRAINT TRIGGER note_arrival AFTER INSERT ON things DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.id < 0) EXECUTE FUNCTION note_arrival();
  CREATE CONSTRAINT TRIGGER note_arrival AFTER INSERT ON probes DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION note_arrival();
  ALTER TABLE things ENABLE ALWAYS TRIGGER note_arrival;
  ALTER TABLE probes ENABLE ALWAYS TRIGGER note_arrival;`;

let marks = 0;

async function mark(reader: pg.Client): Promise<number> {
  marks -= 1;
  await reader.query("INSERT INTO things VALUES ($1, 0, 'mark', 0, now(), NULL)", [marks]);
  return marks;
}

/** The same backlog for both, one after the other. */
async function drainBoth(stage: Stage, load: Load, progress: (line: string) => void): Promise<Drained> {
  const first = await mark(stage.reader);
  await stage.reader.query(load.call);
  const last = await mark(stage.reader);
  const rates: Record<Side, number> = { debezium: 0, ours: 0 };
  for (const side of SIDES) {
    await stage.runners[side].start();
    await untilDone(`the last mark, ${side}`, () => hasArrived(stage.targets[side], "things", last));
    await stage.runners[side].stop();
    rates[side] = Math.round(load.changes / (await secondsBetween(stage.targets[side], first, last)));
    progress(`${load.label}, ${side}: ${rates[side]} changes/s`);
  }
  await assertEqual(stage);
  return { workload: load.name, ...rates };
}

async function hasArrived(target: pg.Client, what: string, id: number): Promise<boolean> {
  return (await target.query("SELECT 1 FROM arrivals WHERE what = $1 AND id = $2", [what, id])).rows.length === 1;
}

async function secondsBetween(target: pg.Client, first: number, last: number): Promise<number> {
  const { rows } = await target.query<{ seconds: string }>(
    `SELECT extract(epoch FROM max(at) - min(at)) AS seconds FROM arrivals WHERE what = 'things' AND id IN ($1, $2)`,
    [first, last],
  );
  return Math.max(0.001, Number(rows[0]?.seconds));
}

async function assertEqual({ reader, targets }: Stage): Promise<void> {
  const sum = async (client: pg.Client) =>
    JSON.stringify(
      (await client.query("SELECT count(*), md5(string_agg(t::text, '' ORDER BY id)) FROM things t")).rows,
    );
  const wanted = await sum(reader);
  for (const side of SIDES) {
    if ((await sum(targets[side])) !== wanted) throw new Error(`The rows of ${side} are not the source's.`);
  }
}

async function measureLatencies(
  stage: Stage,
  seconds: number,
  progress: (line: string) => void,
): Promise<Record<Side, Latency>> {
  // Only log that is flushed is sent: after an asynchronous commit that is up to wal_writer_delay (200 ms) later.
  await stage.reader.query("SET synchronous_commit = on");
  const latencies = { debezium: { p50: 0, p99: 0 }, ours: { p50: 0, p99: 0 } };
  let next = 0;
  for (const side of SIDES) {
    await stage.runners[side].start();
    const beat = async (length: number) => {
      await stage.reader.query(`CALL steady_beats(${next}, ${RATE}, ${length})`);
      next += RATE * length;
      await stage.reader.query("INSERT INTO probes VALUES ($1, clock_timestamp())", [next]);
      await untilDone("the last probe", () => hasArrived(stage.targets[side], "probes", next));
      next += 1;
    };
    // Whatever the other side's turn has left behind is taken in before the clock matters.
    await beat(2);
    const first = next;
    await beat(seconds);
    latencies[side] = await latencyOf(stage.targets[side], first, next - 2);
    await stage.runners[side].stop();
    progress(`latency at ${RATE}/s, ${side}: p50 ${latencies[side].p50} ms, p99 ${latencies[side].p99} ms`);
  }
  return latencies;
}

async function latencyOf(target: pg.Client, first: number, last: number): Promise<Latency> {
  const { rows } = await target.query<{ ms: string }>(
    `SELECT extract(epoch FROM a.at - p.sent_at) * 1000 AS ms FROM probes p
     JOIN arrivals a ON a.what = 'probes' AND a.id = p.id WHERE p.id BETWEEN $1 AND $2 ORDER BY 1`,
    [first, last],
  );
  const percentile = (share: number) => Math.round(Number(rows[Math.floor(rows.length * share)]?.ms ?? 0) * 10) / 10;
  return { p50: percentile(0.5), p99: percentile(0.99) };
}

function describe(drained: readonly Drained[], latencies: Record<Side, Latency>): BenchResult {
  const best = (workload: string, side: Side) =>
    Math.max(...drained.filter((each) => each.workload === workload).map((each) => each[side]));
  const loads = workloadsOf(0).map(({ name, label }) => ({
    name,
    label,
    debezium: best(name, "debezium"),
    ours: best(name, "ours"),
  }));
  const ratio = (one: number, other: number) => Math.round((one / other) * 100) / 100;
  const { debezium, ours } = latencies;
  return {
    name: "kafka",
    ratios: {
      ...Object.fromEntries(loads.map((load) => [`kafka_${load.name}_vs_debezium`, ratio(load.ours, load.debezium)])),
      kafka_latency_p99_vs_debezium: ratio(ours.p99, debezium.p99),
    },
    table: [
      ["through Kafka, changes/s", "Debezium", "strangler", "ratio"],
      ...loads.map((load) => [load.label, load.debezium, load.ours, ratio(load.ours, load.debezium)]),
      ...(["p50", "p99"] as const).map((of) => [
        `${of} at ${RATE}/s, ms`,
        debezium[of],
        ours[of],
        ratio(ours[of], debezium[of]),
      ]),
    ],
    notes: [
      "Proved after every backlog: all rows of both targets equal the source's.",
      `Rates are the better of ${ROUNDS} rounds, from the arrival of a backlog's first row to that of its last; starting up does not count.`,
      "Debezium: source and JDBC sink in one Kafka Connect, large batches, no waiting, unnest inserts, reduction buffer, no transaction metadata.",
      "Its sink writes row by row as topics come; ours writes whole source transactions, in order, with the position.",
      "Source, target, broker and both ways share one machine, fsync is off on both servers.",
    ],
    figures: { drained, latencies, rate: RATE },
  };
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
  await client.query("SET timezone = 'UTC'");
  return client;
}
