import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createLogger, waitFor } from "@strangler/platform";
import { missingKafka, startKafka, type KafkaVersion, type TestKafka } from "@strangler/test-kit";
import { testWith } from "@strangler/test-kit/jest";
import { getKafkaConnection } from "../../src/index.ts";
import { createKafka } from "../../src/kafka/kafkajs.ts";
import type { KafkaPort, OutgoingRecord } from "../../src/kafka/port.ts";
import { silent } from "../kit/pair.ts";

const missing = missingKafka();

describe.each<KafkaVersion>(["3.9", "4"])("the port over kafkajs, against Kafka %s", (version) => {
  let broker: TestKafka;
  let kafka: KafkaPort;

  beforeAll(async () => {
    if (missing !== undefined) return;
    broker = await startKafka({ version });
    kafka = createKafka({ connection: { brokers: broker.brokers }, clientId: "test", log: silent });
    await kafka.createTopics([{ topic: "parcels", partitions: 3, settings: { "max.message.bytes": "4000000" } }]);
  }, 120_000);
  afterAll(async () => {
    if (missing !== undefined) return;
    await kafka.close();
    await broker.close();
  }, 60_000);

  const record = (partition: number, key: string, value: Buffer | string | null = key): OutgoingRecord => ({
    topic: "parcels",
    partition,
    key,
    value,
    headers: { place: Buffer.from(key) },
  });

  testWith(
    missing,
    "writes records with keys, headers and nulls, and reads each partition from where it is told",
    async () => {
      const warnings: string[] = [];
      const note = (warning: Error) => warnings.push(warning.name);
      process.on("warning", note);
      const producer = await kafka.openProducer();
      await producer.send([record(0, "a"), record(2, "b"), record(0, "c"), record(0, "d", null)]);
      const found: string[] = [];
      const reader = await kafka.openReader({
        from: [
          { topic: "parcels", partition: 0, offset: 1 },
          { topic: "parcels", partition: 2, offset: 0 },
        ],
        onRecords: ({ partition, records }) => {
          for (const { offset, key, value, headers } of records) {
            found.push(`${partition}/${offset} ${String(key)} ${String(value)} ${String(headers["place"])}`);
          }
        },
      });
      await waitFor("three records", () => found.length >= 3);
      reader.pause([{ topic: "parcels", partition: 0 }]);
      await producer.send([record(0, "e"), record(2, "f")]);
      await waitFor("the partition that is not paused", () => found.includes("2/1 f f f"));

      expect(found.sort()).toEqual(["0/1 c c c", "0/2 d null d", "2/0 b b b", "2/1 f f f"]);
      reader.resume([{ topic: "parcels", partition: 0 }]);
      await waitFor("the one that was paused", () => found.includes("0/3 e e e"));
      await reader.close();
      process.off("warning", note);
      expect(warnings.filter((name) => name === "TimeoutNegativeWarning")).toEqual([]);
      const ranges = await kafka.ranges(["parcels"]);
      expect(ranges.sort((one, other) => one.partition - other.partition).map(({ next }) => next)).toEqual([4, 0, 2]);
    },
  );

  testWith(missing, "cuts what is too much for one request, and names the topic that refuses a record", async () => {
    const producer = await kafka.openProducer();
    const large = Buffer.alloc(700_000, 1);
    await producer.send([1, 2, 3, 4].map((n) => record(1, `large ${n}`, large)));
    expect((await kafka.ranges(["parcels"])).find(({ partition }) => partition === 1)?.next).toBe(4);

    await expect(producer.send([record(1, "too large", Buffer.alloc(5_000_000))])).rejects.toMatchObject({
      code: "KAFKA_RECORD_TOO_LARGE",
    });
    await expect(producer.send([record(1, "after it")])).rejects.toMatchObject({ code: "KAFKA_RECORD_TOO_LARGE" });
  });

  testWith(missing, "gives the partitions of a member that leaves to the one that stays", async () => {
    const seen: Record<string, string[]> = { first: [], second: [] };
    const join = (name: "first" | "second") =>
      kafka.joinGroup({
        group: "readers",
        topics: ["parcels"],
        sessionTimeoutMs: 3_000,
        onAssigned: async (partitions) => {
          seen[name] = partitions.map(({ partition }) => String(partition)).sort();
          return partitions.map((each) => ({ ...each, offset: 0 }));
        },
        onRevoked: () => undefined,
        onRecords: () => undefined,
      });
    const first = await join("first");
    await waitFor("all of it", () => seen["first"]?.length === 3);
    const second = await join("second");
    await waitFor(
      "a share each",
      () => (seen["first"]?.length ?? 0) + (seen["second"]?.length ?? 0) === 3 && seen["second"]?.length !== 0,
    );
    await first.close();

    await waitFor("all of it again", () => seen["second"]?.join() === "0,1,2", { limitMs: 20_000 });
    await second.close();
  });
});

