// What the source's catalog knows of the tables that the log does not say: which columns are the primary key, which may be null, what
// they begin with, and what their types are made of. Read once at the beginning; a table that is altered later announces itself in
// the log, and a type that is not known then ends the session, whose next attempt reads all of this anew.

import type { Relation } from "../../capture/pgoutput.ts";
import type { TableName } from "../../postgres/quote.ts";
import type { Session } from "../../postgres/session.ts";
import type { TypeFacts } from "./values/column-types.ts";

export type SourceColumn = { name: string; isNotNull: boolean; default: string | null };

export type SourceTable = TableName & {
  columns: ReadonlyMap<string, SourceColumn>;
  /** The table as the log announces it. */
  relation: Relation;
  isPartitioned: boolean;
  /** In the key's own order; empty without one. */
  primaryKey: readonly string[];
};

export type SourceCatalog = {
  tables: readonly SourceTable[];
  /** By OID. */
  types: ReadonlyMap<number, TypeFacts>;
};

export async function readSourceCatalog(session: Session, tables: readonly TableName[]): Promise<SourceCatalog> {
  const types = await readTypes(session);
  const found: SourceTable[] = [];
  for (const table of tables) found.push(await readTable(session, table));
  return { tables: found, types };
}

// --- internal ---

type ColumnRow = {
  name: string;
  notnull: string;
  value: string | null;
  place: string | null;
  type: string;
  typmod: string;
  generated: string;
  identity: string;
  relation: string;
  relident: string;
  relkind: string;
};

async function readTable(session: Session, { schema, name }: TableName): Promise<SourceTable> {
  const { rows } = await session.query<ColumnRow>(
    `SELECT a.attname AS name, a.attnotnull AS notnull, a.atttypid AS type, a.atttypmod AS typmod, a.attgenerated <> '' AS generated,
            CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS value,
            pg_catalog.array_position(p.indkey::pg_catalog.int2[], a.attnum) AS place,
            c.relreplident = 'f' OR coalesce(a.attnum = ANY (CASE c.relreplident WHEN 'd' THEN p.indkey WHEN 'i' THEN r.indkey END), false) AS identity,
            c.oid AS relation, c.relreplident AS relident, c.relkind
     FROM pg_catalog.pg_attribute a
     JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     LEFT JOIN pg_catalog.pg_index p ON p.indrelid = c.oid AND p.indisprimary
     LEFT JOIN pg_catalog.pg_index r ON r.indrelid = c.oid AND r.indisreplident
     WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [schema, name],
  );
  const key = rows.filter(({ place }) => place !== null);
  return {
    schema,
    name,
    columns: new Map(
      rows.map((row) => [row.name, { name: row.name, isNotNull: row.notnull === "t", default: row.value }]),
    ),
    relation: relationOf({ schema, name }, rows),
    isPartitioned: rows[0]?.relkind === "p",
    primaryKey: key.sort((one, other) => Number(one.place) - Number(other.place)).map((row) => row.name),
  };
}

const IDENTITIES: Readonly<Record<string, Relation["replicaIdentity"]>> = { d: "default", f: "full", i: "index" };

// The log leaves out what the server computes.
function relationOf(table: TableName, rows: readonly ColumnRow[]): Relation {
  return {
    id: Number(rows[0]?.relation ?? 0),
    ...table,
    replicaIdentity: IDENTITIES[rows[0]?.relident ?? ""] ?? "nothing",
    columns: rows
      .filter(({ generated }) => generated !== "t")
      .map(({ name, type, typmod, identity }) => ({
        name,
        typeId: Number(type),
        typeModifier: Number(typmod),
        isKey: identity === "t",
      })),
  };
}

type TypeRow = {
  oid: string;
  schema: string;
  name: string;
  kind: string;
  element: string | null;
  base: string;
  typmod: string;
  labels: string | null;
};

async function readTypes(session: Session): Promise<Map<number, TypeFacts>> {
  const { rows } = await session.query<TypeRow>(
    `SELECT t.oid, n.nspname AS schema, t.typname AS name, t.typtype AS kind, e.oid AS element, t.typbasetype AS base, t.typtypmod AS typmod,
            (SELECT pg_catalog.json_agg(l.enumlabel ORDER BY l.enumsortorder) FROM pg_catalog.pg_enum l WHERE l.enumtypid = t.oid) AS labels
     FROM pg_catalog.pg_type t
     JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
     LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
     WHERE t.typtype <> 'p'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = coalesce(nullif(t.typrelid, 0), e.typrelid) AND c.relkind <> 'c')`,
  );
  const byOid = new Map(rows.map((row) => [Number(row.oid), row]));
  const types = new Map<number, TypeFacts>();
  const resolve = (oid: number): TypeFacts | undefined => {
    const known = types.get(oid);
    const row = byOid.get(oid);
    if (known !== undefined || row === undefined) return known;
    const base = Number(row.base) === 0 ? undefined : resolve(Number(row.base));
    const type: TypeFacts = {
      schema: row.schema,
      name: row.name,
      kind: row.kind,
      element: row.element === null ? undefined : resolve(Number(row.element)),
      base: base === undefined ? undefined : { type: base, typeModifier: Number(row.typmod) },
      labels: row.labels === null ? [] : (JSON.parse(row.labels) as string[]),
    };
    types.set(oid, type);
    return type;
  };
  for (const oid of byOid.keys()) resolve(oid);
  return types;
}
