import type { Session } from "../postgres/session.ts";
import { formatTable, type TableName } from "../postgres/quote.ts";

/** What a database's catalog says of one table. */
export type TableFacts = TableName & {
  id: number;
  kind: "table" | "partitioned" | "other";
  replicaIdentity: "default" | "nothing" | "full" | "index";
  columns: readonly ColumnFacts[];
  uniqueKeys: readonly UniqueKey[];
  references: readonly Reference[];
  /** The table that this one is a partition of, through all levels; absent for others. */
  partitionOf?: TableName;
};

export type ColumnFacts = {
  name: string;
  typeId: number;
  /** As SQL writes it, with schema and without length: "pg_catalog"."varchar". */
  type: string;
  typeModifier: number;
  /** For people: character varying(20). */
  typeLabel: string;
  /** Sorts by bytes, the same on every server; false for a text in some language's order. */
  sortsByBytes: boolean;
  notNull: boolean;
  isGenerated: boolean;
  /** GENERATED ALWAYS AS IDENTITY: given numbers are taken by INSERT ... OVERRIDING, and never by UPDATE. */
  alwaysNumbered: boolean;
  hasDefault: boolean;
  /** Whether a large value may be stored apart from its row, so that the log leaves it out when it did not change. */
  mayLieApart: boolean;
};

export type UniqueKey = {
  columns: readonly string[];
  isPrimary: boolean;
  isReplicaIdentity: boolean;
  /** Not DEFERRABLE: only such a key can decide whether a row is there already. */
  isImmediate: boolean;
};

/** A foreign key to another table. */
export type Reference = {
  columns: readonly string[];
  table: TableName;
  /** The columns that `columns` refer to, in the same order. */
  referenced: readonly string[];
  /** It holds at every moment: checked for all rows, and at the end of each statement. */
  isSure: boolean;
};

/** The table, or undefined when there is none of that name (or none that the role may see). */
export async function findTable(session: Session, table: TableName): Promise<TableFacts | undefined> {
  const found = await session.query<RawTable>(TABLE, [table.schema, table.name]);
  const row = found.rows[0];
  if (row === undefined) return undefined;
  const columns = await session.query<RawColumn>(COLUMNS, [row.id]);
  const keys = await session.query<RawKey>(UNIQUE_KEYS, [row.id]);
  const references = await session.query<RawReference>(REFERENCES, [row.id]);
  return {
    ...table,
    id: Number(row.id),
    kind: KINDS[row.kind] ?? "other",
    replicaIdentity: IDENTITIES[row.identity] ?? "nothing",
    columns: columns.rows.map(readColumn),
    uniqueKeys: keys.rows.map(readKey),
    references: references.rows.map(readReference),
    ...(row.root_name === null ? {} : { partitionOf: { schema: row.root_schema ?? "", name: row.root_name } }),
  };
}

/** Tables whose name is near, for a suggestion. */
export async function listTables(session: Session): Promise<string[]> {
  const { rows } = await session.query<{ schema: string; name: string }>(
    `SELECT n.nspname AS schema, c.relname AS name FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
     ORDER BY 1, 2`,
  );
  return rows.map(formatTable);
}

/** Which of these types (written with schema) this database knows. */
export async function knownTypes(session: Session, types: readonly string[]): Promise<Set<string>> {
  const { rows } = await session.query<{ type: string }>(
    `SELECT wanted.type FROM pg_catalog.unnest($1::pg_catalog.text[]) AS wanted(type)
     WHERE pg_catalog.to_regtype(wanted.type) IS NOT NULL`,
    [types],
  );
  return new Set(rows.map(({ type }) => type));
}

/**
 * Whether a large value of such a column may be stored apart from its row. It moves out only if it is larger than the pointer that stays
 * behind (TOAST_POINTER_SIZE, 18 bytes, aligned to 24 in toast_helper.c), so a declared length can rule it out. Pure.
 */
export function mayLieApart({
  storage,
  type_name,
  type_modifier,
}: Pick<RawColumn, "storage" | "type_name" | "type_modifier">): boolean {
  if (storage === "p") return false;
  const modifier = Number(type_modifier);
  if (modifier < 0) return true;
  const header = 4;
  if (type_name === "bpchar" || type_name === "varchar") return (modifier - header) * 4 + header > 24;
  // Four digits in two bytes, and eight bytes of sign, scale and weight at most.
  if (type_name === "numeric") return Math.ceil((((modifier - header) >> 16) & 0xffff) / 4) * 2 + 4 + header + 4 > 24;
  return true;
}

