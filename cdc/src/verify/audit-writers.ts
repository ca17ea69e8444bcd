// Who wrote to the target, row by row: the stream, its copy (or whoever was there before it), or somebody else. Rows that somebody else
// has deleted leave no trace in the table; of those only the guard can tell, as long as it has stood there.

import type { StreamAddresses } from "../addresses.ts";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import type { ForeignWrite } from "../guard/guard.ts";
import type { GuardMode } from "../guard/guard-sql.ts";
import type { StreamPlan } from "../plan/stream-plan.ts";
import { formatTable, quoteName, quoteTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import { askGuard, whyBlind, type GuardKnowledge } from "./foreign-writers.ts";
import { judgeAudit, type AuditFacts, type AuditOutcome } from "./judge-audit.ts";
import { withVerifySessions } from "./sides.ts";
import { originName, resolveForVerify } from "./verify-stream.ts";

export type AuditOptions = {
  plan: StreamPlan;
  addresses: StreamAddresses;
  /** One table only. */
  table?: string | undefined;
  /** Foreign rows to name for each table (default 20). */
  examples?: number | undefined;
};

export type AuditReport = { stream: string; outcome: AuditOutcome; tables: readonly TableAudit[] };

export type TableAudit = {
  table: string;
  outcome: AuditOutcome;
  rows: AuditFacts["rows"];
  /** Why the rows cannot tell; absent when they can. */
  blind?: string;
  guard: GuardMode | null;
  /** What others have written while the guard observed, by who did. */
  foreignWrites: readonly ForeignWrite[];
  /** Rows that somebody else wrote: key by column, and when, ISO 8601. */
  examples: readonly { key: Readonly<Record<string, string | null>>; at: string; origin: string }[];
};

/** Throws DatabaseUnreachableError, StreamNotPossibleError, TableNotInStreamError. */
export async function auditWriters(options: AuditOptions): Promise<AuditReport> {
  const { plan, addresses } = options;
  return withVerifySessions(plan, addresses, async ({ source, target }) => {
    const tables = await resolveForVerify(options, source, target);
    const blind = await whyBlind(target, originName(plan.name));
    const guard = await askGuard(target, plan);
    const audits: TableAudit[] = [];
    for (const table of tables) audits.push(await auditTable(options, table, target, blind, guard));
    return { stream: plan.name, outcome: worst(audits.map(({ outcome }) => outcome)), tables: audits };
  });
}

// --- internal ---

async function auditTable(
  { plan, examples = 20 }: AuditOptions,
  table: ResolvedTable,
  target: Session,
  blind: string | undefined,
  { mode, writes }: GuardKnowledge,
): Promise<TableAudit> {
  const name = formatTable(table.to);
  const foreignWrites = writes.filter((each) => each.table === name);
  const foreignStatements = foreignWrites.reduce((sum, { statements }) => sum + statements, 0);
  const seen = blind === undefined ? await readRows(table, target, originName(plan.name), examples) : undefined;
  const rows = seen?.rows ?? null;
  const why = blind ?? (rows === null ? NOTHING_MARKED : undefined);
  return {
    table: name,
    outcome: judgeAudit({ rows, guard: mode, foreignStatements }),
    rows,
    ...(why === undefined ? {} : { blind: why }),
    guard: mode,
    foreignWrites,
    examples: seen?.examples ?? [],
  };
}

async function readRows(table: ResolvedTable, target: Session, origin: string, limit: number) {
  const { rows } = await target.query<Record<"stream" | "other" | "earlier", string> & { since: string | null }>(
    countSql(table),
    [origin],
  );
  const [row] = rows;
  if (row?.since == null) return undefined;
  const counted = { stream: Number(row.stream), other: Number(row.other), earlier: Number(row.earlier) };
  const examples = counted.other > 0 ? await findExamples(target, table, origin, row.since, limit) : [];
  return { rows: counted, examples };
}

function worst(outcomes: readonly AuditOutcome[]): AuditOutcome {
  return (["foreign", "unknown"] as const).find((each) => outcomes.includes(each)) ?? "clean";
}

const NOTHING_MARKED = "no row was written under the stream's replication origin, so others cannot be told from it";

const OWN = "(SELECT o.roident FROM pg_catalog.pg_replication_origin AS o WHERE o.roname = $1)";

// A copy writes with several sessions at once, and only one may write under an origin: what was written before the stream's first marked
// row is its own or older.
function countSql(table: ResolvedTable): string {
  return `
    WITH written AS MATERIALIZED (
      SELECT t.xmin::pg_catalog.text AS xid, pg_catalog.count(*) AS rows FROM ${share(table)} GROUP BY t.xmin::pg_catalog.text),
    known AS MATERIALIZED (
      SELECT w.rows, c.timestamp AS at, c.roident = ${OWN} AS own
      FROM written AS w, pg_catalog.pg_xact_commit_timestamp_origin(w.xid::pg_catalog.xid) AS c),
    began AS (SELECT pg_catalog.min(at) AS since FROM known WHERE own)
    SELECT coalesce(pg_catalog.sum(rows) FILTER (WHERE own), 0) AS stream,
           coalesce(pg_catalog.sum(rows) FILTER (WHERE NOT own AND at > since), 0) AS other,
           coalesce(pg_catalog.sum(rows) FILTER (WHERE own IS NULL OR NOT own AND (at <= since OR since IS NULL)), 0) AS earlier,
           pg_catalog.min(since) AS since
    FROM known, began`;
}

async function findExamples(target: Session, table: ResolvedTable, origin: string, since: string, limit: number) {
  const keys = table.key.map(({ name }) => `t.${quoteName(name)}::pg_catalog.text`);
  const { rows } = await target.query<(string | null)[]>({
    text: `
      SELECT pg_catalog.to_char(c.timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
             coalesce((SELECT o.roname FROM pg_catalog.pg_replication_origin AS o WHERE o.roident = c.roident), ''), ${keys.join(", ")}
      FROM ${share(table)}, pg_catalog.pg_xact_commit_timestamp_origin(t.xmin) AS c
      WHERE c.roident IS DISTINCT FROM ${OWN} AND c.timestamp > $2 ORDER BY c.timestamp LIMIT ${limit}`,
    values: [origin, since],
    rowMode: "array",
  });
  return rows.map(([at, writer, ...values]) => ({
    key: Object.fromEntries(table.key.map(({ name }, place) => [name, values[place] ?? null])),
    at: at ?? "",
    origin: writer ?? "",
  }));
}

// The plan's expressions may name columns, so the share is taken first.
function share({ to, targetWhere }: ResolvedTable): string {
  const where = targetWhere === undefined ? "" : ` WHERE ${targetWhere}`;
  return `(SELECT *, xmin FROM ${quoteTable(to)}${where}) AS t`;
}
