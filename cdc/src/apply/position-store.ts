// Where a stream stands is one row in its target database, written in the same transaction as the rows that brought it there:
// after any crash both are there or neither is, so nothing is applied twice and nothing is left out. It is written by
// compare-and-set: an applier that has been overtaken by another finds a position it did not write, and its transaction fails.

import { errorCode } from "@strangler/platform";
import { PositionMovedError } from "../errors.ts";
import { formatLsn, parseLsn, type Lsn } from "../postgres/lsn.ts";
import { formatTable, type TableName } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import type { StoreTable } from "../target-store.ts";

export type StoredPosition = {
  /**
   * `copying`: nothing is followed yet. `completing`: followed from `applied` on, while rows that were never copied, or are not to be
   * trusted, are still read (see copy/chunk-store.ts). `following`: the target is whole.
   */
  state: "copying" | "completing" | "following";
  /** The end of the last source transaction that is in the target. */
  applied: Lsn;
  /** See CommitMessage; null for a log. */
  cursor: string | null;
  /** When that transaction was committed at the source, ISO 8601; null before the first. */
  committedAt: string | null;
  updatedAt: string;
  /** Which server and database the position belongs to; positions of different servers cannot be compared. */
  sourceSystem: string;
  sourceDatabase: string;
  /** Which history of that server: a takeover or a restored backup begins a new one. Null for what was stored without it. */
  sourceTimeline: number | null;
  /** The target tables that the stream fills. */
  tables: readonly string[];
};

const STORE = "strangler.stream_position";

/** When the copy was complete: what is written later and does not carry the stream's mark was written by somebody else. */
const SINCE = "followed_since = coalesce(followed_since, pg_catalog.clock_timestamp())";

export const POSITION_TABLE: StoreTable = {
  name: "stream_position",
  columns: `
    stream text PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('copying', 'completing', 'following')),
    applied pg_lsn NOT NULL,
    cursor text,
    committed_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now(),
    followed_since timestamptz,
    source_system text NOT NULL,
    source_database text NOT NULL,
    source_timeline int,
    tables text[] NOT NULL`,
};

/** Notes what the source is called by now: its database may have been renamed, another server may have taken over. */
export async function storeSource(
  session: Session,
  stream: string,
  source: { database: string; timeline: number },
): Promise<void> {
  await session.query(`UPDATE ${STORE} SET source_database = $2, source_timeline = $3 WHERE stream = $1`, [
    stream,
    source.database,
    source.timeline,
  ]);
}

/** Where the stream stands, or undefined when it has never been started (or its target is not prepared). */
export async function findPosition(session: Session, stream: string): Promise<StoredPosition | undefined> {
  const text = (column: string) =>
    `pg_catalog.to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS ${column}`;
  try {
    const { rows } = await session.query<Record<string, string | null>>(
      `SELECT state, applied, cursor, ${text("committed_at")}, ${text("updated_at")}, source_system, source_database, source_timeline, pg_catalog.to_json(tables) AS tables
       FROM ${STORE} WHERE stream = $1`,
      [stream],
    );
    return rows[0] === undefined ? undefined : readPosition(rows[0]);
  } catch (error) {
    if (errorCode(error) === "42P01" || errorCode(error) === "3F000") return undefined;
    throw error;
  }
}

export type CopyStart = { stream: string; sourceSystem: string; sourceDatabase: string; tables: readonly TableName[] };

/** Notes that the stream is about to fill these tables: from here on, what is in them is the stream's to empty. */
export async function storeCopyStart(session: Session, start: CopyStart): Promise<void> {
  await session.query(
    `INSERT INTO ${STORE} (stream, state, applied, source_system, source_database, tables)
     VALUES ($1, 'copying', '0/0', $2, $3, $4)
     ON CONFLICT (stream) DO UPDATE SET state = 'copying', applied = '0/0', cursor = NULL, committed_at = NULL, updated_at = now(),
       source_system = excluded.source_system, source_database = excluded.source_database, tables = excluded.tables,
       source_timeline = NULL, followed_since = NULL`,
    [start.stream, start.sourceSystem, start.sourceDatabase, start.tables.map(formatTable)],
  );
}

