// What the source's catalog knows of the tables that the log does not say: which columns are the primary key, which may be null, what
// they begin with, and what their types are made of. Read once at the beginning; a table that is altered later announces itself in
// the log, and a type that is not known then ends the session, whose next attempt reads all of this anew.

import type { TableName } from "../../postgres/quote.ts";
import type { Session } from "../../postgres/session.ts";
import type { TypeFacts } from "./values/column-types.ts";

export type SourceColumn = { name: string; isNotNull: boolean; default: string | null };

export type SourceTable = TableName & {
  columns: ReadonlyMap<string, SourceColumn>;
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

async function readTable(session: Session, { schema, name }: TableName): Promise<SourceTable> {
  const { rows } = await session.query<{ name: string; notnull: string; value: string | null; place: string | null }>(
    `SELECT a.attname AS name, a.attnotnull AS notnull, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS value,
            pg_catalog.array_position(i.indkey::pg_catalog.int2[], a.attnum) AS place
     FROM pg_catalog.pg_attribute a
     JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum AND a.attgenerated = ''
     LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
     WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [schema, name],
  );
  const columns = rows.map((row) => ({ name: row.name, isNotNull: row.notnull === "t", default: row.value }));
  const key = rows.filter(({ place }) => place !== null);
  return {
    schema,
    name,
    columns: new Map(columns.map((column) => [column.name, column])),
    primaryKey: key.sort((one, other) => Number(one.place) - Number(other.place)).map((row) => row.name),
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
