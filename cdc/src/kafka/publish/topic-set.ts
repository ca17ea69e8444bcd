// The topics that a stream writes: made where they are missing, their partitions counted, and what they end with remembered until the
// stream has passed it.

import { findCollisions, heartbeatTopic, messageTopic, tableTopic, transactionTopic } from "@strangler/change-event";
import { formatTable, type TableName } from "../../postgres/quote.ts";
import { keyPartition } from "../key-partition.ts";
import type { KafkaPort, NewTopic, OutgoingRecord } from "../port.ts";
import { TopicsCollideError } from "./errors.ts";
import type { PublishRecord } from "./event-writer.ts";
import { isThere, partitionName, readLastRecords, type LastPosition } from "./last-records.ts";

export type TopicSet = {
  /** Makes those that are missing, and looks at what the others end with. */
  open: (topics: readonly string[]) => Promise<void>;
  isOpen: (topic: string) => boolean;
  /** The record with its partition; undefined when that has it already. Its topic is open. */
  place: (record: PublishRecord) => OutgoingRecord | undefined;
};

export type TopicNames = {
  prefix: string;
  partitions: number;
  tables: readonly TableName[];
  outbox: string | undefined;
};

/** Every topic that is known before the first change. Throws TopicsCollideError. */
export function plannedTopics({ prefix, tables, outbox }: TopicNames): string[] {
  const own = tables
    .filter((table) => formatTable(table) !== outbox)
    .map((table) => ({ topic: tableTopic(prefix, table.schema, table.name), table: formatTable(table) }));
  const [collision] = findCollisions(own);
  if (collision !== undefined) throw new TopicsCollideError(...collision);
  return [...own.map(({ topic }) => topic), transactionTopic(prefix), messageTopic(prefix), heartbeatTopic(prefix)];
}

export function createTopicSet(kafka: KafkaPort, names: Pick<TopicNames, "prefix" | "partitions">): TopicSet {
  const partitions = new Map<string, number>();
  let last = new Map<string, LastPosition>();
  // Read as one stream, or by whoever compacts by key: more partitions would only take away their order.
  const single = new Set([transactionTopic, messageTopic, heartbeatTopic].map((name) => name(names.prefix)));
  const newTopic = (topic: string): NewTopic => ({
    topic,
    partitions: single.has(topic) ? 1 : names.partitions,
    settings: { "max.message.bytes": String(LARGEST_RECORD) },
  });
  return {
    async open(topics) {
      await kafka.createTopics(topics.map(newTopic));
      const found = await kafka.findTopics(topics);
      const own = topics.filter((topic) => topic.startsWith(`${names.prefix}.`) || single.has(topic));
      const shared = topics.filter((topic) => !own.includes(topic));
      const { prefix } = names;
      last = new Map([
        ...last,
        ...(await readLastRecords(kafka, own, { prefix, tail: OWN_TAIL })),
        ...(await readLastRecords(kafka, shared, { prefix, tail: SHARED_TAIL })),
      ]);
      for (const { topic, partitions: count } of found) partitions.set(topic, count);
    },
    isOpen: (topic) => partitions.has(topic),
    place(record) {
      const { lsn, serial, topic, ...rest } = record;
      const partition = single.has(topic) ? 0 : keyPartition(record.key, partitions.get(topic) ?? 1);
      if (last.size > 0) {
        const name = partitionName(topic, partition);
        if (isThere(last.get(name), { lsn, serial })) return undefined;
        last.delete(name);
      }
      return { topic, partition, ...rest };
    },
  };
}

// --- internal ---

/** A partition may end with a mark of another's transaction, which no reader is shown. */
const OWN_TAIL = 8;
/**
 * Of an outbox' topic, which other streams may write between our last record and the end. A record that lies further back is written
 * a second time; readers know it by its id.
 */
const SHARED_TAIL = 2_000;

/** PostgreSQL's largest value would be a gigabyte; brokers copy records whole, so that a topic is not made for more than this. */
const LARGEST_RECORD = 16 * 1024 * 1024;
