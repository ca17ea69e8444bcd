// The port over kafkajs 2.2.4. Nobody maintains kafkajs (decision 0023), so what it does wrong is met here:
//
// - A request for partitions of several leaders is dangerous when a leader changes while it is repeated: kafkajs remembers which
//   *brokers* have answered, not which partitions. A partition that moves to a broker that has answered is never sent; one that
//   moves away from it is sent twice under a new sequence number. So each of its requests carries one partition only.
// - Sequence numbers are taken back when a request fails, so that what is repeated has the same numbers and the broker drops what
//   it has already. That holds as long as the same producer goes on; a new one has to look at what the partition ends with.
// - One request in flight for each broker: with more, a failed one lets the next overtake it.
// - Its consumer resets a position that the broker no longer keeps, without a word. Readers look at the range first.

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "@strangler/platform";
import kafkajs, { type Admin, type Kafka, type Producer, type SASLOptions } from "kafkajs";
import type { KafkaConnection } from "./connection.ts";
import { isTooLarge, kafkaError } from "./kafkajs-errors.ts";
import { redirectLog } from "./kafkajs-log.ts";
import { stopIdleTimers } from "./kafkajs-timers.ts";
import { openConsumer } from "./kafkajs-consumer.ts";
import { KafkaProducerLostError, KafkaRecordTooLargeError, KafkaRefusedError } from "./errors.ts";
import type { KafkaPort, NewTopic, OutgoingRecord, PartitionRange, RecordProducer, TopicFacts } from "./port.ts";

export type KafkaOptions = {
  connection: KafkaConnection;
  /** How brokers name us in their logs. */
  clientId: string;
  log: Logger;
  /** How long it is asked again while brokers are away, before a call fails. */
  patienceMs?: number;
};

/** Connects when it is first used. Throws KafkaUnreachableError and KafkaRefusedError. */
export function createKafka({ connection, clientId, log, patienceMs = 60_000 }: KafkaOptions): KafkaPort {
  stopIdleTimers();
  const { brokers } = connection;
  const client = new kafkajs.Kafka({
    clientId,
    brokers: [...brokers],
    ...securityOf(connection),
    connectionTimeout: 3_000,
    authenticationTimeout: 5_000,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: retryFor(patienceMs),
    logLevel: kafkajs.logLevel.INFO,
    logCreator: redirectLog(log),
  });
  const open = new Set<{ close: () => Promise<void> }>();
  const keep = <Thing extends { close: () => Promise<void> }>(thing: Thing): Thing => {
    open.add(thing);
    return thing;
  };
  const asking = createAdmin(client);
  // kafkajs asks again when nobody answers, but not when the leader of a partition is another than it thought.
  const ask = async <Answer>(doing: string, question: (admin: Admin) => Promise<Answer>): Promise<Answer> => {
    for (let left = TRIES; ; left -= 1) {
      try {
        return await question(await asking.get());
      } catch (cause) {
        await asking.forget();
        const error = kafkaError(brokers, doing, cause);
        if (left === 0 || error instanceof KafkaRefusedError) throw error;
      }
      await pause(RETRY_EVERY_MS);
    }
  };
  const port: KafkaPort = {
    findTopics: (topics) => ask("asking for topics", (admin) => findTopics(admin, topics)),
    createTopics: (topics) => ask("making topics", (admin) => createTopics(admin, topics)),
    ranges: (topics) => ask("asking where topics end", (admin) => findRanges(admin, topics)),
    openProducer: async () => {
      const producer = client.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        retry: retryFor(patienceMs),
      });
      await producer.connect().catch((cause: unknown) => {
        throw kafkaError(brokers, "opening a producer", cause);
      });
      return keep(producerOf(producer));
    },
    openReader: async ({ from, onRecords }) => {
      const group = `strangler-reader-${randomUUID()}`;
      const topics = [...new Set(from.map(({ topic }) => topic))];
      const wanted = new Set(from.map(({ topic, partition }) => `${topic} ${partition}`));
      const reader = await openConsumer(newConsumer(client, group, 10_000), brokers, {
        group,
        topics,
        assign: ([member], partitions) =>
          new Map([[member?.id ?? "", partitions.filter((each) => wanted.has(`${each.topic} ${each.partition}`))]]),
        onAssigned: async () => from,
        onRevoked: () => undefined,
        onRecords,
      });
      return keep({
        ...reader,
        close: async () => {
          await reader.close();
          // It holds nothing, and would be forgotten by the brokers in a week.
          await ask("ending a reader", (admin) => admin.deleteGroups([group])).catch(() => undefined);
        },
      });
    },
    joinGroup: async (membership) =>
      keep(await openConsumer(newConsumer(client, membership.group, membership.sessionTimeoutMs), brokers, membership)),
    close: async () => {
      await Promise.all([...open].map((each) => each.close()));
      await asking.forget();
    },
  };
  return port;
}

// --- internal ---

const REQUEST_TIMEOUT_MS = 10_000;
const RETRY_EVERY_MS = 500;
const TRIES = 5;
/** The broker's own default for a batch is 1 MiB with its head. */
const REQUEST_BYTES = 900 * 1024;
const RECORD_HEAD_BYTES = 64;

function retryFor(patienceMs: number) {
  return {
    initialRetryTime: 50,
    maxRetryTime: RETRY_EVERY_MS,
    retries: Math.max(5, Math.ceil(patienceMs / RETRY_EVERY_MS)),
  };
}

