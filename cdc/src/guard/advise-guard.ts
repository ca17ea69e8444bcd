import type { StreamAddresses } from "../addresses.ts";
import type { Advice } from "../check/judge-preflight.ts";
import { targetTables, type StreamPlan } from "../plan/stream-plan.ts";
import { formatTable, quoteTable, type TableName } from "../postgres/quote.ts";
import { withSession, type Session } from "../postgres/session.ts";
import { findUnguarded, plannedGuard } from "./guard.ts";
import { guardStatements } from "./guard-sql.ts";

/** What keeps the guard from being put on the target's tables, with the SQL for their owner; nothing where it is there or may be put there. */
export async function adviseGuard(plan: StreamPlan, addresses: StreamAddresses): Promise<Advice[]> {
  const mode = plannedGuard(plan);
  if (mode === "off") return [];
  const ask = <Result>(url: string, use: (session: Session) => Promise<Result>) =>
    withSession({ url, what: `The target "${plan.target}"`, application: `strangler doctor ${plan.name}` }, use);
  const missing = await ask(addresses.apply, (session) => findUnguarded(session, plan));
  if (missing.length === 0 || (await ask(addresses.apply, (session) => mayGuard(session, plan)))) return [];
  if (addresses.target !== addresses.apply && (await ask(addresses.target, (session) => mayGuard(session, plan))))
    return [];
  const tables = missing.map(formatTable).join(", ");
  const sentence = `nobody that the stream knows may put the guard on ${tables}, so others could write into the copy unseen`;
  return [{ check: "guard", side: "target", weight: "should", sentence, sql: sqlFor(plan, missing, mode) }];
}

// --- internal ---

function sqlFor(plan: StreamPlan, missing: readonly TableName[], mode: "refuse" | "observe" | "open"): string {
  return `${guardStatements(plan.name, missing, mode).join("; ")};`;
}

// A trigger that fires always is made by the table's owner only.
async function mayGuard(session: Session, plan: StreamPlan): Promise<boolean> {
  const { rows } = await session.query<{ may: string }>(
    `SELECT pg_catalog.bool_and(pg_catalog.pg_has_role(c.relowner, 'USAGE')) AND
            coalesce((SELECT pg_catalog.has_schema_privilege(n.oid, 'CREATE') FROM pg_catalog.pg_namespace n WHERE n.nspname = 'strangler'),
                     pg_catalog.has_database_privilege(current_database(), 'CREATE')) AS may
     FROM pg_catalog.pg_class c WHERE c.oid IN (SELECT pg_catalog.to_regclass(t) FROM pg_catalog.unnest($1::pg_catalog.text[]) AS t)`,
    [targetTables(plan).map(quoteTable)],
  );
  return rows[0]?.may === "t";
}
