// The topics of a stream as a source of changes. What is read is assembled at once; what the listener does not want yet waits, and a
// partition that brings more than may wait is not asked for more.

import { AT_HEADER, heartbeatTopic, parsePosition, transactionTopic } from "@strangler/change-event";
import { parseLsn } from "../../postgres/lsn.ts";
import type { ChangeSource, OpenChanges } from "../../run/change-source.ts";
import type { KafkaPort, PartitionRange, RecordBatch, RecordReader } from "../port.ts";
import { createAssembler, type Assembler } from "./assemble.ts";
import { offsetIn, parseCursor, type TopicCursor } from "./cursor.ts";
import { TopicCutError, TopicMissingError, TopicsChangedError } from "./errors.ts";
import type { KafkaTable } from "./kafka-table.ts";
import { createEventReader } from "./read-event.ts";
import { createRowWriter } from "./row-bytes.ts";

export type TopicsOptions = {
  stream: string;
  kafka: KafkaPort;
  prefix: string;
  order: "commit" | "per-key";
  tables: readonly KafkaTable[];
  /** What may wait to be assembled. */
  waitingBytes: number;
};

/** Throws TopicMissingError and TopicCutError. */
export function openTopics(options: TopicsOptions): OpenChanges {
  const transactions = options.order === "commit" ? transactionTopic(options.prefix) : undefined;
  const heartbeat = heartbeatTopic(options.prefix);
  return async (from, { onMessage, onHorizon }) => {
    const cursor = parseCursor(from.cursor);
    const ranges = await findRanges(options, transactions, heartbeat, cursor);
    const isTable = ({ topic }: PartitionRange) => topic !== transactions && topic !== heartbeat;
    let isHeld = false;
    const assembler = createAssembler({
      tables: options.tables,
      transactionTopic: transactions,
      partitions: ranges.filter(isTable),
      from: cursor,
      position: from.applied,
      readEvent: createEventReader(createRowWriter()),
      emit: onMessage,
      isHeld: () => isHeld,
    });
    const hold = (held: boolean) => {
      isHeld = held;
      if (!held) assembler.tell();
    };
    const told = ranges.filter(({ topic }) => topic !== heartbeat).map(({ topic }) => topic);
    const listen = createHeartbeatEar(options.kafka, [...new Set(told)], assembler, onHorizon);
    return startReading(options, ranges, cursor, assembler, hold, (batch) =>
      batch.topic === heartbeat ? listen(batch) : undefined,
    );
  };
}

// --- internal ---

async function findRanges(
  { stream, kafka, tables }: TopicsOptions,
  transactions: string | undefined,
  heartbeat: string,
  cursor: TopicCursor,
): Promise<PartitionRange[]> {
  const wanted = tables.map(({ topic }) => topic);
  const asked = [...wanted, heartbeat, ...(transactions === undefined ? [] : [transactions])];
  const found = (await kafka.findTopics(asked)).map(({ topic }) => topic);
  if (transactions !== undefined && !found.includes(transactions)) throw new TopicMissingError(stream, [transactions]);
  // A connector makes a table's topic with its first event.
  if (!found.some((topic) => topic !== heartbeat)) throw new TopicMissingError(stream, wanted);
  const ranges = await kafka.ranges(found);
  for (const range of ranges) if (range.topic !== heartbeat) assertKept(range, cursor);
  // Of heartbeats only the last one counts.
  return ranges.map((range) =>
    range.topic === heartbeat ? { ...range, first: Math.max(range.first, range.next - 1) } : range,
  );
}

function assertKept(range: PartitionRange, cursor: TopicCursor): void {
  const wanted = offsetIn(cursor, range) ?? 0;
  const place = `${range.topic}, partition ${range.partition},`;
  if (wanted < range.first) throw new TopicCutError(place, wanted, range.first);
  if (wanted > range.next) throw new TopicCutError(place, wanted, range.next);
}