// --- internal ---

type RawTable = {
  id: string;
  kind: string;
  identity: string;
  root_schema: string | null;
  root_name: string | null;
};
type RawReference = { columns: string; schema: string; name: string; referenced: string; is_sure: string };
type RawColumn = {
  name: string;
  type_id: string;
  type: string;
  type_modifier: string;
  type_label: string;
  by_bytes: string;
  not_null: string;
  generated: string;
  identity: string;
  has_default: string;
  storage: string;
  type_name: string;
};
type RawKey = { columns: string; is_primary: string; is_identity: string; is_immediate: string };

const KINDS: Record<string, TableFacts["kind"]> = { r: "table", p: "partitioned" };
const IDENTITIES: Record<string, TableFacts["replicaIdentity"]> = {
  d: "default",
  n: "nothing",
  f: "full",
  i: "index",
};

const TABLE = `
  SELECT c.oid AS id, c.relkind AS kind, c.relreplident AS identity, rn.nspname AS root_schema, r.relname AS root_name
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_class r ON c.relispartition AND r.oid = pg_catalog.pg_partition_root(c.oid)
  LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
  WHERE n.nspname = $1 AND c.relname = $2`;

const COLUMNS = `
  SELECT a.attname AS name, a.atttypid AS type_id, a.atttypmod AS type_modifier,
         pg_catalog.quote_ident(tn.nspname) || '.' || pg_catalog.quote_ident(t.typname) AS type,
         t.typname AS type_name,
         pg_catalog.format_type(a.atttypid, a.atttypmod) AS type_label,
         a.attcollation = 0 OR coalesce(nullif(co.collcollate, ''), d.datcollate) IN ('C', 'POSIX') AND
           coalesce(nullif(co.collprovider::text, 'd'), pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c') = 'c' AS by_bytes,
         a.attnotnull AS not_null, a.attgenerated AS generated, a.attidentity AS identity, a.attstorage AS storage,
         a.atthasdef OR a.attidentity <> '' AS has_default
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
  JOIN pg_catalog.pg_database d ON d.datname = current_database()
  LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
  WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
  ORDER BY a.attnum`;

const UNIQUE_KEYS = `
  SELECT pg_catalog.json_agg(a.attname ORDER BY k.place) AS columns, i.indisprimary AS is_primary,
         i.indisreplident AS is_identity, i.indimmediate AS is_immediate
  FROM pg_catalog.pg_index i
  CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS k(attnum, place)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
  WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
    AND k.place <= i.indnkeyatts
  GROUP BY i.indexrelid, i.indisprimary, i.indisreplident, i.indimmediate
  ORDER BY i.indisprimary DESC, i.indexrelid`;

const REFERENCES = `
  SELECT n.nspname AS schema, c.relname AS name, k.convalidated AND NOT k.condeferrable AS is_sure,
         pg_catalog.json_agg(a.attname ORDER BY p.place) AS columns, pg_catalog.json_agg(b.attname ORDER BY p.place) AS referenced
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.confrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey)) WITH ORDINALITY AS p(own, other, place)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.own
  JOIN pg_catalog.pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = p.other
  WHERE k.conrelid = $1 AND k.contype = 'f'
  GROUP BY k.oid, n.nspname, c.relname, k.convalidated, k.condeferrable
  ORDER BY k.oid`;

function readColumn(row: RawColumn): ColumnFacts {
  return {
    name: row.name,
    typeId: Number(row.type_id),
    type: row.type,
    typeModifier: Number(row.type_modifier),
    typeLabel: row.type_label,
    sortsByBytes: row.by_bytes === "t",
    notNull: row.not_null === "t",
    isGenerated: row.generated !== "",
    alwaysNumbered: row.identity === "a",
    hasDefault: row.has_default === "t",
    mayLieApart: mayLieApart(row),
  };
}

function readKey(row: RawKey): UniqueKey {
  return {
    columns: JSON.parse(row.columns) as string[],
    isPrimary: row.is_primary === "t",
    isReplicaIdentity: row.is_identity === "t",
    isImmediate: row.is_immediate === "t",
  };
}

function readReference(row: RawReference): Reference {
  return {
    columns: JSON.parse(row.columns) as string[],
    table: { schema: row.schema, name: row.name },
    referenced: JSON.parse(row.referenced) as string[],
    isSure: row.is_sure === "t",
  };
}
