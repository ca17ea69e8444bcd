import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import {
  debeziumSource,
  missingConnect,
  missingKafka,
  startConnect,
  startKafka,
  type RunningConnect,
  type TestKafka,
} from "@strangler/test-kit";
import { testWith } from "@strangler/test-kit/jest";
import { createKafka } from "../../src/kafka/kafkajs.ts";
import type { KafkaPort } from "../../src/kafka/port.ts";
import type { RunningStream, StreamPlan } from "../../src/index.ts";
import { startStream } from "../../src/index.ts";
import { BEFORE, SCHEMA, TRANSACTIONS } from "../kit/debezium-scenario.ts";
import { planOf, sameTable, silent, startPair, type Pair } from "../kit/pair.ts";

const missing = missingKafka() ?? (await missingConnect());

const PARCELS = sameTable("parcels", ["id"], ["id", "label", "weight", "note"]);
const LEDGER = sameTable("ledger", ["book", "line"], ["book", "line", "amount", "at"]);
const KINDS = [
  "id a_bool a_int2 a_int4 a_int8 a_float4 a_float8 a_numeric a_numeric_n a_numeric_0 a_money a_char a_varchar a_text a_bytea a_bit1",
  "a_bit a_varbit a_date a_time a_time_0 a_timestamp a_timestamp_3 a_timestamptz a_uuid a_json a_jsonb a_xml a_inet a_cidr a_macaddr",
  "a_macaddr8 a_point a_int4range a_numrange a_tsrange a_tstzrange a_daterange a_int8range a_tsvector a_oid a_enum a_domain",
  "some_int4 some_text some_timestamptz some_date some_uuid some_bool some_jsonb",
].flatMap((line) => line.split(" "));

// Debezium drops the zeros behind the point of a numeric without a declared scale.
const LEDGER_ROWS = "SELECT book, line, trim_scale(amount), at FROM ledger ORDER BY book, line";

const SCALES = `CREATE TABLE left_scale (id int PRIMARY KEY, n int NOT NULL); CREATE TABLE right_scale (id int PRIMARY KEY, n int NOT NULL)`;
const scale = (side: string) => sameTable(`${side}_scale`, ["id"], ["id", "n"]);

