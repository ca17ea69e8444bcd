// Values of every type that a server has: edges that are known to hurt, and as many more as are asked for, drawn from a seed. The types
// are taken from the running server's catalog, so that none can be forgotten: one without a generator is an error. Which texts are
// values at all is for the server to say.

import { createWriters, type Write } from "./value-writers.ts";

export type Ask = (sql: string, values?: unknown[]) => Promise<Record<string, string | null>[]>;

/** A type as SQL writes it, and texts that the server has taken for its values. */
export type TypeValues = { type: string; values: readonly string[] };

/** Types of a database's own, which both sides must have. */
export const OWN_TYPES = `
  CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'süß "quoted"', ' ');
  CREATE DOMAIN short_text AS text CHECK (length(VALUE) < 8);
  CREATE DOMAIN positive AS numeric(12,3) NOT NULL CHECK (VALUE > 0);
  CREATE TYPE address AS (street text, "zip code" int, since timestamptz, moods mood[]);
  CREATE TYPE moment_range AS RANGE (subtype = timestamp);
  CREATE TYPE text_range AS RANGE (subtype = text, collation = "C")`;

/** Types that no column can hold a given value of, and why. */
export const NO_VALUES: Readonly<Record<string, string>> = {
  pg_node_tree: "has no input",
  pg_ndistinct: "has no input",
  pg_dependencies: "has no input",
  pg_mcv_list: "has no input",
  pg_brin_bloom_summary: "has no input",
  pg_brin_minmax_multi_summary: "has no input",
  gtsvector: "has no input",
  cstring: "is no type of a column",
};

/** Types with a length, a precision or fields, beside those of the catalog. */
const LIMITED: readonly (readonly [type: string, like: string])[] = [
  ["character varying(20)", "varchar"],
  ["character(5)", "bpchar"],
  ["bit(3)", "bit"],
  ["bit varying(8)", "varbit"],
  ["numeric(10,3)", "numeric"],
  ["numeric(6,-2)", "numeric"],
  ["timestamp(0)", "timestamp"],
  ["timestamptz(3)", "timestamptz"],
  ["time(2)", "time"],
  ["interval day to second(3)", "interval"],
  ["interval year to month", "interval"],
];

/**
 * The types that both servers have, each with about `count(type)` values. The same seed gives the same values. Throws when a type
 * has no generator, or none of its texts is a value.
 */
export async function generateValues(
  source: Ask,
  target: Ask,
  { seed, count }: { seed: number; count: (type: string) => number },
): Promise<TypeValues[]> {
  await source(TRY_CAST);
  const [{ role = "" } = {}] = await source("SELECT current_user AS role");
  const onTarget = new Set((await target(TYPES)).map(({ type }) => type));
  const types = (await source(TYPES)).filter(({ type }) => onTarget.has(type ?? "")) as RawType[];
  const writers = createWriters(types, seed, role ?? "");
  const wanted: [string, Write][] = [
    ...types
      .filter(({ name, elem }) => !(name in NO_VALUES) && !((elem ?? "") in NO_VALUES))
      .map(({ type, name }): [string, Write] => [type, writers(name)]),
    ...LIMITED.map(([type, like]): [string, Write] => [type, writers(like)]),
  ];
  const found: TypeValues[] = [];
  for (const [type, write] of wanted) {
    const texts = [...new Set(Array.from({ length: count(type) }, (_, place) => write(place)))];
    const rows = await source("SELECT text FROM unnest($1::text[]) AS text WHERE try_value(text, $2)", [texts, type]);
    if (rows.length === 0) throw new Error(`no value of ${type} was taken, such as ${texts.slice(0, 3).join(" or ")}`);
    found.push({ type, values: rows.map(({ text }) => text ?? "") });
  }
  return found;
}

// --- internal ---

export type RawType = {
  type: string;
  name: string;
  kind: string;
  elem: string | null;
  delimiter: string;
  subtype: string | null;
};

const TYPES = `
  SELECT pg_catalog.format_type(t.oid, NULL) AS type, t.typname AS name, t.typtype AS kind, e.typname AS elem, t.typdelim AS delimiter,
         coalesce(s.typname, m.typname) AS subtype
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
  LEFT JOIN pg_range r ON r.rngtypid = t.oid LEFT JOIN pg_type s ON s.oid = r.rngsubtype
  LEFT JOIN pg_range x ON x.rngmultitypid = t.oid LEFT JOIN pg_type m ON m.oid = x.rngtypid
  WHERE n.nspname IN ('pg_catalog', 'public') AND t.typtype <> 'p' AND t.typisdefined
    AND (t.typrelid = 0 OR (SELECT relkind FROM pg_class WHERE oid = t.typrelid) = 'c')
    AND (e.oid IS NULL OR e.typrelid = 0 OR (SELECT relkind FROM pg_class WHERE oid = e.typrelid) = 'c')
  ORDER BY n.nspname, t.oid`;

// A few values can be made that no server reads back from its own text (a timestamp rounded past the last year): nothing carries these.
const TRY_CAST = `
  CREATE OR REPLACE FUNCTION try_value(value text, type text) RETURNS boolean LANGUAGE plpgsql
  SET timezone = 'UTC' SET datestyle = 'ISO' SET intervalstyle = 'postgres' SET extra_float_digits = 3 SET bytea_output = 'hex' AS $$
  DECLARE written text;
  BEGIN
    EXECUTE pg_catalog.format('SELECT $1::%1$s::text::%1$s::text', type) INTO written USING value;
    RETURN written IS NOT NULL;
  EXCEPTION WHEN OTHERS THEN RETURN false;
  END $$`;