function securityOf({ login, tls }: KafkaConnection) {
  const ssl =
    tls === undefined
      ? {}
      : {
          ssl: {
            ...(tls.ca === undefined ? {} : { ca: [tls.ca] }),
            ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
            ...(tls.key === undefined ? {} : { key: tls.key }),
          },
        };
  // kafkajs' type wants one literal for each mechanism; all three have the same two fields.
  return login === undefined ? ssl : { ...ssl, sasl: { ...login } as SASLOptions };
}

function newConsumer(client: Kafka, groupId: string, sessionTimeout = 10_000): CreateConsumer {
  return (assigner, mayStartAgain) =>
    client.consumer({
      groupId,
      sessionTimeout,
      heartbeatInterval: Math.floor(sessionTimeout / 4),
      rebalanceTimeout: sessionTimeout,
      partitionAssigners: [assigner],
      allowAutoTopicCreation: false,
      // A fetch is answered as soon as there is anything. An idle one is asked again this often, and only then knows of a partition
      // that was resumed meanwhile.
      maxWaitTimeInMs: 100,
      minBytes: 1,
      maxBytesPerPartition: 1024 * 1024,
      maxBytes: 8 * 1024 * 1024,
      retry: { ...retryFor(60_000), restartOnFailure: async () => mayStartAgain() },
    });
}

type CreateConsumer = Parameters<typeof openConsumer>[0];

// One connection for questions, made anew after it has failed.
function createAdmin(client: Kafka) {
  let connected: Promise<Admin> | undefined;
  return {
    get: () => {
      connected ??= connectAdmin(client);
      return connected;
    },
    forget: async () => {
      const last = connected;
      connected = undefined;
      await last?.then((admin) => admin.disconnect()).catch(() => undefined);
    },
  };
}

async function connectAdmin(client: Kafka): Promise<Admin> {
  const admin = client.admin();
  await admin.connect();
  return admin;
}

async function findTopics(admin: Admin, topics: readonly string[]): Promise<TopicFacts[]> {
  const existing = new Set(await admin.listTopics());
  const wanted = topics.filter((topic) => existing.has(topic));
  if (wanted.length === 0) return [];
  const { topics: found } = await admin.fetchTopicMetadata({ topics: wanted });
  return found.map(({ name, partitions }) => ({ topic: name, partitions: partitions.length }));
}

async function createTopics(admin: Admin, topics: readonly NewTopic[]): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter(({ topic }) => !existing.has(topic));
  if (missing.length === 0) return;
  await admin.createTopics({
    waitForLeaders: true,
    topics: missing.map(({ topic, partitions, settings }) => ({
      topic,
      numPartitions: partitions,
      // -1: as many copies as the brokers make by default.
      replicationFactor: -1,
      configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
    })),
  });
}

async function findRanges(admin: Admin, topics: readonly string[]): Promise<PartitionRange[]> {
  const found = await Promise.all(
    topics.map(async (topic) =>
      (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({
        topic,
        partition,
        first: Number(low),
        next: Number(high),
      })),
    ),
  );
  return found.flat();
}

function producerOf(producer: Producer): RecordProducer {
  let lost: Error | undefined;
  const sendPart = async ([first, ...rest]: Part): Promise<void> => {
    if (first === undefined || lost !== undefined) return;
    const { topic } = first;
    const messages = [first, ...rest].map(({ partition, key, value, headers }) => ({ partition, key, value, headers }));
    try {
      await producer.sendBatch({ acks: -1, topicMessages: [{ topic, messages }] });
    } catch (cause) {
      lost ??= isTooLarge(cause)
        ? new KafkaRecordTooLargeError(topic, Math.max(...[first, ...rest].map(sizeOf)), cause)
        : new KafkaProducerLostError(cause);
    }
  };
  return {
    async send(records) {
      // The parts of a partition one after the other, partitions beside each other.
      await Promise.all(
        byPartition(records).map(async (parts) => {
          for (const part of parts) await sendPart(part);
        }),
      );
      if (lost !== undefined) throw lost;
    },
    close: () => producer.disconnect().catch(() => undefined),
  };
}

type Part = readonly OutgoingRecord[];

// For each partition its records, cut where a request would become larger than a broker takes.
function byPartition(records: readonly OutgoingRecord[]): Part[][] {
  const partitions = new Map<string, { parts: OutgoingRecord[][]; bytes: number }>();
  for (const record of records) {
    const name = `${record.topic} ${record.partition}`;
    let found = partitions.get(name);
    if (found === undefined) partitions.set(name, (found = { parts: [[]], bytes: 0 }));
    const size = sizeOf(record);
    if (found.bytes > 0 && found.bytes + size > REQUEST_BYTES) {
      found.parts.push([]);
      found.bytes = 0;
    }
    found.parts.at(-1)?.push(record);
    found.bytes += size;
  }
  return [...partitions.values()].map(({ parts }) => parts);
}

function sizeOf({ key, value, headers }: OutgoingRecord): number {
  let size = RECORD_HEAD_BYTES + bytesOf(key) + bytesOf(value);
  for (const name in headers) size += 16 + name.length + bytesOf(headers[name] ?? null);
  return size;
}

function bytesOf(part: Buffer | string | null): number {
  if (part === null) return 0;
  return typeof part === "string" ? Buffer.byteLength(part) : part.length;
}
