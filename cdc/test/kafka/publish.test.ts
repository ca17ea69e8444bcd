import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import {
  AT_HEADER,
  changeEventSchema,
  LAYOUT_HEADER,
  LAYOUT_MARK,
  ROW_HEADER,
  transactionEventSchema,
} from "@strangler/change-event";
import { waitFor } from "@strangler/platform";
import { missingKafka, startKafka, type TestKafka } from "@strangler/test-kit";
import { testWith } from "@strangler/test-kit/jest";
import { decodeMessage } from "../../src/capture/pgoutput.ts";
import { readTuple } from "../../src/capture/tuple.ts";
import { startStream, type RunningStream, type StreamPlan } from "../../src/index.ts";
import { createKafka } from "../../src/kafka/kafkajs.ts";
import type { KafkaPort } from "../../src/kafka/port.ts";
import { BEFORE, SCHEMA, TABLES, TRANSACTIONS } from "../kit/debezium-scenario.ts";
import { planOf, sameTable, silent, startPair, type Pair } from "../kit/pair.ts";

type Message = { topic: string; key: string | null; value: string | null; headers: Record<string, Buffer> };
type Json = Record<string, unknown>;

const missing = missingKafka();

const OUTBOX =
  "CREATE TABLE outbox (id uuid PRIMARY KEY, aggregatetype text, aggregateid text, type text, payload jsonb)";

