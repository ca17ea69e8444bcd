// A Kafka broker from its own jars, in KRaft mode: each node is broker and controller at once, so that one to three of them are
// a whole cluster. What is decided here is plain data; who starts the process, and how it ends, is the caller's.

import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { keepJars, type JarSet } from "./jars.ts";
import type { Java } from "./java.ts";

export type KafkaVersion = "3.9" | "4";

/** The newest of either line that Maven Central has whole and that run on Java 17. */
export const KAFKA_RELEASES: Record<KafkaVersion, string> = { "3.9": "3.9.2", "4": "4.3.1" };

/** Each wants something to write its log with, of the version that it brings the rest of. */
const LOGGING: Record<KafkaVersion, string> = {
  "3.9": "org.slf4j:slf4j-reload4j:1.7.36",
  "4": "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4",
};

function jarsOf(version: KafkaVersion): JarSet {
  const release = KAFKA_RELEASES[version];
  return { name: `kafka-${release}`, dependencies: [`org.apache.kafka:kafka_2.13:${release}`, LOGGING[version]] };
}

export type NodePorts = { broker: number; controller: number };

export type BrokerNode = {
  version: KafkaVersion;
  /** 1 to n. */
  id: number;
  /** Of all nodes of the cluster, by id - 1. */
  ports: readonly NodePorts[];
  /** Its files: settings and data. */
  directory: string;
  /** Settings of server.properties beside ours. */
  settings?: Readonly<Record<string, string | number>>;
};

export type Command = { file: string; arguments: string[] };

/** The id of a new cluster; all of its nodes are formatted with the same. */
export function newClusterId(): string {
  // Kafka reads a leading "-" as an option.
  return randomBytes(16).toString("base64url").replace(/^-/, "A");
}

export function keepKafkaJars(java: Java, cacheDirectory: string, version: KafkaVersion): Promise<string> {
  return keepJars(java, cacheDirectory, jarsOf(version));
}

/** Writes a node's settings and prepares its data folder, which is done once in its life. `options` are StorageTool's. */
export async function formatNode(
  java: Java,
  jars: string,
  node: BrokerNode,
  clusterId: string,
  options: readonly string[] = [],
): Promise<void> {
  await mkdir(node.directory, { recursive: true });
  await writeNodeFiles(node);
  const settings = settingsFile(node);
  const format = ["kafka.tools.StorageTool", "format", "-t", clusterId, "-c", settings, ...options];
  await promisify(execFile)(java.java, [...JVM, ...logging(node), "-cp", `${jars}/*`, ...format]);
}

export async function writeNodeFiles(node: BrokerNode): Promise<void> {
  const lines = Object.entries({ ...settingsOf(node), ...node.settings }).map(([name, value]) => `${name}=${value}`);
  await writeFile(settingsFile(node), `${lines.join("\n")}\n`, { mode: 0o600 });
  await writeFile(path.join(node.directory, LOG4J[node.version].file), LOG4J[node.version].text);
}

/** How a formatted node is started; it ends on SIGTERM. */
export function brokerCommand(java: Java, jars: string, node: BrokerNode): Command {
  const program = ["-cp", `${jars}/*`, "kafka.Kafka", settingsFile(node)];
  return { file: java.java, arguments: [...JVM, "-Xms256m", "-Xmx256m", ...logging(node), ...program] };
}

// --- internal ---

// One processor's worth of garbage collector and the quick compiler: a broker on a developer's machine is to start soon and stay small.
const JVM = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Djava.awt.headless=true"];

const LOG4J: Record<KafkaVersion, { file: string; option: string; text: string }> = {
  "3.9": {
    file: "log4j.properties",
    option: "-Dlog4j.configuration=file:",
    text: `log4j.rootLogger=WARN, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d %p %m (%c)%n
`,
  },
  "4": {
    file: "log4j2.properties",
    option: "-Dlog4j2.configurationFile=",
    text: `rootLogger.level=warn
rootLogger.appenderRef.out.ref=out
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d %p %m (%c)%n
`,
  },
};

function logging({ version, directory }: BrokerNode): string[] {
  return [`${LOG4J[version].option}${path.join(directory, LOG4J[version].file)}`];
}

function settingsFile({ directory }: BrokerNode): string {
  return path.join(directory, "server.properties");
}

function settingsOf({ id, ports, directory }: BrokerNode): Record<string, string | number> {
  const own = ports[id - 1] ?? { broker: 0, controller: 0 };
  const copies = Math.min(3, ports.length);
  const enough = Math.min(2, copies);
  return {
    "process.roles": "broker,controller",
    "node.id": id,
    "controller.quorum.voters": ports.map(({ controller }, place) => `${place + 1}@127.0.0.1:${controller}`).join(","),
    listeners: `PLAINTEXT://127.0.0.1:${own.broker},CONTROLLER://127.0.0.1:${own.controller}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${own.broker}`,
    "inter.broker.listener.name": "PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "log.dirs": path.join(directory, "data"),
    "auto.create.topics.enable": "false",
    "default.replication.factor": copies,
    "min.insync.replicas": enough,
    "offsets.topic.replication.factor": copies,
    "offsets.topic.num.partitions": 3,
    "transaction.state.log.replication.factor": copies,
    "transaction.state.log.min.isr": enough,
    "transaction.state.log.num.partitions": 3,
    "share.coordinator.state.topic.replication.factor": copies,
    "share.coordinator.state.topic.min.isr": enough,
    // What a large cluster needs time and memory for, and one machine does not.
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 1_000,
    "broker.heartbeat.interval.ms": 500,
    "broker.session.timeout.ms": 3_000,
    "log.cleaner.dedupe.buffer.size": 4 * 1024 * 1024,
    "num.network.threads": 2,
    "num.io.threads": 4,
  };
}
