// While a stream writes as a replica, the target's foreign keys and deferrable constraints are not checked: each row was checked at the
// source. Before the target becomes the truth itself they are asked for, as sets: rows that refer to nothing, rows that are
// there twice, rows for which a check is false.

import type { StreamAddresses } from "../addresses.ts";
import { targetTables, type StreamPlan } from "../plan/stream-plan.ts";
import { formatTable, quoteName, quoteTable, type TableName } from "../postgres/quote.ts";
import { withSession, type Session } from "../postgres/session.ts";

/** A constraint of a target table that does not hold. `example` names one row by its primary key; values are left out. */
export type Violation = {
  table: string;
  constraint: string;
  kind: "foreign key" | "unique" | "check";
  rows: number;
  example: string | null;
};

/**
 * Asks whether every foreign key, check and deferrable unique constraint of the stream's target tables holds. Reads whole tables, in
 * one snapshot; an empty answer means that all hold.
 */
export async function findViolations(plan: StreamPlan, addresses: StreamAddresses): Promise<Violation[]> {
  const target = {
    url: addresses.apply,
    what: `The target "${plan.target}"`,
    application: `strangler constraints ${plan.name}`,
    settings: { statement_timeout: "0" },
  };
  return withSession(target, async (session) => {
    await session.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const violations: Violation[] = [];
    for (const constraint of await listConstraints(session, targetTables(plan))) {
      const violation = await findViolation(session, constraint);
      if (violation !== undefined) violations.push(violation);
    }
    await session.query("COMMIT");
    return violations;
  });
}

// --- internal ---

type Constraint = {
  table: TableName;
  name: string;
  kind: Violation["kind"];
  columns: string[];
  /** Of a foreign key. */
  references: TableName;
  referenced: string[];
  /** MATCH FULL: either all columns are null or none. */
  isFull: boolean;
  /** Of a check, as the server writes it. */
  expression: string;
  key: string[];
};

const KINDS: Record<string, Violation["kind"]> = { f: "foreign key", u: "unique", p: "unique", c: "check" };

const NAMES = (keys: string, relation: string) => `
  (SELECT coalesce(pg_catalog.json_agg(a.attname ORDER BY k.place), '[]') FROM pg_catalog.unnest(${keys}) WITH ORDINALITY AS k(attnum, place)
   JOIN pg_catalog.pg_attribute a ON a.attrelid = ${relation} AND a.attnum = k.attnum)`;

// Of a constraint that partitions have inherited, the parent's is enough.
const CONSTRAINTS = `
  SELECT n.nspname AS schema, c.relname AS name, o.conname, o.contype, ${NAMES("o.conkey", "o.conrelid")} AS columns,
         fn.nspname AS other_schema, f.relname AS other_name, ${NAMES("o.confkey", "o.confrelid")} AS referenced,
         o.confmatchtype = 'f' AS is_full, pg_catalog.pg_get_expr(o.conbin, o.conrelid) AS expression,
         (SELECT ${NAMES("i.indkey::pg_catalog.int2[]", "i.indrelid")} FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) AS key
  FROM pg_catalog.pg_constraint o
  JOIN pg_catalog.pg_class c ON c.oid = o.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_class f ON f.oid = o.confrelid LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
  WHERE (o.contype IN ('f', 'c') OR (o.contype IN ('u', 'p') AND o.condeferrable)) AND o.conparentid = 0
    AND c.oid IN (SELECT pg_catalog.to_regclass(t) FROM pg_catalog.unnest($1::pg_catalog.text[]) AS t)
  ORDER BY 1, 2, 3`;

async function listConstraints(session: Session, tables: readonly TableName[]): Promise<Constraint[]> {
  const { rows } = await session.query<Record<string, string | null>>(CONSTRAINTS, [tables.map(quoteTable)]);
  const names = (json: string | null | undefined) => JSON.parse(json ?? "[]") as string[];
  return rows.map((row) => ({
    table: { schema: row["schema"] ?? "", name: row["name"] ?? "" },
    name: row["conname"] ?? "",
    kind: KINDS[row["contype"] ?? ""] ?? "check",
    columns: names(row["columns"]),
    references: { schema: row["other_schema"] ?? "", name: row["other_name"] ?? "" },
    referenced: names(row["referenced"]),
    isFull: row["is_full"] === "t",
    expression: row["expression"] ?? "true",
    key: names(row["key"]),
  }));
}

async function findViolation(session: Session, constraint: Constraint): Promise<Violation | undefined> {
  const { table, name, kind, key } = constraint;
  const named = key.map((column) => `t.${quoteName(column)}::pg_catalog.text`);
  const example =
    named.length === 0 ? "NULL" : `pg_catalog.min(pg_catalog.json_build_array(${named.join(", ")})::pg_catalog.text)`;
  const { rows } = await session.query<{ count: string; example: string | null }>(
    `SELECT count(*), ${example} AS example FROM ${quoteTable(table)} AS t WHERE ${BROKEN[kind](constraint)}`,
  );
  const count = Number(rows[0]?.count ?? 0);
  if (count === 0) return undefined;
  const values = JSON.parse(rows[0]?.example ?? "[]") as string[];
  const row = key.map((column, place) => `${column} = ${values[place]}`).join(", ");
  return { table: formatTable(table), constraint: name, kind, rows: count, example: row === "" ? null : row };
}

/** When a row breaks the constraint. */
const BROKEN: Record<Violation["kind"], (constraint: Constraint) => string> = {
  "foreign key": ({ columns, references, referenced, isFull }) => {
    const pairs = columns.map((name, place) => `r.${quoteName(referenced[place] ?? "")} = t.${quoteName(name)}`);
    const given = columns.map((name) => `t.${quoteName(name)} IS NOT NULL`);
    const missing = `NOT EXISTS (SELECT FROM ${quoteTable(references)} AS r WHERE ${pairs.join(" AND ")})`;
    const half = `(${given.join(" OR ")}) AND NOT (${given.join(" AND ")})`;
    return isFull ? `(${given.join(" AND ")} AND ${missing}) OR (${half})` : `${given.join(" AND ")} AND ${missing}`;
  },
  unique: ({ table, columns }) => {
    const list = columns.map((name) => `t.${quoteName(name)}`).join(", ");
    const own = columns.map((name) => `d.${quoteName(name)}`).join(", ");
    return `(${list}) IN (SELECT ${own} FROM ${quoteTable(table)} AS d GROUP BY ${own} HAVING count(*) > 1)`;
  },
  check: ({ expression }) => `(${expression}) IS FALSE`,
};