/** Notes where the snapshot of a copy stands in the log: from there on, what is missing can be completed. */
export async function storeCopyPosition(session: Session, stream: string, position: Lsn): Promise<void> {
  const { rowCount } = await session.query(
    `UPDATE ${STORE} SET applied = $2, updated_at = now() WHERE stream = $1 AND state = 'copying'`,
    [stream, formatLsn(position)],
  );
  if (rowCount !== 1) throw new PositionMovedError(stream);
}

/** From here on the stream is followed while rows are missing. `tables`: the target tables that it fills from now on. */
export async function storeCompleting(session: Session, stream: string, tables: readonly TableName[]): Promise<void> {
  const { rowCount } = await session.query(
    `UPDATE ${STORE} SET state = 'completing', updated_at = now(),
       tables = ARRAY(SELECT DISTINCT pg_catalog.unnest(tables || $2::text[]) ORDER BY 1) WHERE stream = $1`,
    [stream, tables.map(formatTable)],
  );
  if (rowCount !== 1) throw new PositionMovedError(stream);
}

/** The stream goes on at another place, of another log perhaps, and everything on the target has to be read again. */
export async function storeRestart(
  session: Session,
  stream: string,
  position: Lsn,
  source: { system: string; database: string; timeline: number },
): Promise<void> {
  const { rowCount } = await session.query(
    `UPDATE ${STORE} SET state = 'completing', applied = $2, cursor = NULL, committed_at = NULL, updated_at = now(),
       source_system = $3, source_database = $4, source_timeline = $5 WHERE stream = $1`,
    [stream, formatLsn(position), source.system, source.database, source.timeline],
  );
  if (rowCount !== 1) throw new PositionMovedError(stream);
}

/** Nothing is missing any more. */
export async function storeWhole(session: Session, stream: string): Promise<void> {
  await session.query(
    `UPDATE ${STORE} SET state = 'following', updated_at = now(), ${SINCE} WHERE stream = $1 AND state = 'completing'`,
    [stream],
  );
}

export async function storeCopyEnd(session: Session, stream: string, position: Lsn): Promise<void> {
  const { rowCount } = await session.query(
    `UPDATE ${STORE} SET state = 'following', applied = $2, updated_at = now(), ${SINCE} WHERE stream = $1 AND state = 'copying'`,
    [stream, formatLsn(position)],
  );
  if (rowCount !== 1) throw new PositionMovedError(stream);
}

const ADVANCE_ROW = `UPDATE ${STORE} SET applied = $3::pg_lsn, cursor = coalesce($5, cursor), committed_at = coalesce($4::timestamptz, committed_at),
  updated_at = clock_timestamp() WHERE stream = $1 AND applied = $2::pg_lsn AND state <> 'copying'`;

/** Moves the position on inside the target's transaction; it must touch exactly one row. */
export const ADVANCE = { name: "advance", text: ADVANCE_ROW };

/** The same, but fails by itself when it touches none, so that the commit may be sent behind it unseen. */
export const ADVANCE_OR_FAIL = {
  name: "advance-or-fail",
  text: `WITH moved AS (${ADVANCE_ROW} RETURNING 1) SELECT 1 / count(*) FROM moved`,
};

export async function removePosition(session: Session, stream: string): Promise<void> {
  if ((await findPosition(session, stream)) === undefined) return;
  await session.query(`DELETE FROM ${STORE} WHERE stream = $1`, [stream]);
}

// --- internal ---

function readPosition(row: Record<string, string | null>): StoredPosition {
  return {
    state: row["state"] === "copying" || row["state"] === "completing" ? row["state"] : "following",
    applied: parseLsn(row["applied"] ?? "0/0"),
    cursor: row["cursor"] ?? null,
    committedAt: row["committed_at"] ?? null,
    updatedAt: row["updated_at"] ?? "",
    sourceSystem: row["source_system"] ?? "",
    sourceDatabase: row["source_database"] ?? "",
    sourceTimeline: row["source_timeline"] == null ? null : Number(row["source_timeline"]),
    tables: JSON.parse(row["tables"] ?? "[]") as string[],
  };
}