describe("publishing a stream", () => {
  let pair: Pair;
  let broker: TestKafka;
  let kafka: KafkaPort;
  const running: RunningStream[] = [];

  beforeAll(async () => {
    if (missing !== undefined) return;
    [pair, broker] = await Promise.all([startPair(), startKafka()]);
    kafka = createKafka({ connection: { brokers: broker.brokers }, clientId: "test", log: silent });
    await pair.onSource(`SET timezone = 'UTC'; ${SCHEMA}; ${OUTBOX}; ${BEFORE}`);
    for (const schemas of [false, true]) {
      running.push(await publish(planThrough(schemas ? "schooled" : "shop", { schemas })));
    }
    for (const sql of TRANSACTIONS) await pair.onSource(`SET timezone = 'UTC'; ${sql}`);
  }, 120_000);
  afterAll(async () => {
    if (missing !== undefined) return;
    await Promise.all(running.map((stream) => stream.close()));
    await kafka.close();
    await Promise.all([broker.close(), pair.remove()]);
  }, 60_000);

  function planThrough(prefix: string, through: Partial<NonNullable<StreamPlan["through"]>> = {}): StreamPlan {
    const tables = [...TABLES, "outbox"].map((table) => sameTable(table, ["id"], ["id"]));
    const way = { kafka: "test", prefix, writer: "strangler", order: "commit", partitions: 1, schemas: false } as const;
    return { ...planOf(tables, prefix), through: { ...way, heartbeatMs: 200, outbox: "public.outbox", ...through } };
  }

  async function publish(plan: StreamPlan): Promise<RunningStream> {
    const stream = startStream({ plan, addresses: pair.addresses, log: silent, kafka, role: "publish" });
    await waitFor("the publisher to follow", () => stream.status().state === "following", { limitMs: 30_000 });
    return stream;
  }

  const messages = (topics: readonly string[]) => readAll(kafka, topics);

  async function written(prefix: string, topic: string, count: number): Promise<Message[]> {
    return waitFor(`${count} messages of ${topic}`, async () => {
      const found = await messages([`${prefix}.${topic}`]);
      return found.length >= count && found;
    });
  }

  testWith(missing, "writes the events that a real Debezium writes, field by field", async () => {
    const theirs = await captured("schemas-off.jsonl");
    for (const topic of [
      "public.parcels",
      "public.ledger",
      "public.remarks",
      "public.kinds",
      "message",
      "transaction",
    ]) {
      const expected = theirs.filter((message) => message.topic === `shop.${topic}`);
      const found = await written("shop", topic, expected.length);

      expect(found.map(comparable)).toEqual(expected.map(comparable));
    }
  });

  testWith(missing, "gives every message the schema that a real Debezium gives it", async () => {
    const theirs = await captured("schemas-on.jsonl");
    for (const message of theirs) {
      const { value } = message;
      if (value === null || message.topic.startsWith("__") || message.topic.includes(".transaction")) continue;
      const [own] = (await written("schooled", message.topic.replace("shop.", ""), 1)).filter(
        (each) => each.value !== null,
      );
      const schema = (own?.value ?? "").replaceAll("schooled.", "shop.");

      expect((JSON.parse(schema) as Json)["schema"]).toEqual((JSON.parse(value) as Json)["schema"]);
    }
  });

  testWith(missing, "carries the row as the log had it, and says where each message stands", async () => {
    const found = await written("shop", "public.kinds", 3);
    const layout = JSON.parse(String(found[0]?.headers[LAYOUT_HEADER]).slice(LAYOUT_MARK.length)) as {
      columns: { name: string }[];
    };
    const row = found[0]?.headers[ROW_HEADER] ?? Buffer.alloc(0);
    const message = decodeMessage(row, 0, row.length);
    if (message.kind !== "row") throw new Error("no row");
    const values = readTuple(message.bytes, message.new);

    expect(values[layout.columns.findIndex(({ name }) => name === "a_interval")]).toBe("1 mon 2 days 03:04:05.678901");
    expect(values[layout.columns.findIndex(({ name }) => name === "a_numeric")]).toBe("12345678901234567890.123456789");
    const places = found.map(({ headers }) => String(headers[AT_HEADER]));
    expect(places.every((place) => /^[0-9A-F]+\/[0-9A-F]+ \d+$/.test(place))).toBe(true);
    expect(new Set(places).size).toBe(places.length);
  });

  testWith(missing, "counts in a transaction's end what its topics hold", async () => {
    const ends = (await written("shop", "transaction", 26))
      .map(({ value }) => transactionEventSchema.parse(JSON.parse(value ?? "")))
      .filter(({ status }) => status === "END");
    const events = await messages(TABLES.map((table) => `shop.public.${table}`));
    for (const { id, data_collections: collections } of ends) {
      for (const { data_collection: table, event_count: count } of collections ?? []) {
        if (table === "shop.message") continue;
        const own = events
          .filter(({ topic, value }) => topic === `shop.${table}` && value !== null)
          .map(({ value }) => changeEventSchema.parse(JSON.parse(value ?? "")))
          .filter(({ transaction }) => transaction?.id === id);
        expect(own.map(({ transaction }) => transaction?.data_collection_order)).toEqual(
          own.map((_, place) => place + 1),
        );
        expect(own).toHaveLength(count);
      }
    }
  });

  testWith(missing, "sends what is put into an outbox to the topic of its kind, once", async () => {
    const id = "6f1b0a4e-0b1f-4f0e-9d43-2b3a5a0f8a11";
    await pair.onSource(
      `BEGIN; INSERT INTO outbox VALUES ('${id}', 'parcel', '17', 'ParcelSent', '{"to": "Kiel"}'); DELETE FROM outbox; COMMIT`,
    );
    const found = await waitFor("the outbox' message", async () => {
      const topics = await kafka.findTopics(["outbox.event.parcel"]);
      const sent = topics.length > 0 ? await messages(["outbox.event.parcel"]) : [];
      return sent.length >= 2 && sent;
    });

    // Two streams publish the same outbox here, each once.
    expect(found.map(({ key, value, headers }) => [key, value, String(headers["id"])])).toEqual([
      ["17", '{"to": "Kiel"}', id],
      ["17", '{"to": "Kiel"}', id],
    ]);
  });

  testWith(
    missing,
    "begins again where its topics end, and keeps the order of a key over several partitions",
    async () => {
      await pair.onSource("CREATE TABLE counters (id int PRIMARY KEY, n int)");
      const plan = {
        ...planThrough("counts", { partitions: 3 }),
        tables: [sameTable("counters", ["id"], ["id", "n"])],
      };
      const plain = { ...plan, through: { ...(plan.through as object), outbox: undefined } } as StreamPlan;
      let stream = await publish(plain);
      await pair.onSource("INSERT INTO counters SELECT id, 0 FROM generate_series(1, 20) AS id");
      for (let n = 1; n <= 3; n += 1) {
        await pair.onSource(`UPDATE counters SET n = ${n}`);
        await stream.close();
        // The slot is where it was before: the log comes a second time, and all of it is there already.
        await rewind(pair, "strangler_counts");
        stream = await publish(plain);
      }
      running.push(stream);
      const found = await written("counts", "public.counters", 80);
      await waitFor("nothing to wait", () => stream.status().lagBytes === 0);

      expect(await written("counts", "public.counters", 80)).toHaveLength(80);
      for (let id = 1; id <= 20; id += 1) {
        const rows = found
          .filter(({ key }) => key === `{"id":${id}}`)
          .map(({ value }) => (JSON.parse(value ?? "") as Json)["after"]);
        expect(rows).toEqual([0, 1, 2, 3].map((n) => ({ id, n })));
      }
      expect(await kafka.findTopics(["counts.public.counters"])).toEqual([
        { topic: "counts.public.counters", partitions: 3 },
      ]);
    },
  );
});

