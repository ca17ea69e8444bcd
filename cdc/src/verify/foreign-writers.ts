// Who wrote the target's rows. A stream's transactions can be told from others by their replication origin, which PostgreSQL keeps
// with a commit's time while track_commit_timestamp is on (its manual, 9.27.4, pg_xact_commit_timestamp_origin), as far back as
// transactions are not frozen. Where it is off, or the stream writes under no origin, nobody can know it from the rows.

import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { isGuarded, listForeignWrites, readGuard, type ForeignWrite } from "../guard/guard.ts";
import type { GuardMode } from "../guard/guard-sql.ts";
import type { StreamPlan } from "../plan/stream-plan.ts";
import { formatTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";

export type Writer = "stream" | "other" | "unknown";

/** Who wrote the rows of these transactions (xmin, as text); none where the rows cannot tell. */
export async function findWriters(
  target: Session,
  origin: string,
  transactions: readonly string[],
): Promise<Map<string, Writer>> {
  if (transactions.length === 0 || (await whyBlind(target, origin)) !== undefined) return new Map();
  const { rows } = await target.query<{ xid: string; writer: Writer }>(
    `SELECT given.xid, CASE WHEN c.timestamp IS NULL THEN 'unknown' WHEN c.roident = own.roident THEN 'stream' ELSE 'other' END AS writer
     FROM pg_catalog.unnest($1::pg_catalog.text[]) AS given(xid)
     CROSS JOIN pg_catalog.pg_xact_commit_timestamp_origin(given.xid::pg_catalog.xid) AS c
     CROSS JOIN (SELECT roident FROM pg_catalog.pg_replication_origin WHERE roname = $2) AS own`,
    [[...new Set(transactions)], origin],
  );
  return new Map(rows.map(({ xid, writer }) => [xid, writer]));
}

/** Why the target's rows cannot tell who wrote them; undefined when they can. */
export async function whyBlind(target: Session, origin: string): Promise<string | undefined> {
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
