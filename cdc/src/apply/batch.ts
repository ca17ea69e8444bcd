// The changes of one or more whole source transactions, or of a piece of one that is too large to hold, brought down to what
// is left of them: for every row that was touched, whether it was there before and how it ends. Ten updates of one row become
// one; an insert that is deleted again becomes nothing. What is left can be written set by set, in any order between tables,
// because each row appears once. Only two things need the order of the log, and both keep it: changes are also kept as they
// came (`messages`), and a change that cannot be folded in is refused by `add`, so that the caller applies it on its own.

import type { RowMessage } from "../capture/pgoutput.ts";
import type { FollowedTable } from "./followed-table.ts";
import { fillFrom, lackingInputs } from "./row-key.ts";
import { readRowChange, type LoggedRow } from "./row-change.ts";

/** How one row ends. */
export type RowOutcome = {
  /** It was there before the first change. */
  existed: boolean;
  /** It is there after the last one. */
  present: boolean;
  /** It was deleted and inserted anew: the target's own columns of the old row go with it. */
  replaced: boolean;
  /** Its last version; of a row that is gone, the version that names it. */
  row: LoggedRow;
  /** The inputs its last version lacks, see lackingInputs. */
  lacking: string;
};

export type TableOutcomes = { table: FollowedTable; rows: Map<string, RowOutcome> };

export type Batch = {
  tables: Map<number, TableOutcomes>;
  /** Every message, in the log's order. */
  messages: RowMessage[];
  bytes: number;
};

export function createBatch(): Batch {
  return { tables: new Map(), messages: [], bytes: 0 };
}

/**
 * Folds a message in. Answers false, and changes nothing, for one that can only be applied by itself: a key that changes while
 * large values of the row stay untouched, so that the row must be moved rather than written anew.
 */
export function addToBatch(batch: Batch, message: RowMessage, table: FollowedTable): boolean {
  const change = readRowChange(message, table);
  if (change.op === "rekey" && change.lacking !== "") return false;
  const { rows } = outcomesOf(batch, message.relationId, table);
  switch (change.op) {
    case "insert":
      addPresent(rows, change.key, change.row);
      break;
    case "delete":
      addGone(rows, change.key, change.row);
      break;
    case "update":
      addUpdate(rows, change.key, change.row, change.lacking, table);
      break;
    case "rekey":
      addGone(rows, change.oldKey, change.oldRow);
      addPresent(rows, change.key, change.row);
      break;
  }
  batch.messages.push(message);
  batch.bytes += message.size;
  return true;
}

// --- internal ---

function outcomesOf(batch: Batch, relationId: number, table: FollowedTable): TableOutcomes {
  let outcomes = batch.tables.get(relationId);
  if (outcomes === undefined) {
    outcomes = { table, rows: new Map() };
    batch.tables.set(relationId, outcomes);
  }
  return outcomes;
}

function addPresent(rows: Map<string, RowOutcome>, key: string, row: LoggedRow): void {
  const known = rows.get(key);
  if (known === undefined) {
    rows.set(key, { existed: false, present: true, replaced: false, row, lacking: "" });
    return;
  }
  known.replaced = known.existed;
  known.present = true;
  known.row = row;
  known.lacking = "";
}

function addGone(rows: Map<string, RowOutcome>, key: string, row: LoggedRow): void {
  const known = rows.get(key);
  if (known === undefined) {
    rows.set(key, { existed: true, present: false, replaced: false, row, lacking: "" });
  } else if (known.existed) {
    known.present = false;
    known.row = row;
    known.lacking = "";
  } else {
    rows.delete(key);
  }
}

function addUpdate(
  rows: Map<string, RowOutcome>,
  key: string,
  row: LoggedRow,
  lacking: string,
  table: FollowedTable,
): void {
  const known = rows.get(key);
  if (known === undefined) {
    rows.set(key, { existed: true, present: true, replaced: false, row, lacking });
    return;
  }
  if (lacking === "") {
    known.row = row;
    known.lacking = "";
    return;
  }
  // What this version lacks, the version before it may have.
  const bytes = fillFrom(row, known.row, () => true);
  known.row = { bytes, at: 0 };
  known.lacking = lackingInputs(bytes, 0, table.inputAt, table.resolved.inputs.length);
}
