import { afterAll, beforeAll, describe, expect, jest } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { missingKafka, startKafka, startProcess, type TestKafka, type TestProcess } from "@strangler/test-kit";
import { testWith } from "@strangler/test-kit/jest";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { createKafka } from "../../src/kafka/kafkajs.ts";
import type { KafkaPort } from "../../src/kafka/port.ts";
import { silent, startPair, type Pair } from "../kit/pair.ts";

jest.setTimeout(240_000);

const missing = missingKafka();
const TABLES = ["left_side", "right_side"] as const;

describe("a publisher whose world breaks", () => {
  let pair: Pair;
  let broker: TestKafka;
  let kafka: KafkaPort;
  let folder: string;
  const processes: TestProcess[] = [];

  beforeAll(async () => {
    if (missing !== undefined) return;
    [pair, broker] = await Promise.all([startPair(), startKafka({ brokers: 3 })]);
    kafka = createKafka({ connection: { brokers: broker.brokers }, clientId: "test", log: silent });
    folder = await mkdtemp(path.join(tmpdir(), "publish-faults-"));
    for (const table of TABLES) {
      await pair.onSource(
        `CREATE TABLE ${table} (id int PRIMARY KEY, n int); INSERT INTO ${table} SELECT id, 0 FROM generate_series(1, 8) AS id`,
      );
    }
  }, 120_000);
  afterAll(async () => {
    if (missing !== undefined) return;
    await Promise.all(processes.map((child) => child.kill("SIGKILL")));
    await kafka.close();
    await Promise.all([broker.close(), pair.remove(), rm(folder, { recursive: true })]);
  }, 60_000);

  async function launch(): Promise<TestProcess> {
    const tables = TABLES.map((table) => ({
      from: `public.${table}`,
      to: `public.${table}`,
      key: ["id"],
      columns: { id: "id", n: "n" },
    }));
    const through = { kafka: "test", prefix: "faults", partitions: 2, heartbeatMs: 200 };
    const file = path.join(folder, "streams.yaml");
    await writeFile(file, stringify({ streams: { faults: { source: "shop", target: "shelf", through, tables } } }));
    const child = startProcess({
      script: path.join(import.meta.dirname, "../../src/main.ts"),
      env: {
        STRANGLER_STREAM: "faults",
        STRANGLER_ROLE: "publish",
        STREAMS_FILE: file,
        STRANGLER_KAFKA_TEST_BROKERS: broker.brokers.join(","),
        STRANGLER_DATABASE_SHOP_URL: pair.addresses.source,
        STRANGLER_DATABASE_SHELF_URL: pair.addresses.target,
      },
    });
    processes.push(child);
    await child.waitForLine(/"msg":"following"/, 60_000);
    return child;
  }

  // Both sides of every row in one transaction, one after the other.
  async function write(from: number, to: number): Promise<void> {
    const update = (table: string, n: number) => `UPDATE ${table} SET n = ${n} WHERE id = ${(n % 8) + 1}`;
    for (let n = from; n <= to; n += 1) {
      await pair.onSource(`BEGIN; ${TABLES.map((table) => update(table, n)).join("; ")}; COMMIT`);
    }
  }

  async function readNumbers(table: string, count: number): Promise<number[][]> {
    const topic = `faults.public.${table}`;
    const found = new Map<number, number[]>();
    let total = 0;
    const reader = await kafka.openReader({
      from: (await kafka.ranges([topic])).map(({ partition, first }) => ({ topic, partition, offset: first })),
      onRecords: ({ records }) => {
        for (const { value } of records) {
          const { op, after } = JSON.parse(String(value)) as { op: string; after: { id: number; n: number } };
          if (op !== "u") continue;
          found.set(after.id, [...(found.get(after.id) ?? []), after.n]);
          total += 1;
        }
      },
    });
    await waitFor(`${count} changes of ${table}`, () => total >= count, { limitMs: 30_000 });
    await reader.close();
    return [...found.entries()].sort(([one], [other]) => one - other).map(([, numbers]) => numbers);
  }

  testWith(
    missing,
    "loses nothing, doubles nothing and keeps each row's order while it is killed, and brokers are killed, stopped and stalled",
    async () => {
      let publisher = await launch();
      await write(1, 20);
      await publisher.kill("SIGKILL");
      await write(21, 40);
      publisher = await launch();
      const killed = Promise.all([write(41, 80), broker.killBroker(0)]);
      await killed;
      await broker.startBroker(0);
      broker.stallBroker(1);
      await write(81, 120);
      await broker.startBroker(1);
      await Promise.all([write(121, 160), publisher.kill("SIGKILL"), broker.stopBroker(2)]);
      await launch();
      await broker.startBroker(2);
      await write(161, 200);

      for (const table of TABLES) {
        const numbers = await readNumbers(table, 200);
        for (const [place, own] of numbers.entries()) {
          const expected = Array.from({ length: 200 }, (_, index) => index + 1).filter((n) => n % 8 === place);
          expect(own).toEqual(expected);
        }
      }
    },
  );
});
