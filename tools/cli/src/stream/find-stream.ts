import path from "node:path";
import {
  getKafkaConnection,
  getStream,
  getStreamAddresses,
  readStreams,
  type KafkaConnection,
  type StreamAddresses,
  type StreamPlan,
  type StreamRole,
} from "@strangler/cdc";
import { findStackEnvironment } from "@strangler/stack";
import { findDirectories, type CommonArguments } from "../find-plan.ts";

/** A stream of the plan, with the addresses of its databases. */
export type FoundStream = {
  plan: StreamPlan;
  addresses: StreamAddresses;
  streamsFile: string;
  stateDirectory: string;
  /** What a process needs that runs the stream. Holds passwords. */
  environment: Record<string, string>;
};

/** The stream of that name. Addresses come from the environment, else from the running stack. */
export async function findStream(args: CommonArguments, name: string): Promise<FoundStream> {
  const { streamsFile, stateDirectory } = locate(args);
  const plan = getStream(await readStreams(streamsFile), name, streamsFile);
  const environment = await findEnvironment(stateDirectory);
  return { plan, addresses: getStreamAddresses(plan, environment), streamsFile, stateDirectory, environment };
}

/** The stream of that name, or without a name all of the plan. */
export async function findStreams(args: CommonArguments, name: string | undefined): Promise<FoundStream[]> {
  if (name !== undefined) return [await findStream(args, name)];
  const streams = await readStreams(locate(args).streamsFile);
  return Promise.all(streams.map((stream) => findStream(args, stream.name)));
}

/** How the stack's list of processes, its logs and its `down` name the process of a stream. */
export function processName(stream: string, role: StreamRole = "apply"): string {
  return role === "publish" ? `publish-${stream}` : `stream-${stream}`;
}

/** The processes that a stream needs: what goes through a Kafka that we write has one on either side of it. */
export function rolesOf({ through }: StreamPlan): readonly StreamRole[] {
  return through?.writer === "strangler" ? ["publish", "apply"] : ["apply"];
}

/** How the stream's Kafka is reached; undefined for a stream that goes straight from one database to the other. */
export function kafkaOf({ plan, environment }: FoundStream): KafkaConnection | undefined {
  return plan.through && getKafkaConnection(plan.through.kafka, environment);
}

// --- internal ---

function locate(args: CommonArguments): { streamsFile: string; stateDirectory: string } {
  const { planDirectory, stateDirectory } = findDirectories(args);
  return { streamsFile: path.join(planDirectory, "streams.yaml"), stateDirectory };
}

async function findEnvironment(stateDirectory: string): Promise<Record<string, string>> {
  const given = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[0].startsWith("STRANGLER_") && entry[1] !== undefined,
  );
  return { ...(await findStackEnvironment(stateDirectory)), ...Object.fromEntries(given) };
}
