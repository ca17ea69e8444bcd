import { spawn, type ChildProcess } from "node:child_process";
import { chmod, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { waitFor } from "@strangler/platform";
import { findFreePort } from "./engine.ts";
import { fetchArchive, fetchJars, missingFromMaven } from "./maven.ts";

/** The versions that belong together: Debezium 3.6 is built for the clients of Kafka 4.3, which speak with brokers since 2.1. */
export const DEBEZIUM_VERSION = "3.6.0.Final";
const CONNECT_VERSION = "4.3.0";

/** Kafka Connect in a process of its own, with Debezium's PostgreSQL source and JDBC sink. */
export type RunningConnect = {
  pid: number;
  lines: readonly string[];
  /** Makes or changes a connector and waits until its task runs. Throws with Connect's words when it fails. */
  create: (name: string, config: ConnectorConfig) => Promise<void>;
  /** What the connector and its tasks say of themselves: RUNNING, or the reason why not. */
  state: (name: string) => Promise<string>;
  /** Ends its task and begins it anew, at the offsets that were stored last. */
  restart: (name: string) => Promise<void>;
  /** Ends its tasks until `resume`; what they have stored stays. */
  stop: (name: string) => Promise<void>;
  resume: (name: string) => Promise<void>;
  remove: (name: string) => Promise<void>;
  close: () => Promise<void>;
};

export type ConnectorConfig = Readonly<Record<string, string>>;

export type ConnectOptions = {
  /** host:port of a broker. */
  brokers: readonly string[];
  /** Of the worker, beside those that it needs. */
  settings?: ConnectorConfig;
  /** For the virtual machine. */
  javaOptions?: readonly string[];
};

/** What `testWith` is told: undefined when Connect and Debezium are here. */
export function missingConnect(): Promise<string | undefined> {
  return missingFromMaven(fetchAll);
}

/** Starts Connect without connectors. Throws MavenMissingError. */
export async function startConnect({
  brokers,
  settings = {},
  javaOptions = QUICK,
}: ConnectOptions): Promise<RunningConnect> {
  const { libraries, plugins } = await fetchAll();
  const folder = await mkdtemp(path.join(tmpdir(), "strangler-connect-"));
  const port = await findFreePort();
  await chmod(folder, 0o700);
  for (const plugin of plugins) await symlink(plugin, path.join(folder, path.basename(plugin)));
  const worker = {
    "bootstrap.servers": brokers.join(","),
    "key.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "offset.storage.file.filename": path.join(folder, "offsets"),
    "offset.flush.interval.ms": "500",
    "plugin.path": folder,
    "plugin.discovery": "service_load",
    listeners: `http://127.0.0.1:${port}`,
    ...settings,
  };
  await writeFile(path.join(folder, "worker.properties"), properties(worker));
  const main = "org.apache.kafka.connect.cli.ConnectStandalone";
  const child = spawn("java", [...javaOptions, "-cp", `${libraries}/*`, main, path.join(folder, "worker.properties")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  return connectOf(child, `http://127.0.0.1:${port}/connectors`, folder);
}

/** The configuration of a source connector: pgoutput, metadata of transactions, everything at once. */
export function debeziumSource(options: {
  url: string;
  prefix: string;
  /** "schema.table" */
  tables: readonly string[];
  schemas: boolean;
  settings?: ConnectorConfig;
}): ConnectorConfig {
  const { hostname, port, username, password, pathname } = new URL(options.url);
  return {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "plugin.name": "pgoutput",
    "topic.prefix": options.prefix,
    "database.hostname": hostname,
    "database.port": port,
    "database.user": decodeURIComponent(username),
    "database.password": decodeURIComponent(password),
    "database.dbname": pathname.slice(1),
    "slot.name": `debezium_${options.prefix}`,
    "publication.name": `debezium_${options.prefix}`,
    "publication.autocreate.mode": "filtered",
    "table.include.list": options.tables.join(","),
    "provide.transaction.metadata": "true",
    "poll.interval.ms": "10",
    // Brokers that do not make topics by themselves are asked to.
    "topic.creation.default.replication.factor": "-1",
    "topic.creation.default.partitions": "1",
    "key.converter.schemas.enable": String(options.schemas),
    "value.converter.schemas.enable": String(options.schemas),
    "key.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    ...options.settings,
  };
}

/** The configuration of a JDBC sink that writes rows by their key and removes what was removed. */
export function debeziumSink(options: {
  url: string;
  topics: readonly string[];
  settings?: ConnectorConfig;
}): ConnectorConfig {
  const { host, username, password, pathname } = new URL(options.url);
  return {
    "connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector",
    "connection.url": `jdbc:postgresql://${host}${pathname}`,
    "connection.username": decodeURIComponent(username),
    "connection.password": decodeURIComponent(password),
    topics: options.topics.join(","),
    "insert.mode": "upsert",
    "primary.key.mode": "record_key",
    "delete.enabled": "true",
    "schema.evolution": "none",
    "key.converter.schemas.enable": "true",
    "value.converter.schemas.enable": "true",
    "key.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    ...options.settings,
  };
}

// --- internal ---

// A test's Connect lives for a minute: the second compiler would not pay for itself.
const QUICK = ["-Xms128m", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

async function fetchAll() {
  const libraries = await fetchJars(`connect-${CONNECT_VERSION}`, [
    `org.apache.kafka:connect-runtime:${CONNECT_VERSION}`,
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.3",
  ]);
  const plugins = [];
  for (const kind of ["postgres", "jdbc"]) {
    const folder = await fetchArchive(`io.debezium:debezium-connector-${kind}:${DEBEZIUM_VERSION}:tar.gz:plugin`);
    plugins.push(path.join(folder, `debezium-connector-${kind}`));
  }
  return { libraries, plugins };
}

function properties(values: ConnectorConfig): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

async function connectOf(child: ChildProcess, url: string, folder: string): Promise<RunningConnect> {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on("line", (line) => lines.push(line));
  }
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const close = async () => {
    child.kill("SIGTERM");
    const tooSlow = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(tooSlow);
    await rm(folder, { recursive: true, force: true });
  };
  const state = async (name: string) => describeState(await fetch(`${url}/${name}/status`));
  try {
    await waitFor("Kafka Connect to listen", async () => hasEnded() || (await fetch(url).then((answer) => answer.ok)), {
      limitMs: 60_000,
    });
    if (hasEnded()) throw new Error(`Kafka Connect ended at once, and said:\n${lines.slice(-20).join("\n")}`);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    pid: child.pid ?? 0,
    lines,
    state,
    create: async (name, config) => {
      const body = JSON.stringify({ ...config, name });
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`${url}/${name}/config`, { method: "PUT", headers, body });
      if (!answer.ok) throw new Error(`Connect refused ${name}: ${await answer.text()}`);
      const reached = await waitFor(
        `the connector ${name} to run`,
        async () => [await state(name)].find((said) => said !== "UNASSIGNED"),
        { limitMs: 60_000 },
      );
      if (reached !== "RUNNING") throw new Error(`The connector ${name} failed: ${reached}`);
    },
    restart: async (name) => {
      await fetch(`${url}/${name}/restart?includeTasks=true`, { method: "POST" });
    },
    stop: async (name) => {
      await fetch(`${url}/${name}/stop`, { method: "PUT" });
      await waitFor(`the connector ${name} to stop`, async () => (await state(name)) !== "RUNNING");
    },
    resume: async (name) => {
      await fetch(`${url}/${name}/resume`, { method: "PUT" });
    },
    remove: async (name) => {
      await fetch(`${url}/${name}`, { method: "DELETE" });
    },
    close,
  };
}

type ConnectorState = { connector: TaskState; tasks: TaskState[] };
type TaskState = { state: string; trace?: string };

// A connector that was just made has no task for a moment.
async function describeState(answer: Response): Promise<string> {
  if (!answer.ok) return "UNASSIGNED";
  const { connector, tasks } = (await answer.json()) as ConnectorState;
  const parts = [connector, ...tasks];
  const failed = parts.find((part) => part.state === "FAILED");
  if (failed !== undefined) return failed.trace ?? "FAILED";
  return tasks.length > 0 && parts.every((part) => part.state === "RUNNING") ? "RUNNING" : "UNASSIGNED";
}
