import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { waitFor } from "@strangler/platform";
import {
  brokerCommand,
  findJava,
  formatNode,
  keepKafkaJars,
  newClusterId,
  type BrokerNode,
  type Java,
  type KafkaVersion,
  type NodePorts,
} from "@strangler/stack";
import { findFreePort } from "./engine.ts";

export type { KafkaVersion };

export type KafkaOptions = {
  version?: KafkaVersion;
  brokers?: 1 | 3;
  /** Of server.properties, beside what the cluster needs. */
  settings?: Readonly<Record<string, string | number>>;
  /** Of the storage tool, when the nodes are made: "--add-scram", ... */
  formatOptions?: readonly string[];
};

/** A real Apache Kafka in KRaft mode: one to three nodes, on loopback, with data of their own. Brokers are counted from 0. */
export type TestKafka = {
  version: KafkaVersion;
  /** host:port each. */
  brokers: string[];
  /** Asks it to end; its leaders move before it does. */
  stopBroker: (index: number) => Promise<void>;
  /** kill -9. */
  killBroker: (index: number) => Promise<void>;
  /** Starts one that was stopped or killed, on the same port and data, or wakes one that was stalled. */
  startBroker: (index: number) => Promise<void>;
  /** Stops its clock (SIGSTOP): its sockets stay open and nothing answers. */
  stallBroker: (index: number) => void;
  /** What a broker has written to its log. */
  lines: (index: number) => readonly string[];
  close: () => Promise<void>;
};

/** What `testWith` is told: undefined when there is a Kafka, or one can be started. `own: false`: one that the test does not break will do. */
export function missingKafka({ own = true }: { own?: boolean } = {}): string | undefined {
  if (!own && givenKafka() !== undefined) return undefined;
  const java = findJava(process.env);
  return typeof java === "string" ? java : undefined;
}

/** A Kafka that somebody else runs, from KAFKA_BROKERS. */
export function givenKafka(): string[] | undefined {
  const given = (process.env["KAFKA_BROKERS"] ?? "").split(",").filter(Boolean);
  return given.length > 0 ? given : undefined;
}

/**
 * One for tests that do not break it: the Kafka of KAFKA_BROKERS where that is set, which stays as it is, else one that is started.
 */
export async function lendKafka(
  options: Pick<KafkaOptions, "version"> = {},
): Promise<Pick<TestKafka, "brokers" | "close">> {
  const given = givenKafka();
  return given === undefined ? startKafka(options) : { brokers: given, close: async () => undefined };
}

/** Starts the cluster and waits until every broker answers. The jars are fetched once and kept in `.cache/maven`. */
export async function startKafka(options: KafkaOptions = {}): Promise<TestKafka> {
  const { version = "4", brokers: count = 1, settings = {}, formatOptions = [] } = options;
  const java = findJava(process.env);
  if (typeof java === "string") throw new Error(java);
  const jars = await keepKafkaJars(java, CACHE, version);
  const home = await mkdtemp(path.join(tmpdir(), "strangler-kafka-"));
  const ports: NodePorts[] = [];
  for (let id = 1; id <= count; id += 1) {
    ports.push({ broker: await findFreePort(), controller: await findFreePort() });
  }
  const nodes = ports.map((_, place) =>
    createNode(java, jars, {
      version,
      id: place + 1,
      ports,
      directory: path.join(home, `node-${place + 1}`),
      settings,
    }),
  );
  const close = async () => {
    await Promise.all(nodes.map((node) => node.end("SIGKILL")));
    await rm(home, { recursive: true, force: true });
  };
  const clusterId = newClusterId();
  try {
    await Promise.all(nodes.map(({ node }) => formatNode(java, jars, node, clusterId, formatOptions)));
    await Promise.all(nodes.map((node) => node.start()));
  } catch (error) {
    await close();
    throw error;
  }
  const get = (index: number) => {
    const node = nodes[index];
    if (node === undefined) throw new RangeError(`There is no broker ${index}; there are ${nodes.length}.`);
    return node;
  };
  return {
    version,
    brokers: ports.map(({ broker }) => `127.0.0.1:${broker}`),
    stopBroker: (index) => get(index).end("SIGTERM"),
    killBroker: (index) => get(index).end("SIGKILL"),
    startBroker: (index) => get(index).start(),
    stallBroker: (index) => get(index).stall(),
    lines: (index) => get(index).lines,
    close,
  };
}

// --- internal ---

const CACHE = path.resolve(import.meta.dirname, "../../../.cache/maven");
const STARTS_WITHIN_MS = 60_000;

// Whoever started it may be killed before he can close it; then its standard input ends, and the broker with it.
const TIED_TO_US =
  'exec 3<&0; "$@" <&- 3<&- & pid=$!; echo "$pid"; { cat <&3 >/dev/null; kill -9 "$pid" 2>/dev/null; } & wait "$pid"; kill $! 2>/dev/null';

type Node = {
  node: BrokerNode;
  lines: string[];
  start: () => Promise<void>;
  end: (signal: "SIGTERM" | "SIGKILL") => Promise<void>;
  stall: () => void;
};

function createNode(java: Java, jars: string, node: BrokerNode): Node {
  const lines: string[] = [];
  const port = node.ports[node.id - 1]?.broker ?? 0;
  let running: Running | undefined;
  let stalled = false;
  return {
    node,
    lines,
    async start() {
      if (stalled) signal(running, "SIGCONT");
      stalled = false;
      running ??= await launch(java, jars, node, lines);
      await waitUntilListening(running, port, lines);
    },
    async end(how) {
      if (running === undefined) return;
      signal(running, how);
      // What is stalled takes a signal other than SIGKILL only when it is woken.
      signal(running, "SIGCONT");
      await running.ended;
      running = undefined;
      stalled = false;
    },
    stall() {
      signal(running, "SIGSTOP");
      stalled = true;
    },
  };
}

type Running = { pid: number; child: ChildProcess; ended: Promise<void> };

function signal(running: Running | undefined, name: NodeJS.Signals): void {
  if (running !== undefined && running.child.exitCode === null) process.kill(running.pid, name);
}

async function launch(java: Java, jars: string, node: BrokerNode, lines: string[]): Promise<Running> {
  const command = brokerCommand(java, jars, node);
  const child = spawn("sh", ["-c", TIED_TO_US, "sh", command.file, ...command.arguments], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = once(child, "close").then(() => undefined);
  createInterface({ input: child.stderr }).on("line", (line) => lines.push(line));
  const output = createInterface({ input: child.stdout });
  const [pid] = (await once(output, "line")) as [string];
  output.on("line", (line) => lines.push(line));
  return { pid: Number(pid), child, ended };
}

async function waitUntilListening({ child }: Running, port: number, lines: readonly string[]): Promise<void> {
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  await waitFor("Kafka to listen", async () => ended() || (await listens(port)), { limitMs: STARTS_WITHIN_MS });
  if (ended()) throw new Error(`Kafka ended at once, and said:\n${lines.slice(-20).join("\n")}`);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const answer = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", () => answer(true)).once("error", () => answer(false));
  });
}
