// From a change to what it touches: its row, the values of unique indexes that it takes or frees, and the rows that foreign keys of
// the target make it rely on. The target's catalog says which there are; the log's row holds the values.

import type { RowMessage } from "../capture/pgoutput.ts";
import { nextValue, TEXT } from "../capture/tuple.ts";
import type { FollowedTable } from "../apply/followed-table.ts";
import { valueAt } from "../apply/row-key.ts";
import type { ResolvedColumn, ResolvedTable } from "../catalog/resolved-table.ts";
import { formatTable, quoteName, type TableName } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import type { Mode, Touch } from "./touch.ts";

/** What the target's catalog says of keys beside the one that names the rows. */
export type KeyFacts = { uniques: readonly UniqueFact[]; foreignKeys: readonly ForeignKeyFact[] };
export type UniqueFact = { table: string; index: string; columns: readonly string[] };
export type ForeignKeyFact = {
  table: string;
  columns: readonly string[];
  references: string;
  referenced: readonly string[];
};

/** What a row's change touches, given to `take` one by one. */
export type TouchesOf = (message: RowMessage, table: FollowedTable, take: (touch: Touch) => void) => void;

/** Reads unique indexes and foreign keys among these target tables. */
export async function readKeyFacts(session: Session, tables: readonly TableName[]): Promise<KeyFacts> {
  const names = tables.map(formatTable);
  const uniques = await session.query<Record<"table" | "index" | "columns", string>>(UNIQUES, [names]);
  const foreign = await session.query<Record<"table" | "columns" | "references" | "referenced", string>>(FOREIGN_KEYS, [
    names,
  ]);
  return {
    uniques: uniques.rows.map((row) => ({ ...row, columns: parseNames(row.columns) })),
    foreignKeys: foreign.rows.map((row) => ({
      ...row,
      columns: parseNames(row.columns),
      referenced: parseNames(row.referenced),
    })),
  };
}

/** The space of a table's rows. */
export function rowSpace(table: TableName): string {
  return formatTable(table);
}

/** All spaces of a table, which a TRUNCATE touches whole. */
export function spacesOf(table: TableName, { uniques }: KeyFacts): string[] {
  const name = formatTable(table);
  return [name, ...uniques.filter((each) => each.table === name).map(({ index }) => `unique ${index}`)];
}

export function createTouchesOf(facts: KeyFacts, tables: readonly ResolvedTable[]): TouchesOf {
  const known = new WeakMap<FollowedTable, readonly Reader[]>();
  return (message, table, take) => {
    let readers = known.get(table);
    if (readers === undefined) {
      readers = createReaders(table, facts, tables);
      known.set(table, readers);
    }
    for (const reader of readers) readTouches(message, reader, take);
  };
}

// --- internal ---

// Places in the log's row whose values make the key; undefined where the values cannot be had or compared by their text.
type Reader = { space: string; places: readonly number[] | undefined; is: "row" | "unique" | "reference" };

const UNIQUES = `
  SELECT n.nspname || '.' || c.relname AS "table", i.indexrelid::pg_catalog.regclass::pg_catalog.text AS index,
         pg_catalog.json_agg(a.attname ORDER BY k.place) AS columns
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS k(attnum, place)
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0
  WHERE i.indisunique AND i.indisvalid AND k.place <= i.indnkeyatts AND n.nspname || '.' || c.relname = ANY ($1)
  GROUP BY 1, 2, i.indpred IS NULL`;

const FOREIGN_KEYS = `
  SELECT n.nspname || '.' || c.relname AS "table", fn.nspname || '.' || f.relname AS "references",
         (SELECT pg_catalog.json_agg(a.attname ORDER BY k.place) FROM pg_catalog.unnest(o.conkey) WITH ORDINALITY AS k(attnum, place)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.attnum) AS columns,
         (SELECT pg_catalog.json_agg(a.attname ORDER BY k.place) FROM pg_catalog.unnest(o.confkey) WITH ORDINALITY AS k(attnum, place)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.attnum) AS referenced
  FROM pg_catalog.pg_constraint o
  JOIN pg_catalog.pg_class c ON c.oid = o.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class f ON f.oid = o.confrelid JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
  WHERE o.contype = 'f' AND n.nspname || '.' || c.relname = ANY ($1) AND fn.nspname || '.' || f.relname = ANY ($1)`;

function parseNames(json: string): string[] {
  return (JSON.parse(json) as (string | null)[]).map((name) => name ?? "");
}

