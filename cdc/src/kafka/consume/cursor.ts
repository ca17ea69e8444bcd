import type { TopicPartition } from "../port.ts";

/** Where a stream goes on in its topics: the offsets that come next, and how far the transactions are done. */
export type TopicCursor = {
  /** By topic, by partition. */
  offsets: Record<string, number[]>;
  /** The position of the last transaction that was applied, as its source counts; "0" where it does not say. */
  done: string;
};

export const AT_THE_BEGINNING: TopicCursor = { offsets: {}, done: "0" };

export function formatCursor(cursor: TopicCursor): string {
  return JSON.stringify(cursor);
}

/** Reads what `formatCursor` wrote; null, before anything was applied, is the beginning. */
export function parseCursor(text: string | null): TopicCursor {
  return text === null ? AT_THE_BEGINNING : (JSON.parse(text) as TopicCursor);
}

/** The next offset of a partition; undefined for one that nothing was read from yet. */
export function offsetIn({ offsets }: TopicCursor, { topic, partition }: TopicPartition): number | undefined {
  return offsets[topic]?.[partition];
}
