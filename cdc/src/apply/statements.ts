// The statements that write a set of rows to one target table. Every statement takes its rows as parallel arrays, one for each
// source column (see array-parameter.ts), gives the values their source types, lets the target compute the mapped columns from them, and joins the
// result with the table by key. The name of the source table stands for the rows inside, so that an expression reads the
// same here as in the copy, where the source itself evaluates it.

import type { ResolvedColumn, ResolvedTable } from "../catalog/resolved-table.ts";
import { binaryType } from "./array-parameter.ts";
import { quoteName, quoteTable } from "../postgres/quote.ts";

/** A prepared statement, and which inputs its parameters are, in order. */
export type Statement = { name: string; text: string; inputs: readonly number[] };

export type TableStatements = {
  /** Removes the rows of these keys. */
  remove: Statement;
  /** Adds rows that are new. */
  insert: Statement;
  /** Adds rows or writes them whole; a filtered table's rows only if they fulfil the filter. A part of rows never adds any. */
  upsert: Statement;
  /** Removes the rows that do not fulfil the filter; only a filtered table has it. */
  removeFiltered: Statement | undefined;
  /** Writes rows that are there. `lacking` names the inputs that are not given, see lackingInputs. */
  update: (lacking: string) => Statement;
  /** The same, but fails unless it has found as many rows as the parameter behind the inputs says. */
  updateAll: (lacking: string) => Statement;
  /** Writes and renames one row: the parameters of `update`, then the old key's. */
  rekey: (lacking: string) => Statement & { oldKey: readonly number[] };
};

/** Takes away every row of the table from the target. */
export function removeAllSql(table: ResolvedTable): string {
  const where = table.targetWhere === undefined ? "" : ` WHERE ${table.targetWhere}`;
  if (table.part !== true) return `DELETE FROM ${quoteTable(table.to)}${where}`;
  return `UPDATE ${quoteTable(table.to)} SET ${emptied(table)}${where}`;
}

/** Builds the statements of one table; those that depend on which values are lacking are built when they are first needed. */
export function createStatements(table: ResolvedTable): TableStatements {
  const prefix = `s${(serial += 1)}`;
  const all = table.inputs.map((_, index) => index);
  const keyInputs = inputsOf(table, table.sourceKey);
  const update = byLacking((lacking, place) => {
    const inputs = givenInputs(table, lacking);
    return { name: `${prefix}-update-${place}`, inputs, text: updateSql(table, inputs) };
  });
  const write = (onConflict: string) =>
    table.part === true ? updateSql(table, all) : insertSql(table, all, onConflict);
  return {
    remove: { name: `${prefix}-remove`, inputs: keyInputs, text: removeSql(table, keyInputs) },
    insert: { name: `${prefix}-insert`, inputs: all, text: write("") },
    upsert: { name: `${prefix}-upsert`, inputs: all, text: write(onConflictWrite(table)) },
    removeFiltered:
      table.where === undefined
        ? undefined
        : { name: `${prefix}-filter`, inputs: all, text: removeFilteredSql(table, all, table.where) },
    update,
    updateAll: byLacking((lacking) => {
      const { name, text, inputs } = update(lacking);
      const counted = `SELECT 1 / (count(*) = $${inputs.length + 1}::pg_catalog.int8)::int FROM written`;
      return { name: `${name}-all`, inputs, text: `WITH written AS (${text} RETURNING 1) ${counted}` };
    }),
    rekey: byLacking((lacking, place) => {
      const inputs = givenInputs(table, lacking);
      return {
        name: `${prefix}-rekey-${place}`,
        inputs,
        oldKey: keyInputs,
        text: rekeySql(table, inputs, keyInputs),
      };
    }),
  };
}

// --- internal ---

let serial = 0;

function byLacking<Value>(make: (lacking: string, place: number) => Value): (lacking: string) => Value {
  const known = new Map<string, Value>();
  return (lacking) => {
    let value = known.get(lacking);
    if (value === undefined) {
      value = make(lacking, known.size);
      known.set(lacking, value);
    }
    return value;
  };
}

function binaryTypeOf(table: ResolvedTable, index: number): string | undefined {
  const input = table.inputs[index];
  return input?.type === undefined ? undefined : binaryType(input.typeId);
}

/** Which inputs these columns come from; each of them is a plain one. */
export function inputsOf(table: ResolvedTable, columns: readonly ResolvedColumn[]): number[] {
  return columns.map(({ inputs }) => table.inputs.findIndex(({ name }) => name === inputs[0]));
}

function givenInputs(table: ResolvedTable, lacking: string): number[] {
  return table.inputs.map((_, index) => index).filter((index) => lacking[index] !== "1");
}

