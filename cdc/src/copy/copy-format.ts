import type { ResolvedColumn, ResolvedTable } from "../catalog/resolved-table.ts";
import { quoteName } from "../postgres/quote.ts";
import type { CopyFormat } from "./chunk-store.ts";

/**
 * How a table's rows travel. In the server's binary form when every column is a plain one of a built-in type, the same on both
 * sides, whose binary form means the same to every server from 15 to 18 in every encoding; else as text. COPY has one form for all
 * columns. A length or precision that differs does no harm: the receiving server applies its own to either form.
 */
export function copyFormat(table: ResolvedTable): CopyFormat {
  return table.columns.every((column) => travelsInBinary(table, column)) ? "binary" : "text";
}

// --- internal ---

function travelsInBinary({ inputs }: ResolvedTable, { sourceSql, type, inputs: [name = ""] }: ResolvedColumn): boolean {
  const source = inputs.find((input) => input.name === name);
  return sourceSql === quoteName(name) && source?.sourceType === type && BINARY_TYPES.has(unquoted(type));
}

// Left out, each for a reason: interval (17 knows an infinite one, which 15 would take for a finite one), "char" and name (bytes
// that are not converted between encodings), xml (its declaration is rewritten), reg* (numbers that mean nothing elsewhere), ranges,
// text search and the types of extensions (nothing says that their form will stay).
const SCALARS = [
  ...["bool", "int2", "int4", "int8", "float4", "float8", "numeric", "money", "oid", "pg_lsn"],
  ...["text", "varchar", "bpchar", "bytea", "json", "jsonb", "uuid", "bit", "varbit"],
  ...["date", "time", "timetz", "timestamp", "timestamptz"],
  ...["inet", "cidr", "macaddr", "macaddr8", "point", "line", "lseg", "box", "path", "polygon", "circle"],
];

// An array's form names its elements' type by number, and a built-in type has the same number everywhere.
const BINARY_TYPES = new Set(SCALARS.flatMap((name) => [`pg_catalog.${name}`, `pg_catalog._${name}`]));

// A type whose name is a word of SQL, such as numeric, is written in quotes.
function unquoted(type: string): string {
  return type.replaceAll('"', "");
}
