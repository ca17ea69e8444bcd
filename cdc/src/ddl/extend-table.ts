// A table of the stream whose layout changed while it runs. Pure.

import { resolveColumn } from "../catalog/resolve-column.ts";
import type { Input, ResolvedColumn, ResolvedTable } from "../catalog/resolved-table.ts";
import { mayLieApart, type ColumnFacts } from "../catalog/table-facts.ts";
import { sourceColumns, type ColumnPlan } from "../plan/column-plan.ts";
import type { NotedColumn } from "./ddl-note.ts";

/** The table with one more column of the same name and type on both sides. */
export function withColumn(table: ResolvedTable, column: NotedColumn): ResolvedTable {
  const facts = factsOf(column);
  const types = new Set([column.type]);
  return extend(table, [resolveColumn(facts, column.name, () => facts, types)], [inputOf(column)]);
}

/**
 * The table with the columns that a schema change of the plan brings. The target's types are not known before its SQL has run: until
 * the next start the values are given as they are, and the target assigns them.
 */
export function withPlannedColumns(
  table: ResolvedTable,
  planned: Readonly<Record<string, ColumnPlan>>,
  columns: readonly NotedColumn[],
): ResolvedTable {
  const factsByName = new Map(columns.map((column) => [column.name, factsOf(column)]));
  const types = new Set(columns.map(({ type }) => type));
  const sourceOf = (name: string): ColumnFacts => {
    const facts = factsByName.get(name);
    if (facts === undefined) throw new Error(`the plan reads ${name}, which the changed table does not have`);
    return facts;
  };
  const resolved = Object.entries(planned).map(([name, mapped]) => {
    const like = factsByName.get(sourceColumns(mapped)[0] ?? "") ?? TEXT;
    const column = resolveColumn({ ...like, name }, mapped, sourceOf, types);
    return typeof mapped === "object" && "expression" in mapped
      ? { ...column, targetSql: `(${mapped.expression})` }
      : column;
  });
  const needed = new Set(Object.values(planned).flatMap(sourceColumns));
  return extend(table, resolved, columns.filter(({ name }) => needed.has(name)).map(inputOf));
}

/** The table without what is made of these source columns. */
export function withoutInputs(table: ResolvedTable, missing: ReadonlySet<string>): ResolvedTable {
  const stays = (column: ResolvedColumn) => !column.inputs.some((name) => missing.has(name));
  return {
    ...table,
    inputs: table.inputs.filter(({ name }) => !missing.has(name)),
    columns: table.columns.filter(stays),
  };
}

// --- internal ---

const TEXT: ColumnFacts = {
  name: "",
  typeId: 25,
  type: "pg_catalog.text",
  typeModifier: -1,
  typeLabel: "text",
  sortsByBytes: false,
  notNull: false,
  isGenerated: false,
  alwaysNumbered: false,
  hasDefault: false,
  mayLieApart: true,
};

function extend(table: ResolvedTable, columns: readonly ResolvedColumn[], inputs: readonly Input[]): ResolvedTable {
  const known = new Set(table.inputs.map(({ name }) => name));
  const added = new Set(columns.map(({ name }) => name));
  return {
    ...table,
    columns: [...table.columns.filter(({ name }) => !added.has(name)), ...columns],
    inputs: [...table.inputs, ...inputs.filter(({ name }) => !known.has(name))],
  };
}

function factsOf(column: NotedColumn): ColumnFacts {
  return {
    name: column.name,
    typeId: column.typeId,
    type: column.type,
    typeModifier: column.modifier,
    typeLabel: column.label,
    sortsByBytes: false,
    notNull: column.notNull,
    isGenerated: column.isGenerated,
    alwaysNumbered: column.isNumbered,
    hasDefault: column.default !== null,
    mayLieApart: liesApart(column),
  };
}

function inputOf(column: NotedColumn): Input {
  const { name, typeId, type } = column;
  return { name, typeId, sourceType: type, type, mayLieApart: liesApart(column), optional: true };
}

function liesApart({ storage, typeName, modifier }: NotedColumn): boolean {
  return mayLieApart({ storage, type_name: typeName, type_modifier: String(modifier) });
}
