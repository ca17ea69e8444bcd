import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { missingKafka, startKafka, type KafkaVersion, type TestKafka } from "@strangler/test-kit";
import { testWith } from "@strangler/test-kit/jest";
import { shareStreams, spread, type SharedStreams } from "../../src/kafka/consume/share-streams.ts";
import { createKafka } from "../../src/kafka/kafkajs.ts";
import type { KafkaPort } from "../../src/kafka/port.ts";
import { startStream, type RunningStream, type StreamPlan } from "../../src/index.ts";
import { planOf, sameTable, silent, startPair, type Pair } from "../kit/pair.ts";

jest.setTimeout(300_000);

const missing = missingKafka();
const VERSIONS: readonly KafkaVersion[] = ["3.9", "4"];

describe.each(VERSIONS)("a stream through three brokers of Kafka %s, whose parts die", (version) => {
  let pair: Pair;
  let broker: TestKafka;
  const ports: KafkaPort[] = [];
  const running: { close: () => Promise<void> }[] = [];
  let plan: StreamPlan;
  let serial = 0;

  beforeAll(async () => {
    if (missing !== undefined) return;
    [pair, broker] = await Promise.all([startPair(), startKafka({ version, brokers: 3 })]);
  }, 120_000);
  afterAll(async () => {
    if (missing !== undefined) return;
    await Promise.all([broker.close(), pair.remove()]);
  }, 60_000);

  // Two tables, so that a transaction lies in several topics: what one side loses, the other gains.
  beforeEach(async () => {
    if (missing !== undefined) return;
    serial += 1;
    const names = [`left_${serial}`, `right_${serial}`];
    const create = names.map((name) => `CREATE TABLE ${name} (id int PRIMARY KEY, n int NOT NULL);`).join(" ");
    await Promise.all([pair.onSource(create), pair.onTarget(create)]);
    for (const name of names) await pair.onSource(`INSERT INTO ${name} SELECT n, 100 FROM generate_series(1, 20) n`);
    const tables = names.map((name) => sameTable(name, ["id"], ["id", "n"]));
    plan = { ...planOf(tables, `stream_${serial}`), through: throughOf(`stream_${serial}`) };
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.close()));
    await Promise.all(ports.splice(0).map((each) => each.close()));
  }, 30_000);

  const throughOf = (prefix: string) =>
    ({
      kafka: "main",
      prefix,
      writer: "strangler",
      order: "commit",
      partitions: 3,
      schemas: false,
      heartbeatMs: 200,
    }) as const;
  const client = () => {
    const port = createKafka({ connection: { brokers: broker.brokers }, clientId: "test", log: silent });
    ports.push(port);
    return port;
  };
  const start = (role: "publish" | "apply", kafka = client()): RunningStream => {
    const stream = startStream({ plan, addresses: pair.addresses, log: silent, kafka, role });
    running.push(stream);
    return stream;
  };
  const isFollowing = (stream: RunningStream) =>
    waitFor(
      "the stream to follow",
      () => {
        const { state, reason } = stream.status();
        if (state !== "following") throw new Error(`${state}: ${reason ?? "no reason"}`);
        return true;
      },
      { limitMs: 120_000 },
    );

  /** Moves amounts from side to side for as long as `meanwhile` takes, and longer; then both sides must be equal. */
  const writeDuring = async (meanwhile: () => Promise<void>) => {
    let isOver = false;
    const writing = (async () => {
      for (let round = 0; !isOver || round < 100; round += 1) {
        const id = 1 + (round % 20);
        await pair.onSource(`BEGIN; UPDATE left_${serial} SET n = n - 7 WHERE id = ${id};
          UPDATE right_${serial} SET n = n + 7 WHERE id = ${id}; COMMIT`);
      }
    })();
    const torn: string[] = [];
    const looking = (async () => {
      while (!isOver) {
        const [row] = await pair.onTarget(
          `SELECT (SELECT sum(n) FROM left_${serial}) + (SELECT sum(n) FROM right_${serial}) AS sum`,
        );
        if (row?.["sum"] !== null && row?.["sum"] !== "4000") torn.push(row?.["sum"] ?? "");
        await pause(20);
      }
    })();
    await meanwhile().finally(() => {
      isOver = true;
    });
    await Promise.all([writing, looking]);
    const rows = `SELECT 'l', * FROM left_${serial} UNION ALL SELECT 'r', * FROM right_${serial} ORDER BY 1, 2`;
    const wanted = JSON.stringify(await pair.onSource(rows));
    await waitFor("both sides to be equal", async () => JSON.stringify(await pair.onTarget(rows)) === wanted, {
      limitMs: 60_000,
    });
    expect(torn).toEqual([]);
  };

  testWith(missing, "loses and doubles nothing when brokers are killed, stopped and stalled", async () => {
    start("publish");
    const applier = start("apply");
    await isFollowing(applier);
    // The first rows were read one by one, and come so.
    await waitFor("the first rows", async () => {
      const [left, right] = await Promise.all(
        [`left_${serial}`, `right_${serial}`].map((table) => pair.onTarget(`SELECT 1 FROM ${table}`)),
      );
      return left?.length === 20 && right?.length === 20;
    });
    await writeDuring(async () => {
      await broker.killBroker(0);
      await pause(2_000);
      await broker.startBroker(0);
      await broker.stopBroker(1);
      await broker.startBroker(1);
      broker.stallBroker(2);
      await pause(3_000);
      await broker.startBroker(2);
    });
    // Every change of a row finds the row as it should be: nothing was applied twice, nothing left out.
    expect(applier.status()).toMatchObject({ mended: 0, alreadyGone: 0 });
  });

  // Groups are the same in both; one version is enough.
  if (version === "3.9") return;

  testWith(missing, "is taken over by another process of its group when the one that has it is gone", async () => {
    await isFollowing(start("publish"));
    const join = async (): Promise<SharedStreams> => {
      const kafka = client();
      const shared = await shareStreams({
        kafka,
        group: `appliers-${serial}`,
        plans: [plan],
        start: (each) => startStream({ plan: each, addresses: pair.addresses, log: silent, kafka, role: "apply" }),
        log: silent,
        sessionTimeoutMs: 6_000,
      });
      running.push(shared);
      return shared;
    };
    const members = [await join(), await join()];
    const owners = () => members.filter((member) => member.running().size > 0);
    await waitFor("one of them to have it", () => owners().length === 1, { limitMs: 30_000 });
    const [first] = owners();
    await writeDuring(async () => {
      await pause(500);
      await first?.close();
      members.splice(members.indexOf(first as SharedStreams), 1);
      await waitFor("the other one to have it", () => owners().length === 1, { limitMs: 30_000 });
    });
  });
});

test("streams are spread evenly, and few of them move when a process comes", () => {
  const partitions = Array.from({ length: 30 }, (_, n) => ({ topic: `stream-${n}`, partition: 0 }));
  const members = ["a", "b", "c"].map((id) => ({ id }));
  const three = spread(members, partitions);
  const four = spread([...members, { id: "d" }], partitions);
  const ownerIn = (shares: ReturnType<typeof spread>, topic: string) =>
    [...shares].find(([, share]) => share.some((each) => each.topic === topic))?.[0];

  expect([...three.values()].map((share) => share.length)).toEqual([10, 10, 10]);
  expect(Math.max(...[...four.values()].map((share) => share.length))).toBe(8);
  const moved = partitions.filter(({ topic }) => ownerIn(three, topic) !== ownerIn(four, topic));
  expect(moved.length).toBeLessThan(20);
});
