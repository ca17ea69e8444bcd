// Several processes that apply the same streams: a consumer group says which of them runs which, and gives a dead one's streams to the
// others. The group only spreads the work. That a stream has one applier at a time is made sure of by its lock in the target, and
// that nothing is applied twice by its position there; so a process that still believes to have a stream does no harm.

import { createHash } from "node:crypto";
import { errorCode, type Logger } from "@strangler/platform";
import { transactionTopic } from "@strangler/change-event";
import type { StreamPlan } from "../../plan/stream-plan.ts";
import type { RunningStream } from "../../run/start-stream.ts";
import type { Assign, KafkaPort, TopicPartition } from "../port.ts";

export type ShareOptions = {
  kafka: KafkaPort;
  /** The same for all processes that share these streams. */
  group: string;
  /** Of each, the topic of transactions must be there. */
  plans: readonly StreamPlan[];
  /** Runs a stream that has become this process's own. */
  start: (plan: StreamPlan) => RunningStream;
  log: Logger;
  /** How long a silent process keeps its streams. */
  sessionTimeoutMs?: number;
};

export type SharedStreams = {
  /** The streams that this process runs now. */
  running: () => ReadonlyMap<string, RunningStream>;
  /** Rejects with what only a person can mend: of a stream, or of the group. */
  finished: Promise<void>;
  close: () => Promise<void>;
};

export async function shareStreams(options: ShareOptions): Promise<SharedStreams> {
  const { kafka, group, plans, log, sessionTimeoutMs = 10_000 } = options;
  const finished = Promise.withResolvers<void>();
  finished.promise.catch(() => undefined);
  const planOf = new Map(plans.map((plan) => [transactionTopic(plan.through?.prefix ?? plan.name), plan]));
  const running = new Map<string, RunningStream>();
  let wanted: ReadonlySet<string> = new Set();

  const begin = (plan: StreamPlan) => {
    const stream = options.start(plan);
    running.set(plan.name, stream);
    log.info({ stream: plan.name }, "the stream is this process's");
    stream.finished.catch((error: unknown) => {
      if (running.get(plan.name) !== stream) return;
      running.delete(plan.name);
      // Whoever had it before has not let go of it yet.
      if (errorCode(error) === "STREAM_BUSY" && wanted.has(plan.name)) begin(plan);
      else finished.reject(error);
    });
  };
  const end = async (name: string) => {
    const stream = running.get(name);
    running.delete(name);
    await stream?.close();
  };
  const reader = await kafka.joinGroup({
    group,
    topics: [...planOf.keys()],
    assign: spread,
    sessionTimeoutMs,
    onAssigned: async (partitions) => {
      const mine = partitions.map(({ topic }) => planOf.get(topic)).filter((plan) => plan !== undefined);
      wanted = new Set(mine.map(({ name }) => name));
      await Promise.all([...running.keys()].filter((name) => !wanted.has(name)).map(end));
      for (const plan of mine) if (!running.has(plan.name)) begin(plan);
      // What the streams read they read by themselves.
      return [];
    },
    onRevoked: () => undefined,
    onRecords: () => undefined,
  });
  reader.ended.catch(finished.reject);
  return {
    running: () => running,
    finished: finished.promise,
    close: async () => {
      wanted = new Set();
      await Promise.all([...running.keys()].map(end));
      await reader.close();
      finished.resolve();
    },
  };
}

/** Evenly, and so that few streams move when a member comes or goes. Pure. */
export const spread: Assign = (members, partitions) => {
  const most = Math.ceil(partitions.length / Math.max(1, members.length));
  const shares = new Map<string, TopicPartition[]>(members.map(({ id }) => [id, []]));
  for (const partition of [...partitions].sort((a, b) => a.topic.localeCompare(b.topic, "en"))) {
    const free = members.filter(({ id }) => (shares.get(id)?.length ?? 0) < most);
    const weights = free.map(({ id }) => ({ id, weight: weightOf(id, partition.topic) }));
    const chosen = weights.sort((a, b) => b.weight - a.weight)[0];
    if (chosen !== undefined) shares.get(chosen.id)?.push(partition);
  }
  return shares;
};

// --- internal ---

// "Rendezvous hashing": of every member its own number for each stream; the highest has it.
function weightOf(member: string, topic: string): number {
  return createHash("sha256").update(`${member} ${topic}`).digest().readUInt32BE(0);
}
