import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { inputsOf, sourceRows, type Statement } from "../apply/statements.ts";
import { quoteName, quoteTable } from "../postgres/quote.ts";

export type ConflictSql = {
  /**
   * Counts rows that were given, and found by their key, and among these those that others than the stream have written last. The
   * parameter behind the inputs is the stream's origin, here and below.
   */
  byKey: Statement;
  /** The same, but differing are those that are not as given. */
  byRow: Statement;
  /** One row by its key, compared with how it was (`hasOld`) and how it is to be (`hasNew`). */
  met: (
    hasOld: boolean,
    hasNew: boolean,
  ) => { text: string; inputs: { key: readonly number[]; all: readonly number[] } };
};

/** The questions about one table. `isTracked`: the target keeps when and by whom a transaction was committed. */
export function conflictSql(table: ResolvedTable, isTracked: boolean): ConflictSql {
  const prefix = `f${(serial += 1)}`;
  const key = inputsOf(table, table.sourceKey);
  const all = table.inputs.map((_, index) => index);
  const count = (given: string, differs: string) =>
    `WITH given AS (${given}),
       found AS (SELECT ${differs} AS differs FROM given AS n JOIN ${quoteTable(table.to)} AS t ON ${sameKey(table, "n")} FOR UPDATE OF t)
     SELECT (SELECT count(*) FROM given) AS given, count(*) AS found, count(*) FILTER (WHERE differs) AS differing FROM found`;
  return {
    byKey: {
      name: `${prefix}-key`,
      inputs: key,
      text: count(keyRows(table, key, 1), `(${ours(key.length + 1, isTracked)}) IS FALSE`),
    },
    byRow: {
      name: `${prefix}-row`,
      inputs: all,
      text: count(
        wholeRows(table, all, 1, true),
        `${differing(table, "n")} OR $${all.length + 1}::pg_catalog.text IS NULL`,
      ),
    },
    met(hasOld, hasNew) {
      const newAt = key.length + 1 + (hasOld ? all.length : 0);
      const originAt = newAt + (hasNew ? all.length : 0);
      const join = (rows: string, alias: string) => `CROSS JOIN (${rows}) AS ${alias}`;
      return {
        inputs: { key, all },
        text: `SELECT ${hasOld ? differing(table, "o") : "NULL::pg_catalog.bool"} AS differs,
            ${hasNew ? `NOT (${differing(table, "w")})` : "NULL::pg_catalog.bool"} AS same,
            ${ours(originAt, isTracked)} AS ours, ${isTracked ? COMMITTED_AT : "NULL"} AS committed_at
          FROM (${keyRows(table, key, 1)}) AS n
          ${hasOld ? join(wholeRows(table, all, key.length + 1, false), "o") : ""}
          ${hasNew ? join(wholeRows(table, all, newAt, false), "w") : ""}
          JOIN ${quoteTable(table.to)} AS t ON ${sameKey(table, "n")} FOR UPDATE OF t`,
      };
    },
  };
}

// --- internal ---

let serial = 0;

const COMMITTED_AT = `pg_catalog.to_char((pg_catalog.pg_xact_commit_timestamp_origin(t.xmin)).timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

// A row of the transaction that is open was written by us a moment ago; of one too old to be known nobody else is accused.
function ours(originAt: number, isTracked: boolean): string {
  if (!isTracked) return `CASE WHEN $${originAt}::pg_catalog.text IS NULL THEN true END`;
  return `t.xmin = pg_catalog.pg_current_xact_id_if_assigned()::pg_catalog.xid
    OR coalesce((pg_catalog.pg_xact_commit_timestamp_origin(t.xmin)).roident
         = (SELECT roident FROM pg_catalog.pg_replication_origin WHERE roname = $${originAt}::pg_catalog.text), true)`;
}

function keyColumns(table: ResolvedTable): string[] {
  return table.key.map(({ targetSql }, place) => `${targetSql} AS ${quoteName(`key ${place}`)}`);
}

function keyRows(table: ResolvedTable, inputs: readonly number[], firstParameter: number): string {
  return `SELECT ${keyColumns(table).join(", ")} FROM (${sourceRows(table, inputs, firstParameter)}) AS ${quoteName(table.from.name)}`;
}

// Each column as both sides can write it, by its text, which every type has.
function wholeRows(table: ResolvedTable, inputs: readonly number[], firstParameter: number, filtered: boolean): string {
  const columns = table.columns.map(
    ({ sourceComparable }, place) => `(${sourceComparable})::pg_catalog.text AS ${quoteName(`is ${place}`)}`,
  );
  const where = filtered && table.where !== undefined ? ` WHERE (${table.where})` : "";
  const rows = `(${sourceRows(table, inputs, firstParameter)}) AS ${quoteName(table.from.name)}`;
  const list = filtered ? [...keyColumns(table), ...columns] : columns;
  return `SELECT ${list.join(", ")} FROM ${rows}${where}`;
}

function differing(table: ResolvedTable, rows: string): string {
  const compared = table.columns.map(
    ({ targetComparable }, place) =>
      `(${targetComparable})::pg_catalog.text IS DISTINCT FROM ${rows}.${quoteName(`is ${place}`)}`,
  );
  return `(${compared.join(" OR ")})`;
}

function sameKey(table: ResolvedTable, rows: string): string {
  return table.key
    .map(({ name }, place) => `t.${quoteName(name)} = ${rows}.${quoteName(`key ${place}`)}`)
    .join(" AND ");
}
