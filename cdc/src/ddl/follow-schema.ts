// The stream's picture of its tables, kept true while the log goes on. It is asked when messages arrive, ahead of the target: what is
// decided then about a note is run when the target comes to its place, in its transaction.

import { followTable, type FollowedTable } from "../apply/followed-table.ts";
import type { NoteHandler } from "../apply/notes.ts";
import type { LogicalMessage, Relation } from "../capture/pgoutput.ts";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { changesOf } from "../check/expand-columns.ts";
import type { StreamPlan } from "../plan/stream-plan.ts";
import { formatTable, quoteName, quoteTable, quoteText } from "../postgres/quote.ts";
import { decideChange, type Decision } from "./decide-change.ts";
import { readDdlNote, type DdlNote, type NotedColumn } from "./ddl-note.ts";
import { ColumnUnexpectedError, SchemaChangedError, SchemaChangeRefusedError } from "./errors.ts";
import { withColumn, withoutInputs, withPlannedColumns } from "./extend-table.ts";
import { findChanges, nameChange, type SchemaChange } from "./find-changes.ts";

export type SchemaOptions = {
  plan: StreamPlan;
  /** In the order of the plan's entries. */
  tables: readonly ResolvedTable[];
  /** The source announces its changes in the log. */
  isAnnounced: boolean;
};

export type StreamSchema = {
  tables: () => readonly ResolvedTable[];
  /** The tables that a relation fills, as its rows lie in the log from here on. Throws what stops the stream in front of them. */
  follow: (relation: Relation) => FollowedTable[];
  /** Hears of a change in the log. Throws SchemaChangedError when the stream must stop in front of it. */
  read: (note: LogicalMessage) => void;
  /** Does at the target what was decided about a note. Throws SchemaChangeRefusedError. */
  run: NoteHandler;
};

export function followSchema({ plan, tables: checked, isAnnounced }: SchemaOptions): StreamSchema {
  const tables = [...checked];
  const work = new WeakMap<LogicalMessage, { change: string; table: string; sql: string }[]>();
  const narrowed = createNarrowing();

  function decide(change: SchemaChange, place: number, note: DdlNote): string[] {
    const table = tables[place];
    const entry = plan.tables[place];
    if (table === undefined || entry === undefined) return [];
    const decision = decideChange(change, {
      policy: plan.onSchemaChange ?? "stop",
      planned: changesOf(plan, entry),
      table,
      isShared: plan.tables.filter(({ to }) => to === entry.to).length > 1,
      hasColumn: (name) => table.columns.some((column) => column.name === name),
      knowsType: (type) =>
        type.startsWith("pg_catalog.") || tables.some(({ inputs }) => inputs.some((input) => input.type === type)),
    });
    if (decision.do === "stop") {
      throw new SchemaChangedError(nameOf(note.before), nameChange(change), decision.why, decision.remedy);
    }
    tables[place] = changed(table, decision, note);
    return sqlOf(table, decision);
  }

  return {
    tables: () => tables,
    follow: (relation) => {
      const filled = tables.filter(
        ({ from, fromId }) => fromId === relation.id || formatTable(from) === formatTable(relation),
      );
      return filled.map((table) => {
        if (table.others !== undefined) assertExpected(table, table.others.pending, relation, isAnnounced);
        return followTable(narrowed(table, relation), relation);
      });
    },
    read: (message) => {
      const note = readDdlNote(message);
      const names = [note.before, ...(note.after === null ? [] : [note.after])].map(nameOf);
      const steps: { change: string; table: string; sql: string }[] = [];
      for (const change of findChanges(note)) {
        for (const [place, { from }] of plan.tables.entries()) {
          if (!names.includes(from)) continue;
          for (const sql of decide(change, place, note))
            steps.push({ change: nameChange(change), table: nameOf(note.before), sql });
        }
      }
      work.set(message, steps);
    },
    run: async (message, { session }) => {
      for (const { change, table, sql } of work.get(message) ?? []) {
        await session.query(sql).catch((error: unknown) => {
          throw error instanceof Error && isRefused(error)
            ? new SchemaChangeRefusedError(change, table, sql, error)
            : error;
        });
      }
    },
  };
}

// --- internal ---

function nameOf({ schema, table }: DdlNote["before"]): string {
  return formatTable({ schema, name: table });
}

function changed(table: ResolvedTable, decision: Decision, { after }: DdlNote): ResolvedTable {
  if (decision.do === "add") return withColumn(table, decision.column);
  if (decision.do !== "follow plan" || decision.planned.columns === undefined) return table;
  return withPlannedColumns(table, decision.planned.columns, after?.columns ?? []);
}

function sqlOf(table: ResolvedTable, decision: Decision): string[] {
  if (decision.do === "follow plan") return decision.planned.run === undefined ? [] : [decision.planned.run];
  return decision.do === "add" ? addColumnSql(table, decision.column) : [];
}

// The default is what the rows have that were there before; what later rows have, the log says. One that the source computes for every
// row is not the target's business.
function addColumnSql({ to }: ResolvedTable, column: NotedColumn): string[] {
  const name = quoteName(column.name);
  const value = column.missing === null ? "" : ` DEFAULT ${quoteText(column.missing).trim()}`;
  const add = `ALTER TABLE ${quoteTable(to)} ADD COLUMN ${name} ${column.label}${value}${column.notNull ? " NOT NULL" : ""}`;
  const isFixed = column.default !== null && !column.default.includes("(") && !/^[A-Z_]+$/.test(column.default);
  if (value === "" || isFixed) return [add];
  return [add, `ALTER TABLE ${quoteTable(to)} ALTER COLUMN ${name} DROP DEFAULT`];
}

// Class 42 is "syntax error or access rule violation", 55000 "object not in prerequisite state", 22 and 23 the data's own.
function isRefused(error: Error): boolean {
  return "code" in error && typeof error.code === "string" && /^(42|55000|22|23|0A)/.test(error.code);
}

// A column that nobody announced is new where nobody announces; elsewhere it is one that went again before the stream was checked.
function assertExpected(
  { from, to, inputs }: ResolvedTable,
  pending: readonly string[],
  relation: Relation,
  isAnnounced: boolean,
): void {
  const read = new Set(inputs.map(({ name }) => name));
  const unexpected = relation.columns.find(({ name }) => !read.has(name) && (!isAnnounced || pending.includes(name)));
  if (unexpected !== undefined) throw new ColumnUnexpectedError(formatTable(from), formatTable(to), unexpected.name);
}

/** Leaves out what an older layout of the source does not bring and the plan does not name. The same for the same layout. */
function createNarrowing() {
  const known = new WeakMap<ResolvedTable, Map<string, ResolvedTable>>();
  return (table: ResolvedTable, relation: Relation): ResolvedTable => {
    const told = new Set(relation.columns.map(({ name }) => name));
    const missing = table.inputs
      .filter(({ name, optional }) => optional === true && !told.has(name))
      .map(({ name }) => name);
    if (missing.length === 0) return table;
    const byMissing = known.get(table) ?? new Map<string, ResolvedTable>();
    known.set(table, byMissing);
    const key = missing.join();
    const narrow = byMissing.get(key) ?? withoutInputs(table, new Set(missing));
    byMissing.set(key, narrow);
    return narrow;
  };
}