function createReaders(table: FollowedTable, facts: KeyFacts, tables: readonly ResolvedTable[]): Reader[] {
  const name = formatTable(table.resolved.to);
  const key = table.resolved.key.map((column) => column.name);
  const isOneSpelling = table.keyPlaces.every((place) => ONE_SPELLING.has(table.relation.columns[place]?.typeId ?? 0));
  const row: Reader = { space: name, places: isOneSpelling ? table.keyPlaces : undefined, is: "row" };
  const uniques = facts.uniques
    .filter((each) => each.table === name && !sameNames(each.columns, key))
    .map(({ index, columns }): Reader => ({ space: `unique ${index}`, places: placesOf(table, columns), is: "unique" }))
    // An index over an expression: two changes that meet in it are seen only when the target refuses the second.
    .filter(({ places }) => places !== undefined);
  const references = facts.foreignKeys
    .filter((each) => each.table === name)
    .map((each) => referenceReader(table, each, facts, tables));
  return [row, ...uniques, ...references];
}

// A child's values, in the order in which the parent's own key is written.
function referenceReader(
  table: FollowedTable,
  { columns, references, referenced }: ForeignKeyFact,
  { uniques }: KeyFacts,
  tables: readonly ResolvedTable[],
): Reader {
  const parents = tables.filter(({ to }) => formatTable(to) === references);
  const parentKey = parents[0]?.key.map(({ name }) => name) ?? [];
  const index = uniques.find((each) => each.table === references && sameNames(each.columns, referenced));
  const byKey = sameNames(parentKey, referenced);
  const order = byKey ? parentKey : (index?.columns ?? []);
  const space = byKey || index === undefined ? references : `unique ${index.index}`;
  const own = order.map((name) => columns[referenced.indexOf(name)] ?? "");
  return { space, places: own.length === 0 ? undefined : placesOf(table, own), is: "reference" };
}

function sameNames(one: readonly string[], other: readonly string[]): boolean {
  return one.length > 0 && [...one].sort().join("\0") === [...other].sort().join("\0");
}

function placesOf(table: FollowedTable, columns: readonly string[]): readonly number[] | undefined {
  const places = columns.map((name) => placeOf(table, name));
  return places.every((place) => place !== undefined) ? places : undefined;
}

function placeOf({ resolved, relation }: FollowedTable, name: string): number | undefined {
  const column = resolved.columns.find((each) => each.name === name);
  if (column === undefined || !isPlain(column)) return undefined;
  const place = relation.columns.findIndex((each) => each.name === column.inputs[0]);
  return ONE_SPELLING.has(relation.columns[place]?.typeId ?? 0) ? place : undefined;
}

function isPlain({ inputs, targetSql }: ResolvedColumn): boolean {
  const name = quoteName(inputs[0] ?? "");
  return inputs.length === 1 && (targetSql === name || targetSql.startsWith(`${name}::`));
}

// Types of which equal values have equal text: bool, bytea, "char", name, int8, int2, int4, text, oid, varchar, date, timestamp,
// timestamptz (in UTC), uuid. Of others (1.0 and 1.00 are one numeric) the whole space is touched.
const ONE_SPELLING: ReadonlySet<number> = new Set([16, 17, 18, 19, 20, 21, 23, 25, 26, 1043, 1082, 1114, 1184, 2950]);

function readTouches(message: RowMessage, { space, places, is }: Reader, take: (touch: Touch) => void): void {
  const before = message.old < 0 ? undefined : keyAt(message, message.old, places);
  const after = message.new < 0 ? undefined : keyAt(message, message.new, places);
  if (is === "row") {
    const renamed = message.op === "update" && message.old >= 0 && (before !== after || places === undefined);
    const mode: Mode = message.op === "update" && !renamed ? 2 : 3;
    if (message.new >= 0) take({ space, key: after ?? undefined, mode });
    if (message.old >= 0 && (renamed || message.new < 0)) take({ space, key: before ?? undefined, mode });
    return;
  }
  const mode: Mode = is === "unique" ? 3 : 1;
  const oldIsTold = message.oldIs === "full";
  if (oldIsTold && message.new >= 0 && before === after) return;
  if (message.new >= 0 && after !== null) take({ space, key: after, mode });
  if (oldIsTold && before !== null) take({ space, key: before, mode });
}

// undefined: the whole space; null: a null is among the values, which is equal to nothing and refers to nothing.
function keyAt({ bytes }: RowMessage, at: number, places: readonly number[] | undefined): string | null | undefined {
  if (places === undefined) return undefined;
  let key = "";
  for (const place of places) {
    const start = valueAt(bytes, at, place);
    if (bytes[start] !== TEXT) return null;
    const text = bytes.toString("latin1", start + 5, nextValue(bytes, start));
    key += places.length === 1 ? text : `${text.length}:${text}`;
  }
  return key;
}
