// The two ways from one database to another through one broker: Debezium's PostgreSQL source and JDBC sink in one Kafka Connect, and a
// publisher and an applier of ours in a process each.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  debeziumSink,
  debeziumSource,
  startConnect,
  startProcess,
  waitFor,
  type OwnCluster,
  type TestKafka,
  type TestProcess,
} from "@strangler/test-kit";
import { stringify } from "yaml";
import { COLUMNS } from "../stream/workloads.ts";

export type Side = "debezium" | "ours";
export const SIDES: readonly Side[] = ["debezium", "ours"];

/** One way: while it is stopped, the source keeps its log for it. */
export type Runner = { start: () => Promise<void>; stop: () => Promise<void>; close: () => Promise<void> };

const TABLES = ["things", "beats", "probes"] as const;

export async function startDebezium(source: OwnCluster, target: OwnCluster, kafka: TestKafka): Promise<Runner> {
  // A whole compiler: this one runs for minutes.
  const connect = await startConnect({ brokers: kafka.brokers, javaOptions: ["-Xms512m", "-Xmx1g"] });
  const sinks = TABLES.map((table) => `sink-${table}`);
  await connect.create(
    "source",
    debeziumSource({
      url: source.url("postgres"),
      prefix: "peer",
      tables: TABLES.map((table) => `public.${table}`),
      schemas: true,
      settings: SOURCE_SETTINGS,
    }),
  );
  for (const table of TABLES) {
    const settings = { ...SINK_SETTINGS, "collection.name.format": table };
    await connect.create(
      `sink-${table}`,
      debeziumSink({ url: target.url("debezium"), topics: [`peer.public.${table}`], settings }),
    );
  }
  const all = ["source", ...sinks];
  return {
    start: async () => {
      for (const name of all) await connect.resume(name);
    },
    stop: async () => {
      for (const name of all) await connect.stop(name);
    },
    close: connect.close,
  };
}

export async function startOurs(source: OwnCluster, target: OwnCluster, kafka: TestKafka): Promise<Runner> {
  const folder = await mkdtemp(path.join(tmpdir(), "bench-kafka-"));
  const file = path.join(folder, "streams.yaml");
  const tables = TABLES.map((table) => ({
    from: `public.${table}`,
    to: `public.${table}`,
    key: ["id"],
    columns: Object.fromEntries((COLUMNS[table] ?? []).map((column) => [column, column])),
  }));
  const bench = {
    source: "source",
    target: "target",
    guard: "off",
    through: { kafka: "main", prefix: "ours" },
    tables,
  };
  await writeFile(file, stringify({ streams: { bench } }));
  const env = {
    STRANGLER_STREAM: "bench",
    STREAMS_FILE: file,
    STRANGLER_DATABASE_SOURCE_URL: source.url("postgres"),
    STRANGLER_DATABASE_TARGET_URL: target.url("ours"),
    STRANGLER_KAFKA_MAIN_BROKERS: kafka.brokers.join(","),
  };
  const script = path.join(import.meta.dirname, "../../../cdc/src/main.ts");
  let children: TestProcess[] = [];
  const stop = async () => {
    await Promise.all(children.splice(0).map((child) => child.kill("SIGTERM")));
  };
  return {
    start: async () => {
      children = ["publish", "apply"].map((role) => startProcess({ script, env: { ...env, STRANGLER_ROLE: role } }));
      for (const child of children) await child.waitForLine(/"following"/, 60_000);
    },
    stop,
    close: async () => {
      await stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** Waits until `ask` says yes, for as long as a slow side may take. */
export function untilDone(what: string, ask: () => Promise<boolean>): Promise<unknown> {
  return waitFor(what, ask, { limitMs: 300_000 });
}

// --- internal ---

// Large batches everywhere, no waiting anywhere, nothing written that the sink does not read.
const SOURCE_SETTINGS = {
  "provide.transaction.metadata": "false",
  "tombstones.on.delete": "false",
  "poll.interval.ms": "1",
  "max.batch.size": "8192",
  "max.queue.size": "32768",
  "producer.override.linger.ms": "1",
  "producer.override.batch.size": "262144",
};

const SINK_SETTINGS = {
  "batch.size": "5000",
  "use.reduction.buffer": "true",
  "dialect.postgres.unnest.insert.enabled": "true",
  "consumer.override.max.poll.records": "5000",
  "consumer.override.fetch.max.wait.ms": "10",
};