async function startReading(
  { kafka, waitingBytes, tables }: TopicsOptions,
  ranges: readonly PartitionRange[],
  cursor: TopicCursor,
  assembler: Assembler,
  hold: (held: boolean) => void,
  listen: (batch: RecordBatch) => void,
): Promise<ChangeSource> {
  const ended = Promise.withResolvers<void>();
  ended.promise.catch(() => undefined);
  let paused: { topic: string; partition: number }[] = [];
  let confirmed = assembler.position();
  // Records may come before the reader is ours to speak to.
  const reading: { reader?: RecordReader } = {};
  let hasFailed = false;

  const attempt = (work: () => void) => {
    if (hasFailed) return;
    try {
      work();
      holdBack();
    } catch (error) {
      hasFailed = true;
      ended.reject(error);
    }
  };
  // Of a partition of which something waits, more would only wait too; all others may bring what is needed next.
  const holdBack = () => {
    const waiting = assembler.waitingBytes();
    if (paused.length === 0 && waiting > waitingBytes) {
      paused = assembler.waitingPartitions();
      reading.reader?.pause(paused);
    } else if (paused.length > 0 && waiting < waitingBytes / 2) {
      reading.reader?.resume(paused);
      paused = [];
    }
  };
  const from = ranges.map((range) => ({ ...range, offset: offsetIn(cursor, range) ?? range.first }));
  const reader = await kafka.openReader({
    from,
    onRecords: (batch: RecordBatch) =>
      attempt(() => {
        assembler.add(batch);
        assembler.tell();
        listen(batch);
      }),
  });
  reading.reader = reader;
  if (paused.length > 0) reader.pause(paused);
  reader.ended.then(ended.resolve, ended.reject);
  const watch = watchTopics(kafka, tables, ranges, ended.reject);
  return {
    confirm: (applied) => {
      confirmed = applied;
    },
    pause: () => hold(true),
    resume: () => attempt(() => hold(false)),
    positions: () => ({
      received: assembler.received(),
      confirmed,
      logEnd: assembler.received(),
      clockSkewMs: 0,
    }),
    ended: ended.promise,
    close: async () => {
      watch.close();
      hasFailed = true;
      await reader.close();
      ended.resolve();
    },
  };
}

// Our own publisher says from time to time that everything before some position has been written. It is applied, too, when all that
// the topics held a moment later has been told.
function createHeartbeatEar(
  kafka: KafkaPort,
  topics: readonly string[],
  assembler: Assembler,
  onHorizon: (position: bigint) => void,
) {
  let isAsking = false;
  const look = async (position: bigint) => {
    const ranges = await kafka.ranges(topics);
    if (!assembler.hasTold(ranges) || position <= assembler.position()) return;
    assembler.raise(position);
    onHorizon(position);
  };
  return ({ records }: RecordBatch) => {
    const at = parsePosition(records.at(-1)?.headers[AT_HEADER]?.toString("latin1") ?? "");
    if (at === undefined || isAsking || parseLsn(at.commitLsn) <= assembler.position()) return;
    isAsking = true;
    look(parseLsn(at.commitLsn))
      // A broker that does not answer is noticed by who reads from it.
      .catch(() => undefined)
      .finally(() => {
        isAsking = false;
      });
  };
}

// New topics and partitions are not told to anybody who reads already.
function watchTopics(
  kafka: KafkaPort,
  tables: readonly KafkaTable[],
  known: readonly PartitionRange[],
  onChange: (error: Error) => void,
) {
  const topics = tables.map(({ topic }) => topic);
  const count = (topic: string) => known.filter((range) => range.topic === topic).length;
  const look = async () => {
    const grown = (await kafka.findTopics(topics)).find(({ topic, partitions }) => partitions > count(topic));
    if (grown !== undefined) onChange(new TopicsChangedError(grown.topic));
  };
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS);
  return { close: () => clearInterval(timer) };
}

const LOOK_EVERY_MS = 5_000;
