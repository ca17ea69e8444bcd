import type { Session } from "../postgres/session.ts";
import type { Batch, RowOutcome, TableOutcomes } from "./batch.ts";
import type { FollowedTable } from "./followed-table.ts";
import type { ParameterBuilder } from "./parameters.ts";
import type { LoggedRow } from "./row-change.ts";
import type { Statement, TableStatements } from "./statements.ts";

/** A set-based write whose answer must be looked at before the transaction may commit. */
export type PendingWrite = {
  table: FollowedTable;
  kind: "remove" | "insert" | "update" | "upsert" | "filter";
  statement: Statement;
  rows: readonly LoggedRow[];
  lacking: string;
  done: Promise<number>;
};

/** What a writer works with; one of each per session. */
export type Writer = {
  session: Session;
  parameters: ParameterBuilder;
  statementsOf: (table: FollowedTable) => TableStatements;
};

/**
 * Sends a batch's writes, without waiting for the answers: first every removal, so that names and secondary unique values are
 * free again, then updates, then new rows.
 */
export function sendBatch(writer: Writer, batch: Batch): PendingWrite[] {
  const sorted = [...batch.tables.values()].map((outcomes) => sortOutcomes(outcomes));
  return [
    ...sorted.flatMap((table) => table.remove(writer)),
    ...sorted.flatMap((table) => table.update(writer)),
    ...sorted.flatMap((table) => table.insert(writer)),
  ];
}

/** Sends one set-based write. */
export function sendWrite(
  writer: Writer,
  write: Omit<PendingWrite, "done" | "lacking"> & { lacking?: string },
): PendingWrite {
  const { session, parameters } = writer;
  const { name, text, inputs } = write.statement;
  const values = parameters.build(write.table, inputs, write.rows);
  const done = session.query({ name, text, values }).then(({ rowCount }) => rowCount ?? 0);
  // Whoever collects the answers waits for them one by one; the later ones may fail before it gets there.
  done.catch(() => undefined);
  return { lacking: "", ...write, done };
}

// --- internal ---

type SortedTable = Record<"remove" | "update" | "insert", (writer: Writer) => PendingWrite[]>;

function sortOutcomes({ table, rows }: TableOutcomes): SortedTable {
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
        sendSet(writer, table, "update", writer.statementsOf(table).update(lacking), rows, lacking),
      ),
    insert: (writer) => sendSet(writer, table, "insert", writer.statementsOf(table).insert, inserted),
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
      const leaving = removeFiltered === undefined ? [] : sendSet(writer, table, "filter", removeFiltered, present);
      return [...sendSet(writer, table, "filter", remove, removed), ...leaving];
    },
    update: () => [],
    insert: (writer) => sendSet(writer, table, "upsert", writer.statementsOf(table).upsert, present),
  };
}

function sendSet(
  writer: Writer,
  table: FollowedTable,
  kind: PendingWrite["kind"],
  statement: Statement,
  rows: readonly LoggedRow[],
  lacking = "",
): PendingWrite[] {
  return rows.length === 0 ? [] : [sendWrite(writer, { table, kind, statement, rows, lacking })];
}

function append(groups: Map<string, LoggedRow[]>, name: string, row: LoggedRow): void {
  const group = groups.get(name);
  if (group === undefined) groups.set(name, [row]);
  else group.push(row);
}
