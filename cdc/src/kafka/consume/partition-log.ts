import type { TopicPartition } from "../port.ts";
import { createQueue, type Queue } from "./queue.ts";
import type { ReadEvent } from "./read-event.ts";

export type WaitingEvent = { offset: number; bytes: number; event: Exclude<ReadEvent, { kind: "pass" }> };

/** What has arrived of one partition and is not told yet. */
export type PartitionLog = TopicPartition & {
  waiting: Queue<WaitingEvent>;
  /** The offset that arrives next. */
  arrives: number;
};

export function createPartitionLog({ topic, partition }: TopicPartition, from: number): PartitionLog {
  return { topic, partition, waiting: createQueue(), arrives: from };
}

/** Where a reader would go on that has told everything before the first that waits. */
export function nextOffset({ waiting, arrives }: PartitionLog): number {
  return waiting.first()?.offset ?? arrives;
}
