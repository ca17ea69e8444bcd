// A row as one text that no other row has, made by the server from its own texts of the values, so that nothing is compared by
// what a type takes for equal: 1.0 and 1.00, '1 mon' and '30 days', -0 and 0 stay apart, and types of a database's own are compared
// as people see them. concat_ws (PostgreSQL's manual, 9.4) takes every value through its output function, which is what COPY does, and
// leaves nulls out. So that two rows never become one text:
//
//   nulls           are told by a first text "!tff...", which is there only when there is one
//   closed values   (numbers, times, ...) have no comma in their text and do not begin with "!"; the next comma ends them
//   all others      come as one ROW(...): record_out quotes what could be mistaken, "" is empty, nothing is null
//   strings         come after their length in bytes, except for the last, behind which nothing comes

import type { ResolvedColumn } from "../catalog/resolved-table.ts";

/** A column's type, and what it is computed by on one side. */
export type TextColumn = Pick<ResolvedColumn, "type"> & { sql: string };

/** SQL for a text that is the same on two servers exactly when all values' texts are. Pure. */
export function rowText(columns: readonly TextColumn[], { sameEncoding }: { sameEncoding: boolean }): string {
  const of = (wanted: Kind) =>
    columns.filter(({ type }) => kindOf(type, sameEncoding) === wanted).map(({ sql }) => sql);
  const [closed, open, strings] = [of("closed"), of("open"), of("string")];
  const last = strings.length - 1;
  return join([
    ...(closed.length + strings.length === 0 ? [] : [nulls([...closed, ...strings])]),
    ...closed,
    ...(open.length === 0 ? [] : [`ROW(${open.join(", ")})`]),
    ...strings.flatMap((sql, place) => (place === last ? [sql] : [`pg_catalog.octet_length(${sql})`, sql])),
  ]);
}

// --- internal ---

type Kind = "closed" | "string" | "open";

// A length in bytes says nothing to a server that writes its texts in another encoding.
function kindOf(type: string, sameEncoding: boolean): Kind {
  // A type whose name is a key word comes in quotes: pg_catalog."numeric".
  const name = type.replaceAll('"', "");
  if (CLOSED.has(name)) return "closed";
  return sameEncoding && STRINGS.has(name) ? "string" : "open";
}

const CLOSED: ReadonlySet<string> = new Set(
  [
    ...[
      "bool",
      "int2",
      "int4",
      "int8",
      "oid",
      "float4",
      "float8",
      "numeric",
      "uuid",
      "bytea",
      "bit",
      "varbit",
      "pg_lsn",
    ],
    ...["date", "time", "timetz", "timestamp", "timestamptz", "interval", "inet", "cidr", "macaddr", "macaddr8"],
  ].map((name) => `pg_catalog.${name}`),
);

const STRINGS: ReadonlySet<string> = new Set(["text", "varchar", "bpchar"].map((name) => `pg_catalog.${name}`));

function nulls(values: readonly string[]): string {
  const flags = values.map((sql) => `(${sql}) IS NULL`);
  const some = inParts(values).map((part) => `pg_catalog.num_nulls(${part.join(", ")})`);
  return `CASE WHEN ${some.join(" + ")} > 0 THEN ${concat("concat(", ["'!'", ...flags])} END`;
}

function join(parts: readonly string[]): string {
  return concat("concat_ws(',', ", parts);
}

/** A function takes 100 arguments at most (FUNC_MAX_ARGS). */
const MOST_ARGUMENTS = 90;

function concat(call: string, parts: readonly string[]): string {
  const calls = inParts(parts).map((part) => `pg_catalog.${call}${part.join(", ")})`);
  return calls.length === 1 ? (calls[0] ?? "") : concat(call, calls);
}

function inParts(all: readonly string[]): string[][] {
  const parts: string[][] = [];
  for (let from = 0; from < all.length; from += MOST_ARGUMENTS) parts.push(all.slice(from, from + MOST_ARGUMENTS));
  return parts;
}
