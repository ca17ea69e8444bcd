// Who wrote the target's rows. A stream's transactions can be told from others by their replication origin, which PostgreSQL keeps
// with a commit's time while track_commit_timestamp is on (its manual, 9.27.4, pg_xact_commit_timestamp_origin), as far back as
// transactions are not forgotten. Where it is off, or the stream writes under no origin, nobody can know it from the rows.

import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { isGuarded, listForeignWrites, readGuard, type ForeignWrite } from "../guard/guard.ts";
import type { GuardMode } from "../guard/guard-sql.ts";
import type { StreamPlan } from "../plan/stream-plan.ts";
import { formatTable } from "../postgres/quote.ts";
import { originName } from "../two-way/origin.ts";
import type { Session } from "../postgres/session.ts";

export type Writer = "stream" | "other" | "unknown";

/** Who wrote the rows of these transactions (xmin, as text); none where the rows cannot tell. */
export async function findWriters(
  target: Session,
  stream: string,
  transactions: readonly string[],
): Promise<Map<string, Writer>> {
  if (transactions.length === 0 || (await whyBlind(target, stream)) !== undefined) return new Map();
  const { rows } = await target.query<{ xid: string; writer: Writer }>(
    `SELECT given.xid, ${WRITER} AS writer FROM pg_catalog.unnest($3::pg_catalog.text[]) AS given(xid)
     CROSS JOIN ${COMMIT_OF("given.xid::pg_catalog.xid")} AS c`,
    [stream, originName(stream), [...new Set(transactions)]],
  );
  return new Map(rows.map(({ xid, writer }) => [xid, writer]));
}

/** SQL, a row `c` of one transaction's commit. */
export const COMMIT_OF = (xid: string) => `pg_catalog.pg_xact_commit_timestamp_origin(${xid})`;

/**
 * SQL for who wrote a row whose commit is `c`; $1 is the stream, $2 its origin. What the stream writes carries its mark, its copy's
 * rows need not: several sessions copy at once, and an origin is one session's. (The time of a marked commit means nothing: PostgreSQL
 * keeps that of the session's first, see RecordTransactionCommit in xact.c.)
 */
export const WRITER = `
  CASE WHEN c.roident = (SELECT o.roident FROM pg_catalog.pg_replication_origin AS o WHERE o.roname = $2) THEN 'stream'
       WHEN c.timestamp > (SELECT p.followed_since FROM strangler.stream_position AS p WHERE p.stream = $1) THEN 'other'
       ELSE 'unknown' END`;

/** Why the target's rows cannot tell who wrote them; undefined when they can. */
export async function whyBlind(target: Session, stream: string): Promise<string | undefined> {
  const origin = originName(stream);
  const { rows } = await target.query<{ tracked: string; known: string }>(
    `SELECT pg_catalog.current_setting('track_commit_timestamp') = 'on' AS tracked,
            EXISTS (SELECT FROM pg_catalog.pg_replication_origin WHERE roname = $1) AS known`,
    [origin],
  );
  if (rows[0]?.tracked !== "t") return "the target does not keep who wrote a row: track_commit_timestamp is off";
  if (rows[0].known !== "t") return `the stream writes under no replication origin: the target knows no "${origin}"`;
  return undefined;
}

/** What the guard tells. `mode`: null where it does not stand on all tables of the stream. */
export type GuardKnowledge = { mode: GuardMode | null; writes: readonly ForeignWrite[] };

export async function askGuard(target: Session, plan: StreamPlan): Promise<GuardKnowledge> {
  const mode = await readGuard(target, plan.name);
  if (mode === undefined) return { mode: null, writes: [] };
  return { mode: (await isGuarded(target, plan)) ? mode : null, writes: await listForeignWrites(target, plan.name) };
}

/** How many statements of others the guard has let through and counted on this table; undefined where it looks at none. */
export async function countForeignWrites(
  target: Session,
  plan: StreamPlan,
  { to }: ResolvedTable,
): Promise<number | undefined> {
  const { mode, writes } = await askGuard(target, plan);
  const count = writes.filter(({ table }) => table === formatTable(to)).reduce((sum, each) => sum + each.statements, 0);
  return count > 0 || mode === "refuse" || mode === "observe" ? count : undefined;
}
