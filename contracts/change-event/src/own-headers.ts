// What our own publisher adds to each message, in headers, where no other reader of the topic is disturbed by it: no field that a
// consumer's schema does not know, nothing to strip before a sink sees the row.

/**
 * Where the message stands: `"<position of the commit> <serial>"`, "16/B374D848 12". Serials grow within a transaction, over all of its
 * messages on whatever topic, tombstones included. So a partition's last message says what it has already.
 */
export const AT_HEADER = "strangler.at";

/**
 * The change as PostgreSQL's log wrote it: the bytes of pgoutput's Insert, Update or Delete message (manual, "Logical Replication
 * Message Formats"), with the server's own text of every value and a mark for large ones that were not touched. Empty on a removal that
 * is the first half of a key's change: the second half has all of it. Absent on tombstones.
 */
export const ROW_HEADER = "strangler.row";

/**
 * The layout of ROW_HEADER's rows: LAYOUT_MARK, then RowLayout as JSON. The same bytes for as long as the table is not altered. Without
 * the mark Kafka Connect's default converter of headers would take it for a map, and Debezium's JDBC sink fails on one (3.6).
 */
export const LAYOUT_HEADER = "strangler.layout";
export const LAYOUT_MARK = "layout ";

/** On the END of a transaction, `"<where the log goes on> <when it was committed, microseconds since 2000>"`: "16/B374D900 762739200000000". */
export const END_HEADER = "strangler.end";

/** On a topic that several streams may write (an outbox'), which of them this is from: its topics' prefix. */
export const FROM_HEADER = "strangler.from";

export type RowLayout = {
  schema: string;
  table: string;
  /** By place in the row. `isKey`: part of the replica identity, so that an old key in the log carries it. */
  columns: readonly { name: string; type: string; typeId: number; typeModifier: number; isKey: boolean }[];
};

export type EventPosition = { commitLsn: string; serial: number };

export function formatPosition({ commitLsn, serial }: EventPosition): string {
  return `${commitLsn} ${serial}`;
}

/** Undefined for what is not one. */
export function parsePosition(text: string): EventPosition | undefined {
  const match = /^([0-9A-F]{1,8}\/[0-9A-F]{1,8}) (\d+)$/.exec(text);
  return match === null ? undefined : { commitLsn: match[1] ?? "", serial: Number(match[2]) };
}
