import type { Logger } from "@strangler/platform";
import pg from "pg";
import { RoutesChangedMeanwhileError, RoutesStoreAwayError, RoutesStoreEmptyError } from "../../errors.ts";
import { entryFor, lastKnownText, missingEntry, type LogEnd } from "../audit/chain.ts";
import { CHAIN_START, endOf, identify, parseEntry, type AuditEntry, type AuditNote } from "../audit/entry.ts";
import { createReplicaTable } from "../replicas/replica-table.ts";
import { followPostgres } from "./follow-postgres.ts";
import { nameOf } from "./postgres-name.ts";
import { CHANNEL, SCHEMA } from "./postgres-schema.ts";
import type { RoutesStore } from "./routes-store.ts";

export type PostgresStoreOptions = {
  log?: Logger | undefined;
  /** How often the row is looked at in case a notification was lost. */
  pollMs?: number;
};

/**
 * Routes in one row of PostgreSQL, for proxies on several machines. A change locks the row, compares, writes the row and the log in
 * one transaction, and tells whoever listens. `initPostgresStore` makes the tables. Throws nothing until it is asked something.
 */
export function createPostgresStore(url: string, { log, pollMs = 200 }: PostgresStoreOptions = {}): RoutesStore {
  const name = nameOf(url);
  const pool = new pg.Pool({
    connectionString: url,
    max: 3,
    application_name: "strangler-proxy",
    connectionTimeoutMillis: 3_000,
    idleTimeoutMillis: 30_000,
    query_timeout: 5_000,
    statement_timeout: 5_000,
    keepAlive: true,
  });
  // An idle session that the server ends is replaced by the next question; it must not end the process.
  pool.on("error", (error) => log?.debug({ err: error }, "a session with the routes database ended"));

  async function ask<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    try {
      return (await pool.query<Row>(sql, values)).rows;
    } catch (error) {
      throw new RoutesStoreAwayError(name, error);
    }
  }

  async function inTransaction<Result>(use: (session: pg.PoolClient) => Promise<Result>): Promise<Result> {
    let session: pg.PoolClient | undefined;
    try {
      session = await pool.connect();
      await session.query("BEGIN");
      const result = await use(session);
      await session.query("COMMIT");
      session.release();
      return result;
    } catch (error) {
      // Ends the session, and the transaction with it, whatever state they are in.
      session?.release(true);
      if (error instanceof RoutesChangedMeanwhileError || error instanceof RoutesStoreEmptyError) throw error;
      throw new RoutesStoreAwayError(name, error);
    }
  }

  async function read() {
    const [row] = await ask<{ text: string }>(`SELECT text FROM ${SCHEMA}.state`);
    if (row === undefined) throw new RoutesStoreEmptyError(name);
    return { text: row.text, version: identify(row.text).version };
  }

  async function change(expectedVersion: string, newText: string, note: AuditNote): Promise<AuditEntry> {
    return inTransaction(async (session) => {
      const { text, at } = await lockRow(session, name);
      if (identify(text).version !== expectedVersion) throw new RoutesChangedMeanwhileError(name);
      const { end } = await catchUp(session, { text, at, name });
      const entry = entryFor(end, { before: text, after: newText, at }, note);
      await session.query(`UPDATE ${SCHEMA}.state SET text = $1, revision = revision + 1, changed_at = now()`, [
        newText,
      ]);
      await insertEntry(session, entry);
      await session.query("SELECT pg_notify($1, $2)", [CHANNEL, entry.after.version]);
      return entry;
    });
  }

  async function noticeOutsideEdit(): Promise<AuditEntry | undefined> {
    const [{ last }, { text }] = [await readLogEnd(pool), await read()];
    if (last?.after.sha256 === identify(text).sha256) return undefined;
    return inTransaction(
      async (session) => (await catchUp(session, { ...(await lockRow(session, name)), name })).added,
    );
  }

  return {
    name,
    kind: "postgres",
    read,
    follow: (lookAgain) => followPostgres({ url, pool, pollMs, log, lookAgain }),
    change,
    noticeOutsideEdit,
    history: async ({ before = Number.MAX_SAFE_INTEGER, limit }) => {
      const newest = `SELECT line FROM ${SCHEMA}.audit WHERE seq < $1 ORDER BY seq DESC LIMIT $2`;
      const rows = await ask<{ line: string }>(newest, [before, limit]);
      return rows.map(({ line }) => parseEntry(line)).filter((entry) => entry !== undefined);
    },
    auditLines: async function* () {
      const page = `SELECT seq, line FROM ${SCHEMA}.audit WHERE seq > $1 ORDER BY seq LIMIT 500`;
      for (let after = -1; ;) {
        const rows = await ask<{ seq: string; line: string }>(page, [after]);
        for (const { line } of rows) yield line;
        const last = rows.at(-1);
        if (last === undefined) return;
        after = Number(last.seq);
      }
    },
    replicas: createReplicaTable(ask),
    close: () => pool.end(),
  };
}

// --- internal ---

type Session = Pick<pg.ClientBase, "query">;

/** Nobody else changes anything until this transaction ends. The time is the database's, so that there is one clock. */
async function lockRow(session: Session, name: string): Promise<{ text: string; at: Date }> {
  const { rows } = await session.query<{ text: string }>(`SELECT text FROM ${SCHEMA}.state FOR UPDATE`);
  const clock = await session.query<{ at: Date }>("SELECT clock_timestamp() AS at");
  const [row] = rows;
  if (row === undefined) throw new RoutesStoreEmptyError(name);
  return { text: row.text, at: clock.rows[0]?.at ?? new Date() };
}

/** Begins the log, or enters what got into the row past it. Answers the log's end. */
async function catchUp(
  session: Session,
  found: { text: string; at: Date; name: string },
): Promise<{ end: LogEnd; added: AuditEntry | undefined }> {
  const end = await readLogEnd(session);
  if (end.last?.after.sha256 === identify(found.text).sha256) return { end, added: undefined };
  const added = missingEntry(end, await lastKnownText(newestEntries(session)), found);
  if (added === undefined) return { end, added };
  await insertEntry(session, added);
  return { end: { end: added, last: added }, added };
}

async function insertEntry(session: Session, entry: AuditEntry): Promise<void> {
  const values = [entry.seq, entry.at, JSON.stringify(entry)];
  await session.query(`INSERT INTO ${SCHEMA}.audit (seq, at, line) VALUES ($1, $2, $3)`, values);
}

async function readLogEnd(session: Session): Promise<LogEnd> {
  const newest = `SELECT seq, line FROM ${SCHEMA}.audit ORDER BY seq DESC LIMIT 1`;
  const { rows } = await session.query<{ seq: string; line: string }>(newest);
  const [row] = rows;
  if (row === undefined) return { end: CHAIN_START, last: undefined };
  // Of a damaged line only the column tells its number.
  return { end: { hash: endOf(row.line, 0).hash, seq: Number(row.seq) }, last: parseEntry(row.line) };
}

async function* newestEntries(session: Session): AsyncIterable<AuditEntry> {
  const newest = `SELECT line FROM ${SCHEMA}.audit ORDER BY seq DESC LIMIT 101`;
  const { rows } = await session.query<{ line: string }>(newest);
  for (const { line } of rows) {
    const entry = parseEntry(line);
    if (entry) yield entry;
  }
}
