import { afterAll, beforeAll, describe, expect, jest } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import {
  debeziumSink,
  missingConnect,
  missingKafka,
  startConnect,
  startKafka,
  type RunningConnect,
  type TestKafka,
} from "@strangler/test-kit";
import { testWith } from "@strangler/test-kit/jest";
import { startStream, type RunningStream } from "../../src/index.ts";
import { createKafka } from "../../src/kafka/kafkajs.ts";
import type { KafkaPort } from "../../src/kafka/port.ts";
import { planOf, sameTable, silent, startPair, type Pair } from "../kit/pair.ts";

jest.setTimeout(120_000);

const missing = missingKafka() ?? (await missingConnect());

const COLUMNS = ["id", "label", "weight", "sent_on", "sent_at", "is_open", "amount", "token"];

describe("our events, read by Debezium's JDBC sink", () => {
  let pair: Pair;
  let broker: TestKafka;
  let connect: RunningConnect;
  let kafka: KafkaPort;
  let publisher: RunningStream;

  beforeAll(async () => {
    if (missing !== undefined) return;
    [pair, broker] = await Promise.all([startPair(), startKafka()]);
    connect = await startConnect({ brokers: broker.brokers });
    kafka = createKafka({ connection: { brokers: broker.brokers }, clientId: "test", log: silent });
    const table = `CREATE TABLE parcels (id bigint PRIMARY KEY, label text NOT NULL, weight double precision, sent_on date,
      sent_at timestamptz, is_open boolean, amount numeric(12,3), token uuid)`;
    await Promise.all([pair.onSource(table), pair.onTarget(table)]);
    await pair.onSource(
      `INSERT INTO parcels SELECT n, 'parcel ' || n, n / 7.0, '2024-02-29', '2024-03-10 01:02:03.123456+00', n % 2 = 0, n / 3.0,
       gen_random_uuid() FROM generate_series(1, 100) n`,
    );
    const way = { kafka: "main", writer: "strangler", order: "commit", partitions: 1, heartbeatMs: 500 } as const;
    const plan = {
      ...planOf([sameTable("parcels", ["id"], COLUMNS)], "sunk"),
      through: { ...way, prefix: "sunk", schemas: true },
    };
    publisher = startStream({ plan, addresses: pair.addresses, log: silent, kafka, role: "publish" });
    await waitFor("the publisher to follow", () => publisher.status().state === "following", { limitMs: 30_000 });
    const settings = { "collection.name.format": "parcels", "consumer.override.metadata.max.age.ms": "1000" };
    const topics = ["sunk.public.parcels"];
    await connect.create("sink", debeziumSink({ url: pair.target.url("postgres"), topics, settings }));
  }, 180_000);
  afterAll(async () => {
    if (missing !== undefined) return;
    await Promise.all([publisher.close(), connect.close()]);
    await kafka.close();
    await Promise.all([broker.close(), pair.remove()]);
  }, 60_000);

  testWith(missing, "become the same rows: read, inserted, changed, renamed and removed", async () => {
    await pair.onSource("INSERT INTO parcels VALUES (101, 'Ünder \"glass\"', -0.5, NULL, NULL, true, -0.001, NULL)");
    await pair.onSource("UPDATE parcels SET label = 'changed', amount = NULL WHERE id <= 10");
    await pair.onSource("UPDATE parcels SET id = 500 WHERE id = 20");
    await pair.onSource("DELETE FROM parcels WHERE id BETWEEN 30 AND 40");
    await pair.onSource(
      "BEGIN; DELETE FROM parcels WHERE id = 50; INSERT INTO parcels (id, label) VALUES (50, 'again'); COMMIT",
    );

    const rows = "SELECT * FROM parcels ORDER BY id";
    const wanted = await pair.onSource(rows);
    await waitFor(
      "the sink",
      async () => {
        const state = await connect.state("sink");
        if (state !== "RUNNING") throw new Error(state);
        return JSON.stringify(await pair.onTarget(rows)) === JSON.stringify(wanted);
      },
      { limitMs: 50_000 },
    ).catch(() => undefined);
    expect(await pair.onTarget(rows)).toEqual(wanted);
  });
});
