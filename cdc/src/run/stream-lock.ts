import { setTimeout as pause } from "node:timers/promises";
import { StreamBusyError } from "../errors.ts";
import type { Session } from "../postgres/session.ts";

/**
 * Makes this session the stream's only applier: a lock in the target database that ends with the session. Of a process that was
 * killed the server may hold the lock a moment longer, so it is asked for until `patienceMs` is over.
 * Throws StreamBusyError, which names the session that has it.
 */
export async function lockStream(
  session: Session,
  stream: string,
  patienceMs: number,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const { rows } = await session.query<{ taken: string }>(
      `SELECT pg_catalog.pg_try_advisory_lock(${LOCK}) AS taken`,
      [stream],
    );
    if (rows[0]?.taken === "t") return;
    if (performance.now() > deadline) throw new StreamBusyError(stream, await describeHolder(session, stream));
    await pause(ASK_AGAIN_MS, undefined, { signal });
  }
}

/** Whether any process applies the stream at this moment. */
export async function isLocked(session: Session, stream: string): Promise<boolean> {
  return (await findHolder(session, stream)) !== undefined;
}

// --- internal ---

const ASK_AGAIN_MS = 100;
const LOCK = "pg_catalog.hashtextextended('strangler stream ' || $1, 0)";

type Holder = { pid: string; application: string | null; since: string | null };

async function describeHolder(session: Session, stream: string): Promise<string> {
  const holder = await findHolder(session, stream);
  if (holder === undefined) return "its lock is held";
  return `server process ${holder.pid} of the target, since ${holder.since ?? "an unknown time"}`;
}

async function findHolder(session: Session, stream: string): Promise<Holder | undefined> {
  // A lock on one 64-bit number is listed as two halves, objsubid 1.
  const { rows } = await session.query<Holder>(
    `SELECT l.pid, a.application_name AS application, pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"') AS since
     FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
       AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
       AND (l.classid::pg_catalog.int8 << 32) | l.objid::pg_catalog.int8 = ${LOCK}`,
    [stream],
  );
  return rows[0];
}