// The rows as the source has them: SELECT "v0"::type AS "column" ... FROM unnest($1, $2, ...)
export function sourceRows(table: ResolvedTable, inputs: readonly number[], firstParameter = 1): string {
  const binary = (index: number) => binaryTypeOf(table, index);
  const parameters = inputs.map(
    (index, place) => `$${firstParameter + place}::${binary(index) ?? "pg_catalog.text"}[]`,
  );
  const aliases = inputs.map((_, place) => `v${place}`);
  const typed = inputs.map((index, place) => {
    const input = table.inputs[index];
    const cast = input?.type === undefined || binary(index) !== undefined ? "" : `::${input.type}`;
    return `v${place}${cast} AS ${quoteName(input?.name ?? "")}`;
  });
  return `SELECT ${typed.join(", ")} FROM ROWS FROM (${parameters.map((each) => `pg_catalog.unnest(${each})`).join(", ")}) AS given(${aliases.join(", ")})`;
}

// The rows as the target has them: c0, c1, ...
function targetRows(
  table: ResolvedTable,
  columns: readonly ResolvedColumn[],
  inputs: readonly number[],
  where = table.where === undefined ? "" : ` WHERE (${table.where})`,
  firstParameter = 1,
): string {
  const computed = columns.map(({ targetSql }, place) => `${targetSql} AS c${place}`);
  return `SELECT ${computed.join(", ")} FROM (${sourceRows(table, inputs, firstParameter)}) AS ${quoteName(table.from.name)}${where}`;
}

function removeSql(table: ResolvedTable, keyInputs: readonly number[]): string {
  const rows = targetRows(table, table.key, keyInputs, "");
  return `${removeFrom(table)} (${rows}) AS n WHERE ${sameKey(table)}`;
}

function removeFilteredSql(table: ResolvedTable, inputs: readonly number[], where: string): string {
  const rows = targetRows(table, table.key, inputs, ` WHERE (${where}) IS NOT TRUE`);
  return `${removeFrom(table)} (${rows}) AS n WHERE ${sameKey(table)}`;
}

// What is left of a row of which a part is gone are nulls; the row itself is another table's.
function removeFrom(table: ResolvedTable): string {
  if (table.part !== true) return `DELETE FROM ${quoteTable(table.to)} AS t USING`;
  return `UPDATE ${quoteTable(table.to)} AS t SET ${emptied(table)} FROM`;
}

function insertSql(table: ResolvedTable, inputs: readonly number[], onConflict: string): string {
  const rows = targetRows(table, table.columns, inputs);
  return `INSERT INTO ${quoteTable(table.to)} (${names(table.columns)}) OVERRIDING SYSTEM VALUE ${rows}${onConflict}`;
}

function onConflictWrite(table: ResolvedTable): string {
  const others = table.columns.filter((column) => !table.key.includes(column));
  if (others.length === 0) return ` ON CONFLICT (${names(table.key)}) DO NOTHING`;
  const assignments = others.map(({ name }) => `${quoteName(name)} = excluded.${quoteName(name)}`);
  return ` ON CONFLICT (${names(table.key)}) DO UPDATE SET ${assignments.join(", ")}`;
}

function updateSql(table: ResolvedTable, inputs: readonly number[]): string {
  const written = table.columns.filter((column) => !table.key.includes(column) && isGiven(table, column, inputs));
  const columns = [...table.key, ...written];
  // A version that brings nothing but the key still has to find its row.
  const assigned = written.length > 0 ? written : table.key;
  const assignments = assigned.map((column) => `${quoteName(column.name)} = n.c${columns.indexOf(column)}`);
  return `UPDATE ${quoteTable(table.to)} AS t SET ${assignments.join(", ")} FROM (${targetRows(table, columns, inputs)}) AS n WHERE ${sameKey(table)}`;
}

function rekeySql(table: ResolvedTable, inputs: readonly number[], keyInputs: readonly number[]): string {
  const written = table.columns.filter((column) => isGiven(table, column, inputs));
  const assignments = written.map(({ name }, place) => `${quoteName(name)} = n.c${place}`);
  const oldKey = targetRows(table, table.key, keyInputs, "", inputs.length + 1);
  const rows = targetRows(table, written, inputs);
  return `UPDATE ${quoteTable(table.to)} AS t SET ${assignments.join(", ")} FROM (${rows}) AS n, (${oldKey}) AS o WHERE ${sameKey(table, "o")}`;
}

function isGiven(table: ResolvedTable, column: ResolvedColumn, inputs: readonly number[]): boolean {
  return column.inputs.every((name) => inputs.some((index) => table.inputs[index]?.name === name));
}

function sameKey(table: ResolvedTable, rows = "n"): string {
  return table.key.map(({ name }, place) => `t.${quoteName(name)} = ${rows}.c${place}`).join(" AND ");
}

function emptied(table: ResolvedTable): string {
  const own = table.columns.filter((column) => !table.key.includes(column));
  return own.map(({ name }) => `${quoteName(name)} = NULL`).join(", ");
}

function names(columns: readonly ResolvedColumn[]): string {
  return columns.map(({ name }) => quoteName(name)).join(", ");
}
