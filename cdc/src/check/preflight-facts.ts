// What a server says of itself that a stream's life depends on. Read at the edge, judged in preflight.ts.

import { statfs } from "node:fs/promises";
import { errorCode } from "@strangler/platform";
import { quoteTable, type TableName } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";

export type PreflightFacts = {
  version: number;
  role: string;
  database: string;
  /** By name, in the units of pg_settings (kB, ms, MB). Those that the server does not have, or the role may not see, are absent. */
  settings: Readonly<Record<string, string>>;
  slots: { used: number; limit: number; physical: number };
  senders: { used: number; limit: number };
  encoding: string;
  /** The database's collation and its version, as made and as the system has it now; null where the system gives none. */
  collation: { name: string; version: string | null; actualVersion: string | null };
  /** Transactions that write, or might, and are older than a minute. */
  longTransactions: readonly { pid: number; database: string; user: string; seconds: number }[];
  preparedTransactions: readonly { name: string; database: string; seconds: number }[];
  /** Whether a slot can be helped to let go of the log (pg_log_standby_snapshot); undefined before PostgreSQL 16. */
  mayLogSnapshot: boolean | undefined;
  tables: readonly TableState[];
  extensions: readonly string[];
  /** Bytes free on the disk of the server's files; undefined where that cannot be known from here. */
  freeBytes: number | undefined;
};

export type TableState = TableName & {
  kind: string;
  isUnlogged: boolean;
  bytes: number;
  /** Extensions whose types its columns have. */
  needsExtensions: readonly string[];
};

export async function readPreflightFacts(
  session: Session,
  tables: readonly TableName[],
  isOnThisMachine: boolean,
): Promise<PreflightFacts> {
  const settings = await readSettings(session);
  const { rows } = await session.query<Record<string, string | null>>(SERVER);
  const row = rows[0] ?? {};
  const count = (name: string) => Number(row[name] ?? 0);
  return {
    version: count("version"),
    role: row["role"] ?? "",
    database: row["database"] ?? "",
    settings,
    slots: { used: count("slots"), limit: count("slot_limit"), physical: count("physical") },
    senders: { used: count("senders"), limit: count("sender_limit") },
    encoding: row["encoding"] ?? "",
    collation: {
      name: row["collation"] ?? "",
      version: row["collation_version"] ?? null,
      actualVersion: row["actual_version"] ?? null,
    },
    longTransactions: parse(row["long"]),
    preparedTransactions: parse(row["prepared"]),
    mayLogSnapshot: row["may_log"] === undefined || row["may_log"] === null ? undefined : row["may_log"] === "t",
    tables: await readTables(session, tables),
    extensions: parse(row["extensions"]),
    freeBytes: isOnThisMachine ? await readFreeBytes(settings["data_directory"]) : undefined,
  };
}

// --- internal ---

const SETTINGS = [
  "wal_level",
  "wal_sender_timeout",
  "max_slot_wal_keep_size",
  "logical_decoding_work_mem",
  "max_prepared_transactions",
  "synchronized_standby_slots",
  "idle_replication_slot_timeout",
  "data_directory",
];

const SERVER = `
  SELECT pg_catalog.current_setting('server_version_num') AS version, current_user AS role, d.datname AS database,
    (SELECT count(*) FROM pg_catalog.pg_replication_slots) AS slots,
    (SELECT count(*) FROM pg_catalog.pg_replication_slots WHERE slot_type = 'physical') AS physical,
    pg_catalog.current_setting('max_replication_slots') AS slot_limit,
    (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'walsender') AS senders,
    pg_catalog.current_setting('max_wal_senders') AS sender_limit,
    pg_catalog.current_setting('server_encoding') AS encoding,
    d.datcollate AS collation, d.datcollversion AS collation_version,
    pg_catalog.pg_database_collation_actual_version(d.oid) AS actual_version,
    (SELECT coalesce(pg_catalog.json_agg(x), '[]') FROM (
       SELECT pid, datname AS database, usename AS user, extract(epoch FROM clock_timestamp() - xact_start)::pg_catalog.int4 AS seconds
       FROM pg_catalog.pg_stat_activity
       WHERE backend_xid IS NOT NULL AND xact_start < clock_timestamp() - interval '1 minute' ORDER BY xact_start LIMIT 10) x) AS long,
    (SELECT coalesce(pg_catalog.json_agg(x), '[]') FROM (
       SELECT gid AS name, database, extract(epoch FROM clock_timestamp() - prepared)::pg_catalog.int4 AS seconds
       FROM pg_catalog.pg_prepared_xacts ORDER BY prepared LIMIT 10) x) AS prepared,
    (SELECT pg_catalog.has_function_privilege(p.oid, 'EXECUTE') FROM pg_catalog.pg_proc p
     WHERE p.proname = 'pg_log_standby_snapshot' AND p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace) AS may_log,
    (SELECT coalesce(pg_catalog.json_agg(extname), '[]') FROM pg_catalog.pg_extension) AS extensions
  FROM pg_catalog.pg_database d WHERE d.datname = current_database()`;

const TABLE = `
  SELECT c.relkind AS kind, c.relpersistence = 'u' AS unlogged,
    CASE WHEN c.relkind IN ('r', 'p', 'm') THEN (
      SELECT coalesce(sum(pg_catalog.pg_total_relation_size(t.relid)), 0) FROM pg_catalog.pg_partition_tree(c.oid) t) +
      CASE WHEN c.relkind = 'r' AND NOT c.relispartition THEN pg_catalog.pg_total_relation_size(c.oid) ELSE 0 END ELSE 0 END AS bytes,
    (SELECT coalesce(pg_catalog.json_agg(DISTINCT e.extname), '[]')
     FROM pg_catalog.pg_attribute a
     JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
     JOIN pg_catalog.pg_depend x ON x.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND x.deptype = 'e'
       AND x.objid IN (t.oid, t.typelem, t.typbasetype)
     JOIN pg_catalog.pg_extension e ON e.oid = x.refobjid
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS extensions
  FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass($1)`;

async function readSettings(session: Session): Promise<Record<string, string>> {
  const { rows } = await session.query<{ name: string; setting: string }>(
    "SELECT name, setting FROM pg_catalog.pg_settings WHERE name = ANY ($1)",
    [SETTINGS],
  );
  return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
}

async function readTables(session: Session, tables: readonly TableName[]): Promise<TableState[]> {
  const found: TableState[] = [];
  for (const table of tables) {
    const { rows } = await session.query<Record<string, string>>(TABLE, [quoteTable(table)]);
    const row = rows[0];
    if (row === undefined) continue;
    found.push({
      ...table,
      kind: row["kind"] ?? "",
      isUnlogged: row["unlogged"] === "t",
      bytes: Number(row["bytes"]),
      needsExtensions: parse(row["extensions"]),
    });
  }
  return found;
}

async function readFreeBytes(folder: string | undefined): Promise<number | undefined> {
  if (folder === undefined) return undefined;
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    // The files are somebody else's, or on another machine behind a tunnel.
    if (["EACCES", "ENOENT", "ENOTDIR", "EPERM"].includes(errorCode(error) ?? "")) return undefined;
    throw error;
  }
}

function parse<Value>(json: string | null | undefined): Value[] {
  return JSON.parse(json ?? "[]") as Value[];
}
