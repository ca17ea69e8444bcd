import type { BeginMessage, LogicalMessage, RowMessage } from "../capture/pgoutput.ts";
import type { Lsn } from "../postgres/lsn.ts";
import type { Batch } from "./batch.ts";
import type { FollowedTable } from "./followed-table.ts";

/** What the target is asked to do in one go. */
export type Work =
  | { kind: "batch"; batch: Batch }
  /** A change that must be applied by itself, see addToBatch. */
  | { kind: "single"; message: RowMessage; table: FollowedTable }
  | { kind: "truncate"; tables: readonly FollowedTable[] }
  /** Something that was written into the log for us, in its place among the changes, see notes.ts. */
  | { kind: "note"; note: LogicalMessage };

/**
 * A piece of work, and whether the source transaction it ends with is complete. The target's transaction is committed only at a
 * boundary, so that a source transaction is never torn, however many units it takes.
 */
export type Unit = Work & {
  bytes: number;
  changes: number;
  boundary: Boundary | undefined;
  /** Without a boundary: the source transaction that goes on in the next unit. */
  open: BeginMessage | undefined;
};

export type Boundary = {
  /** Where the log goes on after the last complete transaction. */
  endLsn: Lsn;
  /** When the source committed it, in PostgreSQL's microseconds; undefined where the log says so without a commit. */
  commitTime: bigint | undefined;
  /** When the source committed the first one that this unit completes: the age of the oldest waiting work. */
  firstCommitTime: bigint | undefined;
  /** See CommitMessage. */
  cursor?: string;
  /** How many source transactions end in this unit. */
  transactions: number;
};
