// What the topics' partitions end with says what they have already. A publisher that begins again at its slot's position, which may lie
// before that, passes over what is there, partition by partition, and so writes each record once, however often it dies.
//
// A request of the process before may still be on its way into a partition: its sockets are closed, but a broker that was slow reads
// what it had received. So the ends are looked at until they have kept still for a moment.

import { setTimeout as pause } from "node:timers/promises";
import { AT_HEADER, FROM_HEADER, parsePosition } from "@strangler/change-event";
import { waitFor } from "@strangler/platform";
import { parseLsn, type Lsn } from "../../postgres/lsn.ts";
import type { IncomingRecord, KafkaPort, PartitionRange } from "../port.ts";

export type LastPosition = { lsn: Lsn; serial: number };

export type LastRecordsOptions = {
  /** Whose records count, on a topic that others write too. */
  prefix: string;
  /** How far from the end a record is looked for. */
  tail: number;
};

/** By partitionName; a partition without records of the stream is not there. */
export async function readLastRecords(
  kafka: KafkaPort,
  topics: readonly string[],
  { prefix, tail }: LastRecordsOptions,
): Promise<Map<string, LastPosition>> {
  const ends = topics.length === 0 ? [] : await settledEnds(kafka, topics);
  const filled = ends.filter(({ first, next }) => next > first);
  const last = new Map<string, LastPosition>();
  if (filled.length === 0) return last;
  const waiting = new Map(filled.map((range) => [partitionName(range.topic, range.partition), range.next]));
  const reader = await kafka.openReader({
    from: filled.map(({ topic, partition, first, next }) => ({
      topic,
      partition,
      offset: Math.max(first, next - tail),
    })),
    onRecords: ({ topic, partition, records }) => {
      const name = partitionName(topic, partition);
      for (const record of records) keepLater(last, name, record, prefix);
      if ((records.at(-1)?.offset ?? -1) + 1 >= (waiting.get(name) ?? 0)) waiting.delete(name);
    },
  });
  try {
    await Promise.race([untilRead(waiting), reader.ended]);
  } finally {
    await reader.close();
  }
  return last;
}

export function partitionName(topic: string, partition: number): string {
  return `${topic} ${partition}`;
}

/** Whether the partition that ends with `last` has the record already. Pure. */
export function isThere(last: LastPosition | undefined, record: LastPosition): boolean {
  if (last === undefined || record.lsn > last.lsn) return false;
  return record.lsn < last.lsn || record.serial <= last.serial;
}

// --- internal ---

const STILL_MS = 400;
const READ_WITHIN_MS = 30_000;

async function settledEnds(kafka: KafkaPort, topics: readonly string[]): Promise<PartitionRange[]> {
  let before = await kafka.ranges(topics);
  for (;;) {
    await pause(STILL_MS);
    const now = await kafka.ranges(topics);
    if (endsOf(now) === endsOf(before)) return now;
    before = now;
  }
}

function endsOf(ranges: readonly PartitionRange[]): string {
  return ranges
    .map(({ topic, partition, next }) => `${partitionName(topic, partition)} ${next}`)
    .sort()
    .join();
}

function keepLater(last: Map<string, LastPosition>, name: string, { headers }: IncomingRecord, prefix: string): void {
  if ((headers[FROM_HEADER]?.toString() ?? prefix) !== prefix) return;
  const position = parsePosition(headers[AT_HEADER]?.toString() ?? "");
  if (position === undefined) return;
  const found = { lsn: parseLsn(position.commitLsn), serial: position.serial };
  if (!isThere(last.get(name), found)) last.set(name, found);
}

async function untilRead(waiting: ReadonlyMap<string, number>): Promise<void> {
  await waitFor("the last records of the topics", () => waiting.size === 0, { limitMs: READ_WITHIN_MS });
}
