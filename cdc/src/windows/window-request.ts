// What a window is asked to read anew. Whoever runs inside the stream's process hands requests to its windows; whoever does not,
// leaves keys in the target store, where the stream looks at least once a second (see apply/repair-queue.ts).

import type { TableName } from "../postgres/quote.ts";

/** A key's values as the source writes them, in the order of ResolvedTable.key. */
export type WindowKey = readonly string[];

export type WindowRequest =
  /** Single rows: written as the source has them, removed where the source has them no more. */
  | { kind: "keys"; target: TableName; keys: readonly WindowKey[] }
  /** Every row of the source is read; with `removals`, rows that the source does not have go from the target. */
  | { kind: "table"; target: TableName; removals: boolean };

/** What a window has done to the target. */
export type WindowOutcome = {
  /** Rows that were read. */
  read: number;
  /** Rows that were not there or differed, and were written. */
  written: number;
  removed: number;
  /** Rows that the log brought meanwhile, so that what was read of them was put aside. */
  touched: number;
};
