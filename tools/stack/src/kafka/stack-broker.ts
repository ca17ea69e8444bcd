// The stack's Kafka: one node that is broker and controller, started from its own jars, with its data beside the stack's; or one's own,
// of which the stack only knows the address.

import { existsSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { waitFor } from "@strangler/platform";
import { KafkaNotPossibleError, ProcessDidNotStartError } from "../errors.ts";
import { lastWords } from "../last-words.ts";
import { assertPortFree } from "../ports.ts";
import { findFreePort } from "../postgres/cluster.ts";
import { endProcess } from "../process/end.ts";
import { isSameProcess } from "../process/identity.ts";
import { spawnProgram, type Spawned } from "../process/spawn.ts";
import type { StackRequest } from "../stack-request.ts";
import { findProcessRecord, removeProcessRecord, saveProcessRecord } from "../state/process-record.ts";
import type { StackBroker, StackRecord } from "../state/stack-record.ts";
import type { StatePaths } from "../state/state-directory.ts";
import { brokerCommand, formatNode, keepKafkaJars, newClusterId, writeNodeFiles, type BrokerNode } from "./broker.ts";
import { findJava, type Java } from "./java.ts";

/** Its name among the stack's processes. */
export const BROKER = "kafka";

/** Where a broker usually listens, and where its controller does. */
const USUAL_PORTS = { port: 9092, controllerPort: 9093 };

/** What the record says of the stack's Kafka; a stack that has one keeps it, unless it is told another address. */
export async function chooseBroker(
  kept: StackRecord | undefined,
  { kafka, ports }: Pick<StackRequest, "kafka" | "ports">,
): Promise<{ kafka?: StackBroker }> {
  if (kafka !== undefined && kafka.brokers.length > 0) return { kafka: { kind: "own", brokers: kafka.brokers } };
  if (kept?.kafka !== undefined) return { kafka: kept.kafka };
  if (kafka === undefined) return {};
  const chosen = ports === "plan" ? USUAL_PORTS : { port: await findFreePort(), controllerPort: await findFreePort() };
  return { kafka: { kind: "embedded", clusterId: newClusterId(), ...chosen } };
}

export function brokersOf(kafka: StackBroker): readonly string[] {
  return kafka.kind === "own" ? kafka.brokers : [`127.0.0.1:${kafka.port}`];
}

export type BrokerStart = {
  paths: StatePaths;
  record: StackRecord;
  environment: Readonly<Record<string, string>>;
  onProgress: (line: string) => void;
  signal?: AbortSignal | undefined;
};

/**
 * Starts the broker if the record names one of ours and it does not run. Answers its name if it was started, and how to undo it.
 * Throws KafkaNotPossibleError, KafkaJarsMissingError, PortInUseError, ProcessDidNotStartError.
 */
export async function startBroker(start: BrokerStart): Promise<{ started: string[]; undo: () => Promise<void> }> {
  const nothing = { started: [], undo: async () => undefined };
  const { paths, record, onProgress, signal } = start;
  if (record.kafka?.kind !== "embedded") return nothing;
  const kept = await findProcessRecord(paths, BROKER);
  if (kept && isSameProcess(kept.identity)) return nothing;
  signal?.throwIfAborted();
  const java = findJava(start.environment);
  if (typeof java === "string") throw new KafkaNotPossibleError(java);
  await assertPortFree(record.kafka.port, BROKER);
  await assertPortFree(record.kafka.controllerPort, BROKER);
  const spawned = await launch(start, java, record.kafka);
  const undo = async () => {
    await endProcess(spawned.identity);
    await removeProcessRecord(paths, BROKER);
  };
  try {
    await untilListening(spawned, record.kafka.port, signal);
  } catch (error) {
    await undo();
    throw error;
  }
  spawned.release();
  onProgress(`${BROKER} is healthy`);
  return { started: [BROKER], undo };
}

// --- internal ---

const LISTENS_WITHIN_MS = 60_000;

async function launch(
  { paths, environment, onProgress }: BrokerStart,
  java: Java,
  { port, controllerPort, clusterId }: Extract<StackBroker, { kind: "embedded" }>,
): Promise<Spawned> {
  const ports = [{ broker: port, controller: controllerPort }];
  const node: BrokerNode = { version: "4", id: 1, ports, directory: path.join(paths.kafka, "node") };
  onProgress(`Looking for Kafka's jars (Maven Central, the first time)`);
  const jars = await keepKafkaJars(java, path.join(paths.kafka, "jars"), node.version);
  if (existsSync(path.join(node.directory, "data", "meta.properties"))) await writeNodeFiles(node);
  else await formatNode(java, jars, node, clusterId);
  const command = brokerCommand(java, jars, node);
  const spawned = await spawnProgram(paths, {
    name: BROKER,
    script: "kafka.Kafka",
    command: command.file,
    arguments: command.arguments,
    environment,
    directory: paths.kafka,
  });
  await saveProcessRecord(paths, {
    name: BROKER,
    kind: "broker",
    identity: spawned.identity,
    startedAt: new Date().toISOString(),
    ports: { kafka: port },
    log: spawned.log,
  });
  return spawned;
}

async function untilListening(spawned: Spawned, port: number, interrupted?: AbortSignal): Promise<void> {
  const over = new AbortController();
  const signal = interrupted ? AbortSignal.any([over.signal, interrupted]) : over.signal;
  const listening = waitFor("Kafka to listen", () => listens(port), {
    limitMs: LISTENS_WITHIN_MS,
    everyMs: 100,
    signal,
  }).then(
    () => undefined,
    () => `it does not listen on port ${port} after ${LISTENS_WITHIN_MS / 1000} s`,
  );
  const failure = await Promise.race([listening, spawned.ended]);
  over.abort();
  interrupted?.throwIfAborted();
  if (failure !== undefined) {
    throw new ProcessDidNotStartError(BROKER, failure, spawned.log, await lastWords(spawned));
  }
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
