// The tables of the simulated world: small, and each with what makes replication hard. `parcels` has a value that lies apart and
// fills two target tables; `labels` has a key of two columns and a second unique column whose values are swapped; `ledgers` tells its whole
// old row; `elsewhere` is not published, and only makes the log longer.

import type { Relation } from "../../cdc/src/capture/pgoutput.ts";
import type { Input, ResolvedTable } from "../../cdc/src/catalog/resolved-table.ts";
import { formatTable, quoteName } from "../../cdc/src/postgres/quote.ts";

/** A row as both sides store it: text by place of the column. */
export type Row = readonly (string | null)[];

export type SourceTable = {
  name: string;
  columns: readonly string[];
  /** Places of the key's columns. */
  key: readonly number[];
  /** Place of a column whose values are unique beside the key's. */
  unique: number | undefined;
  /** Places of columns whose large values lie apart. */
  apart: readonly number[];
  identity: "default" | "full";
  relation: Relation;
};

// pg_type.oid, the same on every server.
const INT4 = 23;
const TEXT = 25;

export const PARCELS = table(1, "parcels", ["id", "weight", "note"], { keys: 1, apart: [2] });
export const LABELS = table(2, "labels", ["shelf", "place", "code"], { keys: 2, unique: 2 });
export const LEDGERS = table(3, "ledgers", ["id", "amount", "memo"], { keys: 1, apart: [2], identity: "full" });
export const SOURCE_TABLES: readonly SourceTable[] = [PARCELS, LABELS, LEDGERS];

export type TargetTable = {
  name: string;
  from: SourceTable;
  columns: readonly string[];
  /** By column: its place in the source's row. */
  places: readonly number[];
  key: readonly number[];
  unique: number | undefined;
  resolved: ResolvedTable;
};

export const TARGET_TABLES: readonly TargetTable[] = [
  target("parcels", PARCELS, ["id", "weight"]),
  target("parcel_notes", PARCELS, ["id", "note"]),
  target("labels", LABELS, ["shelf", "place", "code"]),
  target("ledgers", LEDGERS, ["id", "amount", "memo"]),
];

/** What names a row among those of its table. */
export function keyOf({ key }: { key: readonly number[] }, row: Row): string {
  return key.length === 1 ? String(row[key[0] as number]) : key.map((place) => String(row[place])).join("/");
}

/** A source row as this target table holds it. */
export function project({ places }: TargetTable, row: Row): Row {
  return places.map((place) => row[place] ?? null);
}

// --- internal ---

type Special = { keys: number; unique?: number; apart?: readonly number[]; identity?: "full" };

function table(id: number, name: string, columns: readonly string[], special: Special): SourceTable {
  const { keys, unique, apart = [], identity = "default" } = special;
  return {
    name,
    columns,
    key: columns.slice(0, keys).map((_, place) => place),
    unique,
    apart,
    identity,
    relation: {
      id: 16_384 + id,
      schema: "public",
      name,
      replicaIdentity: identity,
      columns: columns.map((column, place) => ({
        name: column,
        typeId: place < keys ? INT4 : TEXT,
        typeModifier: -1,
        isKey: identity === "full" || place < keys,
      })),
    },
  };
}

function target(name: string, from: SourceTable, columns: readonly string[]): TargetTable {
  const places = columns.map((column) => from.columns.indexOf(column));
  const resolved = resolve(name, from, places);
  const placeOfUnique = from.unique === undefined ? -1 : places.indexOf(from.unique);
  return {
    name,
    from,
    columns,
    places,
    key: from.key.map((place) => places.indexOf(place)),
    unique: placeOfUnique < 0 ? undefined : placeOfUnique,
    resolved,
  };
}

function resolve(name: string, from: SourceTable, places: readonly number[]): ResolvedTable {
  const inputs = places.map((place) => input(from, place));
  const columns = inputs.map(({ name: column, sourceType }) => {
    const sql = quoteName(column);
    const same = { sourceComparable: sql, targetComparable: sql, sourceSql: sql, targetSql: sql };
    return { name: column, type: sourceType, sortsAlike: true, inputs: [column], ...same };
  });
  const key = columns.slice(0, from.key.length);
  return {
    from: { schema: "public", name: from.name },
    fromId: from.relation.id,
    to: { schema: "public", name },
    inputs,
    columns,
    key,
    sourceKey: key,
  };
}

function input(from: SourceTable, place: number): Input {
  const type = from.key.includes(place) ? "pg_catalog.int4" : "pg_catalog.text";
  return {
    name: from.columns[place] as string,
    typeId: from.key.includes(place) ? INT4 : TEXT,
    sourceType: type,
    type,
    mayLieApart: from.apart.includes(place),
  };
}

/** The tables as the stream's position names them. */
export const TABLE_NAMES: readonly string[] = TARGET_TABLES.map(({ resolved }) => formatTable(resolved.to));