describe("a Kafka that wants to know who comes", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "kafka-tls-"));
  const secret = "a secret of the stream";
  let broker: TestKafka;

  beforeAll(async () => {
    if (missing !== undefined) return;
    broker = await startKafka({ settings: guarded(folder, secret), formatOptions: scramUsers(secret) });
  }, 120_000);
  afterAll(async () => {
    if (missing === undefined) await broker.close();
    rmSync(folder, { recursive: true });
  }, 60_000);

  const environment = (rest: Record<string, string>) => ({
    STRANGLER_KAFKA_DEPOT_BROKERS: broker.brokers[0],
    STRANGLER_KAFKA_DEPOT_USERNAME: "stream",
    STRANGLER_KAFKA_DEPOT_PASSWORD: secret,
    STRANGLER_KAFKA_DEPOT_CA_FILE: path.join(folder, "certificate.pem"),
    ...rest,
  });
  const open = (rest: Record<string, string>, log = silent) =>
    createKafka({
      connection: getKafkaConnection("depot", environment(rest)),
      clientId: "test",
      log,
      patienceMs: 1_000,
    });

  testWith(missing, "lets in whoever has the password, by any of the three mechanisms, over TLS", async () => {
    for (const mechanism of ["plain", "scram-sha-256", "scram-sha-512"]) {
      const kafka = open({ STRANGLER_KAFKA_DEPOT_MECHANISM: mechanism });
      await kafka.createTopics([{ topic: mechanism, partitions: 1, settings: {} }]);
      const producer = await kafka.openProducer();
      await producer.send([{ topic: mechanism, partition: 0, key: "k", value: "v", headers: {} }]);
      expect((await kafka.ranges([mechanism]))[0]?.next).toBe(1);
      await kafka.close();
    }
  });

  testWith(missing, "refuses everybody else, and nobody reads the password in what is said of it", async () => {
    const lines: string[] = [];
    const log = createLogger({
      name: "test",
      level: "trace",
      destination: { write: (line: string) => lines.push(line) },
    });
    const wrong = open({ STRANGLER_KAFKA_DEPOT_PASSWORD: "something else" }, log);
    const refusal = await wrong.findTopics(["x"]).catch((error: unknown) => error as Error);
    await wrong.close();
    const right = open({}, log);
    await right.findTopics(["x"]);
    await right.close();

    expect(refusal).toMatchObject({ code: "KAFKA_REFUSED" });
    expect(JSON.stringify([lines, refusal instanceof Error ? refusal.message : ""])).not.toMatch(
      /something else|a secret of the stream/,
    );
    expect(lines.length).toBeGreaterThan(0);
  });
});

describe("the address of a Kafka", () => {
  const complaint = (environment: Record<string, string>) => {
    try {
      getKafkaConnection("depot", environment);
      return "none";
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  const BROKERS = { STRANGLER_KAFKA_DEPOT_BROKERS: "one:9092, two:9092" };

  test("comes from the environment, and what is wrong with it is said without the password", () => {
    expect(getKafkaConnection("depot", BROKERS)).toEqual({ brokers: ["one:9092", "two:9092"] });
    expect(complaint({})).toMatch(/STRANGLER_KAFKA_DEPOT_BROKERS=host:port/);
    expect(complaint({ STRANGLER_KAFKA_DEPOT_BROKERS: "user:word@one:9092" })).toMatch(/must be host:port/);
    const login = { ...BROKERS, STRANGLER_KAFKA_DEPOT_PASSWORD: "word" };
    expect(complaint(login)).toMatch(/USERNAME is missing/);
    const mechanism = { STRANGLER_KAFKA_DEPOT_USERNAME: "u", STRANGLER_KAFKA_DEPOT_MECHANISM: "gssapi" };
    expect(complaint({ ...login, ...mechanism })).toMatch(/MECHANISM must be plain, scram-sha-256, scram-sha-512/);
    expect(complaint({ ...BROKERS, STRANGLER_KAFKA_DEPOT_CA_FILE: "/nowhere" })).toMatch(
      /cannot be read \(\/nowhere\)/,
    );
  });
});

// --- internal ---

function scramUsers(password: string): string[] {
  return ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
    "--add-scram",
    `${mechanism}=[name=stream,password=${password}]`,
  ]);
}

// The broker's one listener, its name as it is, with TLS and a login; the broker itself comes with PLAIN.
function guarded(folder: string, password: string): Record<string, string> {
  const file = (name: string) => path.join(folder, name);
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
  const output = ["-nodes", "-keyout", file("key.pem"), "-out", file("certificate.pem")];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", ...output, ...subject], { stdio: "ignore" });
  writeFileSync(
    file("store.pem"),
    `${readFileSync(file("key.pem"), "utf8")}${readFileSync(file("certificate.pem"), "utf8")}`,
  );
  const module = "org.apache.kafka.common.security";
  const plain = `${module}.plain.PlainLoginModule required username="broker" password="b" user_broker="b" user_stream="${password}";`;
  const scram = `${module}.scram.ScramLoginModule required;`;
  return {
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:SASL_SSL",
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    "sasl.mechanism.inter.broker.protocol": "PLAIN",
    "listener.name.plaintext.plain.sasl.jaas.config": plain,
    "listener.name.plaintext.scram-sha-256.sasl.jaas.config": scram,
    "listener.name.plaintext.scram-sha-512.sasl.jaas.config": scram,
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": file("store.pem"),
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": file("certificate.pem"),
    "ssl.client.auth": "none",
  };
}
