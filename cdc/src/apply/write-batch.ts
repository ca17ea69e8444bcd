import type { ResolvedTable } from "../catalog/resolved-table.ts";
import type { Session } from "../postgres/session.ts";
import type { Batch, RowOutcome, TableOutcomes } from "./batch.ts";
import type { FollowedTable } from "./followed-table.ts";
import type { ParameterBuilder } from "./parameters.ts";
import type { LoggedRow } from "./row-change.ts";
import type { Statement, TableStatements } from "./statements.ts";

/** A set-based write that is under way. It fails when it must not be committed. */
export type SentWrite = {
  table: FollowedTable;
  kind: "remove" | "write";
  rows: readonly LoggedRow[];
  /** How many rows it has touched. */
  done: Promise<number>;
};

/** What a writer works with; one of each per session. */
export type Writer = {
  session: Session;
  parameters: ParameterBuilder;
  statementsOf: (table: FollowedTable) => TableStatements;
  /** The target has all rows of this table; of one that is still being filled, a change may find none. */
  isWhole: (table: ResolvedTable) => boolean;
};

/**
 * Sends a batch's writes, without waiting for the answers: first every removal, so that names and secondary unique values are
 * free again, then updates, then new rows.
 */
export function sendBatch(writer: Writer, batch: Batch): SentWrite[] {
  const sorted = [...batch.tables.values()].map((outcomes) => sortOutcomes(outcomes, writer.isWhole));
  return [
    ...sorted.flatMap((table) => table.remove(writer)),
    ...sorted.flatMap((table) => table.update(writer)),
    ...sorted.flatMap((table) => table.insert(writer)),
    ...sorted.flatMap((table) => table.fill?.(writer) ?? []),
  ];
}

// --- internal ---

type SortedTable = Record<"remove" | "update" | "insert", (writer: Writer) => SentWrite[]> & {
  /** Of a part of rows: fills their columns, once the rows are there. */
  fill?: (writer: Writer) => SentWrite[];
};

function sortOutcomes({ table, rows }: TableOutcomes, isWhole: Writer["isWhole"]): SortedTable {
  if (table.resolved.part === true) return sortPart(table, rows.values());
  if (table.resolved.where === undefined && !isWhole(table.resolved)) return sortIncomplete(table, rows.values());
  return table.resolved.where === undefined ? sortPlain(table, rows.values()) : sortFiltered(table, rows.values());
}

function sortPlain(table: FollowedTable, outcomes: Iterable<RowOutcome>): SortedTable {
  const removed: LoggedRow[] = [];
  const inserted: LoggedRow[] = [];
  const updated = new Map<string, LoggedRow[]>();
  for (const row of outcomes) {
    const { existed, present, replaced } = row;
    if (existed && (!present || replaced)) removed.push(row);
    if (!present) continue;
    if (!existed || replaced) inserted.push(row);
    else append(updated, row.lacking, row);
  }
  return {
    remove: (writer) => sendSet(writer, table, "remove", writer.statementsOf(table).remove, removed),
    update: (writer) =>
      [...updated].flatMap(([lacking, rows]) =>
        sendSet(writer, table, "write", writer.statementsOf(table).updateAll(lacking), rows, [String(rows.length)]),
      ),
    insert: (writer) => sendSet(writer, table, "write", writer.statementsOf(table).insert, inserted),
  };
}

// Rows may not be there yet, or may be there in spite of everything: whatever the log carries whole is written whole.
function sortIncomplete(table: FollowedTable, outcomes: Iterable<RowOutcome>): SortedTable {
  const removed: LoggedRow[] = [];
  const whole: LoggedRow[] = [];
  const lacking = new Map<string, LoggedRow[]>();
  for (const row of outcomes) {
    if (!row.present || row.replaced) removed.push(row);
    if (!row.present) continue;
    if (row.lacking === "") whole.push(row);
    else append(lacking, row.lacking, row);
  }
  return {
    remove: (writer) => sendSet(writer, table, "write", writer.statementsOf(table).remove, removed),
    update: (writer) =>
      [...lacking].flatMap(([missing, rows]) =>
        sendSet(writer, table, "write", writer.statementsOf(table).updateAll(missing), rows, [String(rows.length)]),
      ),
    insert: (writer) => sendSet(writer, table, "write", writer.statementsOf(table).upsert, whole),
  };
}

// Whether a row was there before depends on whether it fulfilled the filter, so every present row is either written or removed.
function sortFiltered(table: FollowedTable, outcomes: Iterable<RowOutcome>): SortedTable {
  const removed: LoggedRow[] = [];
  const present: LoggedRow[] = [];
  for (const outcome of outcomes) {
    if (!outcome.present || outcome.replaced) removed.push(outcome);
    if (outcome.present) present.push(outcome);
  }
  return {
    remove: (writer) => {
      const { remove, removeFiltered } = writer.statementsOf(table);
      const leaving = removeFiltered === undefined ? [] : sendSet(writer, table, "write", removeFiltered, present);
      return [...sendSet(writer, table, "write", remove, removed), ...leaving];
    },
    update: () => [],
    insert: (writer) => sendSet(writer, table, "write", writer.statementsOf(table).upsert, present),
  };
}

// The row itself is another table's: it may be gone already when its part goes, and is there before its part comes.
function sortPart(table: FollowedTable, outcomes: Iterable<RowOutcome>): SortedTable {
  const gone: LoggedRow[] = [];
  const present = new Map<string, LoggedRow[]>();
  for (const outcome of outcomes) {
    if (outcome.present) append(present, outcome.lacking, outcome);
    else gone.push(outcome);
  }
  return {
    remove: (writer) => sendSet(writer, table, "write", writer.statementsOf(table).remove, gone),
    update: () => [],
    insert: () => [],
    fill: (writer) => [...present].flatMap(([lacking, rows]) => sendPart(writer, table, lacking, rows)),
  };
}

function sendPart(writer: Writer, table: FollowedTable, lacking: string, rows: readonly LoggedRow[]): SentWrite[] {
  const { removeFiltered, upsert, updateAll } = writer.statementsOf(table);
  if (removeFiltered === undefined) {
    return sendSet(writer, table, "write", updateAll(lacking), rows, [String(rows.length)]);
  }
  return [...sendSet(writer, table, "write", removeFiltered, rows), ...sendSet(writer, table, "write", upsert, rows)];
}

function sendSet(
  { session, parameters }: Writer,
  table: FollowedTable,
  kind: SentWrite["kind"],
  { name, text, inputs }: Statement,
  rows: readonly LoggedRow[],
  further: readonly string[] = [],
): SentWrite[] {
  if (rows.length === 0) return [];
  const values = [...parameters.build(table, inputs, rows), ...further];
  const done = session.query({ name, text, values }).then(({ rowCount }) => rowCount ?? 0);
  return [{ table, kind, rows, done }];
}

function append(groups: Map<string, LoggedRow[]>, name: string, row: LoggedRow): void {
  const group = groups.get(name);
  if (group === undefined) groups.set(name, [row]);
  else group.push(row);
}
