// The topics of a stream as a source of changes. What is read is assembled at once; what the listener does not want yet waits, and a
// partition that brings more than may wait is not asked for more.

import { transactionTopic } from "@strangler/change-event";
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
  return async (from, { onMessage }) => {
    const cursor = parseCursor(from.cursor);
    const ranges = await findRanges(options, transactions, cursor);
    const isTable = ({ topic }: PartitionRange) => topic !== transactions;
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
    const source = await startReading(options, ranges, cursor, assembler, (held) => {
      isHeld = held;
      if (!held) assembler.tell();
    });
    return source;
  };
}

// --- internal ---

async function findRanges(
  { stream, kafka, tables }: TopicsOptions,
  transactions: string | undefined,
  cursor: TopicCursor,
): Promise<PartitionRange[]> {
  const wanted = tables.map(({ topic }) => topic);
  const found = (await kafka.findTopics([...wanted, ...(transactions === undefined ? [] : [transactions])])).map(
    ({ topic }) => topic,
  );
  if (transactions !== undefined && !found.includes(transactions)) throw new TopicMissingError(stream, [transactions]);
  // A connector makes a table's topic with its first event.
  if (found.length === 0) throw new TopicMissingError(stream, wanted);
  const ranges = await kafka.ranges(found);
  for (const range of ranges) assertKept(range, cursor);
  return ranges;
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
