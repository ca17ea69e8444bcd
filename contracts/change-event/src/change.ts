/** What happened to a row, or (truncate) to a whole table. */
export type Operation = "insert" | "update" | "delete" | "truncate";

/**
 * Stands for a large value that the change did not touch and the log therefore does not carry. An object, so that no text a
 * column could ever hold is mistaken for it, and so that it survives JSON (where undefined would look like a missing column).
 */
export const UNCHANGED = { unchanged: true } as const;

/** A column's value: the server's own text, verbatim; or null; or large and untouched. */
export type Value = string | null | typeof UNCHANGED;

/** By the source's column names. */
export type RowValues = Readonly<Record<string, Value>>;

/**
 * Where in the log a change stands. Several changes share one commit, so that the commit's LSN alone would not tell them
 * apart: `index` counts the changes of one transaction from 0.
 */
export type ChangePosition = {
  /** PostgreSQL's notation, "16/B374D848". */
  commitLsn: string;
  index: number;
};

/** One row's change, as the source's log tells it. */
export type Change = {
  table: { schema: string; name: string };
  op: Operation;
  /** What names the row after the change (before it, for a delete); null for a truncate. */
  key: RowValues | null;
  /** What the log tells of the row before: the key when it changed, the whole row under REPLICA IDENTITY FULL, else null. */
  old: RowValues | null;
  /** The row after the change; null for a delete and a truncate. */
  new: RowValues | null;
  position: ChangePosition;
  /** The source's transaction. */
  transactionId: number;
  /** When the source committed, ISO 8601 in UTC with microseconds. */
  committedAt: string;
  /** The replication origin the transaction was marked with, when it did not begin at this source. */
  origin: string | null;
};