// --- internal ---

async function readAll(kafka: KafkaPort, topics: readonly string[]): Promise<Message[]> {
  const ranges = (await kafka.ranges(topics)).filter(({ first, next }) => next > first);
  const found: Message[] = [];
  if (ranges.length === 0) return found;
  const wanted = ranges.reduce((sum, { first, next }) => sum + next - first, 0);
  const reader = await kafka.openReader({
    from: ranges.map(({ topic, partition, first }) => ({ topic, partition, offset: first })),
    onRecords: ({ topic, records }) => {
      for (const { key, value, headers } of records) {
        found.push({ topic, key: key?.toString() ?? null, value: value?.toString() ?? null, headers: { ...headers } });
      }
    },
  });
  await waitFor("all messages", () => found.length >= wanted);
  await reader.close();
  return found;
}

async function captured(file: string): Promise<Message[]> {
  const fixtures = new URL("../../../contracts/change-event/test/fixtures/debezium-3.6.0.Final/", import.meta.url);
  const lines = (await readFile(new URL(file, fixtures), "utf8")).trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Message);
}

const OF_THE_RUN = new Set(["ts_ms", "ts_us", "ts_ns", "lsn", "sequence", "txId", "version", "id of a transaction"]);

// What is different in every run, is left out; so is what Debezium gets wrong: the names of messages among a transaction's
// collections, and values of the type name, which it loses.
function comparable({ key, value, headers }: Message): unknown {
  const event = value === null ? null : (JSON.parse(value) as Json);
  const collections = (event?.["data_collections"] ?? null) as { data_collection: string }[] | null;
  const named = collections?.map((each) =>
    /message/i.test(each.data_collection) ? { ...each, data_collection: "message" } : each,
  );
  const sorted = named?.sort((one, other) => one.data_collection.localeCompare(other.data_collection));
  return {
    key: key !== null && key.includes(":") && "status" in (event ?? {}) ? "transaction" : key,
    value: strip({ ...event, ...(sorted === undefined ? {} : { data_collections: sorted }) }),
    headers: Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => !name.startsWith("strangler.") && !name.startsWith("__debezium.context."))
        .map(([name, text]) => [name, String(text)]),
    ),
  };
}

function strip(value: unknown, name = ""): unknown {
  if (Array.isArray(value)) return value.map((each) => strip(each));
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? 0 : value;
  const isTransaction = name === "transaction" || "status" in value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([field]) => !OF_THE_RUN.has(field) && !(field === "id" && isTransaction) && field !== "a_name")
      .map(([field, inner]) => [field, strip(inner, field)]),
  );
}

async function rewind(pair: Pair, slot: string): Promise<void> {
  await waitFor("the slot to be free", async () => {
    const rows = await pair.onSource(`SELECT 1 FROM pg_replication_slots WHERE slot_name = '${slot}' AND NOT active`);
    return rows.length > 0;
  });
  const earlier = await pair.onSource(`SELECT 1 FROM pg_replication_slots WHERE slot_name = '${slot}_earlier'`);
  if (earlier.length === 0)
    await pair.onSource(`SELECT pg_copy_logical_replication_slot('${slot}', '${slot}_earlier')`);
  await pair.onSource(`SELECT pg_drop_replication_slot('${slot}')`);
  await pair.onSource(`SELECT pg_copy_logical_replication_slot('${slot}_earlier', '${slot}')`);
}
