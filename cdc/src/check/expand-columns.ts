// The columns that a plan does not name one by one: `others`, and what its schema changes bring in. Pure.

import type { TableFacts } from "../catalog/table-facts.ts";
import { sourceColumns, type ColumnPlan } from "../plan/column-plan.ts";
import type { PlannedSchemaChange, StreamPlan, TablePlan } from "../plan/stream-plan.ts";

export type Expanded = { plan: TablePlan; optional: ReadonlySet<string> };

/**
 * Adds to an entry's columns what its `others` and the plan's schema changes mean for these two tables. With `mayCome`, columns that
 * the target does not have yet are left out: the log is still to bring the change that adds them.
 */
export function expandColumns(
  entry: TablePlan,
  stream: StreamPlan,
  source: TableFacts,
  target: TableFacts,
  mayCome: boolean,
): Expanded {
  const columns: Record<string, ColumnPlan> = { ...entry.columns };
  const has = (table: TableFacts, name: string) => table.columns.some((column) => column.name === name);
  const add = (name: string, mapped: ColumnPlan) => {
    if (Object.hasOwn(columns, name) || (mayCome && !has(target, name))) return;
    columns[name] = mapped;
  };
  for (const change of changesOf(stream, entry)) {
    for (const [name, mapped] of Object.entries(change.columns ?? {})) {
      if (sourceColumns(mapped).every((column) => has(source, column))) add(name, mapped);
    }
  }
  if (entry.others !== undefined) {
    const read = new Set(Object.values(columns).flatMap(sourceColumns));
    for (const { name, isGenerated } of source.columns) if (!isGenerated && !read.has(name)) add(name, name);
  }
  const key = entry.key.flatMap((column) => sourceColumns(columns[column] ?? column));
  const named = new Set([...key, ...Object.values(entry.columns).flatMap(sourceColumns), ...(entry.where?.from ?? [])]);
  const all = Object.values(columns).flatMap(sourceColumns);
  return { plan: { ...entry, columns }, optional: new Set(all.filter((name) => !named.has(name))) };
}

/** The schema changes of the plan that are about this entry. */
export function changesOf(stream: Pick<StreamPlan, "schemaChanges">, entry: TablePlan): PlannedSchemaChange[] {
  return (stream.schemaChanges ?? []).filter(({ from, to }) => from === entry.from && (to ?? entry.to) === entry.to);
}
