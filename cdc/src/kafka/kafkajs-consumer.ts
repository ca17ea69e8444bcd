import kafkajs, { type Consumer, type EachBatchPayload, type KafkaMessage } from "kafkajs";
import { KafkaRefusedError } from "./errors.ts";
import { kafkaError } from "./kafkajs-errors.ts";
import type { Assign, Headers, IncomingRecord, Membership, RecordReader, StartAt, TopicPartition } from "./port.ts";

type Assigner = Parameters<typeof createAssigner>[0] extends Assign | undefined
  ? ReturnType<typeof createAssigner>
  : never;

/** Joins the group and reads, from where `onAssigned` says, until it is closed. */
export async function openConsumer(
  create: (assigner: Assigner, mayStartAgain: () => boolean) => Consumer,
  brokers: readonly string[],
  membership: Membership,
): Promise<RecordReader> {
  const ended = Promise.withResolvers<void>();
  ended.promise.catch(() => undefined);
  const joined = Promise.withResolvers<void>();
  let hasJoined = false;
  // A coordinator that has just begun is not ready for anybody, and kafkajs gives up at once. After the first join a failure is
  // the caller's to see: it opens another reader where its own position says.
  const deadline = performance.now() + JOIN_PATIENCE_MS;
  const consumer = create(createAssigner(membership.assign), () => !hasJoined && performance.now() < deadline);
  const share = createShare(consumer, membership, ended.reject);
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    hasJoined = true;
    joined.resolve();
    share.begin(payload.memberAssignment);
  });
  consumer.on(consumer.events.REBALANCING, share.end);
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (hasJoined) share.end();
    if (!payload.restart) ended.reject(kafkaError(brokers, "reading", payload.error));
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...membership.topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 1,
      eachBatch: (payload) => handOn(payload, share, membership),
    });
    await Promise.race([joined.promise, ended.promise]);
  } catch (cause) {
    await consumer.disconnect().catch(() => undefined);
    throw cause instanceof KafkaRefusedError ? cause : kafkaError(brokers, "joining a group", cause);
  }
  return {
    pause: (partitions) => consumer.pause(grouped(partitions)),
    resume: (partitions) => consumer.resume(grouped(partitions)),
    ended: ended.promise,
    close: async () => {
      share.end();
      await consumer.disconnect().catch(() => undefined);
      ended.resolve();
    },
  };
}

// --- internal ---

const JOIN_PATIENCE_MS = 30_000;

type Share = {
  begin: (assignment: Readonly<Record<string, readonly number[]>>) => void;
  end: () => void;
  /** Whether the partition is this member's, and its beginning known. */
  isOpen: (topic: string, partition: number) => boolean;
};

// From the moment of joining nothing is fetched until it is known where to begin: kafkajs tells of the join before it fetches, and
// what is paused then is not asked for.
function createShare(consumer: Consumer, membership: Membership, fail: (error: unknown) => void): Share {
  let generation = 0;
  let begun = new Set<string>();
  const end = () => {
    generation += 1;
    begun = new Set();
    membership.onRevoked();
  };
  const seek = (starts: readonly StartAt[]) => {
    for (const { topic, partition, offset } of starts) {
      consumer.seek({ topic, partition, offset: String(offset) });
      begun.add(`${topic} ${partition}`);
    }
    consumer.resume(grouped(starts));
  };
  return {
    begin(assignment) {
      generation += 1;
      begun = new Set();
      const mine = generation;
      const partitions = Object.entries(assignment).flatMap(([topic, numbers]) =>
        numbers.map((partition) => ({ topic, partition })),
      );
      consumer.pause(grouped(partitions));
      membership.onAssigned(partitions).then((starts) => {
        if (mine === generation) seek(starts);
      }, fail);
    },
    end,
    isOpen: (topic, partition) => begun.has(`${topic} ${partition}`),
  };
}

async function handOn(payload: EachBatchPayload, share: Share, { onRecords }: Membership): Promise<void> {
  const { topic, partition, messages, highWatermark } = payload.batch;
  const last = messages.at(-1);
  if (last === undefined || payload.isStale() || !payload.isRunning() || !share.isOpen(topic, partition)) return;
  await onRecords({ topic, partition, records: messages.map(recordOf), end: Number(highWatermark) });
  payload.resolveOffset(last.offset);
  await payload.heartbeat();
}

function recordOf({ offset, key, value, headers, timestamp }: KafkaMessage): IncomingRecord {
  return { offset: Number(offset), key, value, headers: headersOf(headers), timestampMs: Number(timestamp) };
}

// Kafka allows a header to come twice; the last one counts, as it does for Connect.
function headersOf(headers: KafkaMessage["headers"]): Headers {
  const found: Record<string, Buffer> = {};
  for (const name in headers) {
    const given = headers[name];
    const value = Array.isArray(given) ? given.at(-1) : given;
    if (value !== undefined) found[name] = Buffer.isBuffer(value) ? value : Buffer.from(value);
  }
  return found;
}

function grouped(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of partitions) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
  return [...topics].map(([topic, numbers]) => ({ topic, partitions: numbers }));
}

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;
const ASSIGNER = "strangler";
const NO_DATA = Buffer.alloc(0);

type AssignerContext = { cluster: { findTopicPartitionMetadata: (topic: string) => { partitionId: number }[] } };

function createAssigner(assign: Assign = evenly) {
  return ({ cluster }: AssignerContext) => ({
    name: ASSIGNER,
    version: 1,
    assign: async ({ members, topics }: { members: { memberId: string }[]; topics: string[] }) => {
      const partitions = topics.flatMap((topic) =>
        cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ topic, partition: partitionId })),
      );
      const shares = assign(
        members.map(({ memberId }) => ({ id: memberId })),
        partitions,
      );
      return members.map(({ memberId }) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version: 1,
          assignment: Object.fromEntries(
            grouped(shares.get(memberId) ?? []).map(({ topic, partitions: numbers }) => [topic, numbers]),
          ),
          userData: NO_DATA,
        }),
      }));
    },
    protocol: ({ topics }: { topics: string[] }) => ({
      name: ASSIGNER,
      metadata: MemberMetadata.encode({ version: 1, topics, userData: NO_DATA }),
    }),
  });
}

function evenly(members: Parameters<Assign>[0], partitions: readonly TopicPartition[]): ReturnType<Assign> {
  const sorted = members.map(({ id }) => id).sort();
  return new Map(
    sorted.map((id, place) => [id, partitions.filter((_, index) => index % sorted.length === place)] as const),
  );
}