describe("a stream of a real Debezium's topics", () => {
  let pair: Pair;
  let broker: TestKafka;
  let connect: RunningConnect;
  let kafka: KafkaPort;
  const running: RunningStream[] = [];

  beforeAll(async () => {
    if (missing !== undefined) return;
    [pair, broker] = await Promise.all([startPair(), startKafka()]);
    connect = await startConnect({ brokers: broker.brokers });
    kafka = createKafka({ connection: { brokers: broker.brokers }, clientId: "test", log: silent });
    await pair.onSource(`SET timezone = 'UTC'; ${SCHEMA}; ${SCALES}; ${BEFORE}`);
    await pair.onTarget(`${SCHEMA}; ${SCALES}`);
    for (const schemas of [true, false]) {
      const prefix = prefixOf(schemas);
      const tables = ["public.parcels", "public.ledger", "public.kinds", "public.left_scale", "public.right_scale"];
      const settings = { "skipped.operations": "none" };
      await connect.create(
        prefix,
        debeziumSource({ url: pair.source.url("postgres"), prefix, tables, schemas, settings }),
      );
      await waitFor("the slot", async () => {
        const slots = await pair.onSource(
          `SELECT 1 FROM pg_replication_slots WHERE slot_name = 'debezium_${prefix}' AND active`,
        );
        return slots.length > 0;
      });
    }
    for (const sql of TRANSACTIONS) await pair.onSource(`SET timezone = 'UTC'; ${sql}`);
    await pair.onSource("UPDATE parcels SET note = 'after all' WHERE id = 6");
  }, 180_000);
  afterAll(async () => {
    if (missing !== undefined) return;
    await Promise.all(running.map((stream) => stream.close()));
    await connect.close();
    await kafka.close();
    await Promise.all([broker.close(), pair.remove()]);
  }, 60_000);

  const prefixOf = (schemas: boolean) => (schemas ? "with" : "without");
  const planThrough = (
    prefix: string,
    order: "commit" | "per-key",
    tables: StreamPlan["tables"],
    name: string,
  ): StreamPlan => ({
    ...planOf(tables, name),
    through: {
      kafka: "main",
      prefix,
      writer: "debezium" as const,
      order,
      partitions: 1,
      schemas: false,
      heartbeatMs: 0,
    },
  });
  const start = async (plan: StreamPlan) => {
    const stream = startStream({ plan, addresses: { ...pair.addresses, source: "", capture: "" }, log: silent, kafka });
    running.push(stream);
    let failure: unknown;
    stream.finished.catch((error: unknown) => (failure = error));
    const arrived = async () => (await pair.onTarget("SELECT 1 FROM parcels WHERE note = 'after all'")).length > 0;
    await waitFor("the last change", async () => failure !== undefined || (await arrived()), { limitMs: 30_000 });
    if (failure !== undefined) throw failure as Error;
    return stream;
  };
  const expectSame = async (sql: string) => expect(await pair.onTarget(sql)).toEqual(await pair.onSource(sql));
  const emptyTarget = async () => {
    await Promise.all(running.splice(0).map((stream) => stream.close()));
    await pair.onTarget("DELETE FROM parcels; DELETE FROM ledger; DELETE FROM kinds");
  };

  testWith(missing, "brings tables of many types over, snapshot and changes, with schemas", async () => {
    const kinds = sameTable("kinds", ["id"], KINDS);
    await start(planThrough("with", "commit", [PARCELS, LEDGER, kinds], "with_schemas"));

    await expectSame("SELECT * FROM parcels ORDER BY id");
    await expectSame(LEDGER_ROWS);
    await expectSame(`SELECT ${KINDS.join(", ")} FROM kinds ORDER BY id`);
  });

  testWith(missing, "brings them over without schemas, by the target's types", async () => {
    await emptyTarget();
    const kinds = sameTable("kinds", ["id"], KINDS);
    const stream = await start(planThrough("without", "commit", [PARCELS, LEDGER, kinds], "without_schemas"));

    await expectSame("SELECT * FROM parcels ORDER BY id");
    await expectSame(LEDGER_ROWS);
    await expectSame(`SELECT ${KINDS.join(", ")} FROM kinds ORDER BY id`);
    expect(stream.status()).toMatchObject({ state: "following", alreadyGone: 0, mended: 0 });
  });

  testWith(missing, "never shows a transaction in part, whatever is begun again in between", async () => {
    await emptyTarget();
    await pair.onSource(`INSERT INTO left_scale SELECT n, 100 FROM generate_series(1, 20) n`);
    await pair.onSource(`INSERT INTO right_scale SELECT n, 100 FROM generate_series(1, 20) n`);
    const plan = planThrough("without", "commit", [scale("left"), scale("right")], "scales");
    const begin = () => startStream({ plan, addresses: { ...pair.addresses, source: "" }, log: silent, kafka });
    const sum = "(SELECT sum(n) FROM left_scale) + (SELECT sum(n) FROM right_scale)";
    let isWriting = true;
    const writing = (async () => {
      for (let round = 0; round < 150; round += 1) {
        const id = 1 + (round % 20);
        await pair.onSource(`BEGIN; UPDATE left_scale SET n = n - ${round} WHERE id = ${id};
          UPDATE right_scale SET n = n + ${round} WHERE id = ${id}; COMMIT`);
      }
      isWriting = false;
    })();
    const seen = new Set<string>();
    let stream = begin();
    for (let look = 0; isWriting || look < 10; look += 1) {
      const [row] = await pair.onTarget(`SELECT ${sum} AS sum`);
      // Before both snapshots are there, one side is missing.
      if (row?.["sum"] !== null && row?.["sum"] !== "4000") seen.add(row?.["sum"] ?? "");
      if (look % 15 === 5) {
        await stream.close();
        stream = begin();
      }
      if (look % 25 === 10) await connect.restart("without");
    }
    running.push(stream);
    await writing;

    const rows = "SELECT 'l', * FROM left_scale UNION ALL SELECT 'r', * FROM right_scale ORDER BY 1, 2";
    const wanted = JSON.stringify(await pair.onSource(rows));
    await waitFor("all of it", async () => JSON.stringify(await pair.onTarget(rows)) === wanted, { limitMs: 40_000 });
    expect(seen).toEqual(new Set());
  });
});
