// The changes of one or more whole source transactions, or of a piece of one that is too large to hold, brought down to what
// is left of them: for every row that was touched, whether it was there before and how it ends. Ten updates of one row become
// one; an insert that is deleted again becomes nothing. What is left can be written set by set, in any order between tables,
// because each row appears once. Only two things need the order of the log, and both keep it: changes are also kept as they
// came (`messages`), and a change that cannot be folded in is refused by `add`, so that the caller applies it on its own.

import type { BeginMessage, RowMessage } from "../capture/pgoutput.ts";
import type { FollowedTable } from "./followed-table.ts";
import { fillFrom, lackingInputs, rowKey } from "./row-key.ts";
import { readRowChange, type LoggedRow } from "./row-change.ts";

/** How one row ends; where its last version lies, and of a row that is gone, the version that names it. */
export type RowOutcome = LoggedRow & {
  /** It was there before the first change. */
  existed: boolean;
  /** It is there after the last one. */
  present: boolean;
  /** It was deleted and inserted anew: the target's own columns of the old row go with it. */
  replaced: boolean;
  /** The inputs its last version lacks, see lackingInputs. */
  lacking: string;
};

export type TableOutcomes = { table: FollowedTable; rows: Map<string, RowOutcome> };

export type Batch = {
  /** By FollowedTable.id. */
  tables: Map<number, TableOutcomes>;
  /** The tables that are filled from each relation among the messages. */
  relations: Map<number, readonly FollowedTable[]>;
  /** Every message, in the log's order. */
  messages: RowMessage[];
  /** Where among the messages each source transaction ends that is complete. */
  ends: TransactionEnd[];
  bytes: number;
};

/** A source transaction whose last change is the one before `after`. The first one may have begun in an earlier unit. */
export type TransactionEnd = { after: number; begin: BeginMessage };

export function createBatch(): Batch {
  return { tables: new Map(), relations: new Map(), messages: [], ends: [], bytes: 0 };
}

/**
 * Folds a message in, for every table that is filled from its relation. Answers false, and changes nothing, for one that can only
 * be applied by itself: a key that changes while large values of the row stay untouched, so that the row must be moved rather
 * than written anew.
 */
export function addToBatch(batch: Batch, message: RowMessage, tables: readonly FollowedTable[]): boolean {
  for (let place = 0; place < tables.length; place += 1) {
    if (mustGoAlone(message, tables[place] as FollowedTable)) return false;
  }
  if (batch.relations.get(message.relationId) !== tables) batch.relations.set(message.relationId, tables);
  for (let place = 0; place < tables.length; place += 1) foldIn(batch, message, tables[place] as FollowedTable);
  batch.messages.push(message);
  batch.bytes += message.size;
  return true;
}

// --- internal ---

type Rows = TableOutcomes["rows"];

function mustGoAlone(message: RowMessage, table: FollowedTable): boolean {
  if (message.op !== "update" || message.oldIs === "none" || !table.mayLackValues) return false;
  const change = readRowChange(message, table);
  return change.op === "rekey" && change.lacking !== "";
}

function foldIn(batch: Batch, message: RowMessage, table: FollowedTable): void {
  const { rows } = outcomesOf(batch, table);
  // Called for every change, and most are of the first three kinds: no value is made for them that is not kept.
  const { bytes } = message;
  if (message.op === "insert") {
    addPresent(rows, rowKey(bytes, message.new, table.keyPlaces), bytes, message.new);
  } else if (message.op === "delete") {
    addGone(rows, rowKey(bytes, message.old, table.keyPlaces), bytes, message.old);
  } else if (message.oldIs === "none" && !table.mayLackValues) {
    addUpdate(rows, rowKey(bytes, message.new, table.keyPlaces), bytes, message.new, "", table);
  } else {
    addOtherUpdate(rows, message, table);
  }
}

function outcomesOf(batch: Batch, table: FollowedTable): TableOutcomes {
  let outcomes = batch.tables.get(table.id);
  if (outcomes === undefined) {
    outcomes = { table, rows: new Map() };
    batch.tables.set(table.id, outcomes);
  }
  return outcomes;
}

function addOtherUpdate(rows: Rows, message: RowMessage, table: FollowedTable): void {
  const change = readRowChange(message, table);
  if (change.op === "update") {
    addUpdate(rows, change.key, change.row.bytes, change.row.at, change.lacking, table);
  } else if (change.op === "rekey") {
    addGone(rows, change.oldKey, change.oldRow.bytes, change.oldRow.at);
    addPresent(rows, change.key, change.row.bytes, change.row.at);
  }
}

function addPresent(rows: Rows, key: string, bytes: Buffer, at: number): void {
  const known = rows.get(key);
  if (known === undefined) {
    rows.set(key, { bytes, at, existed: false, present: true, replaced: false, lacking: "" });
    return;
  }
  known.replaced = known.existed;
  known.present = true;
  become(known, bytes, at, "");
}

function addGone(rows: Rows, key: string, bytes: Buffer, at: number): void {
  const known = rows.get(key);
  if (known === undefined) {
    rows.set(key, { bytes, at, existed: true, present: false, replaced: false, lacking: "" });
  } else if (known.existed) {
    known.present = false;
    become(known, bytes, at, "");
  } else {
    rows.delete(key);
  }
}

function addUpdate(rows: Rows, key: string, bytes: Buffer, at: number, lacking: string, table: FollowedTable): void {
  const known = rows.get(key);
  if (known === undefined) {
    rows.set(key, { bytes, at, existed: true, present: true, replaced: false, lacking });
    return;
  }
  if (lacking === "") {
    become(known, bytes, at, "");
    return;
  }
  // What this version lacks, the version before it may have.
  const filled = fillFrom({ bytes, at }, known, () => true);
  become(known, filled, 0, lackingInputs(filled, 0, table.inputAt, table.resolved.inputs.length));
}

function become(row: RowOutcome, bytes: Buffer, at: number, lacking: string): void {
  row.bytes = bytes;
  row.at = at;
  row.lacking = lacking;
}
