// Who wrote to the target, row by row: the stream, its copy (or whoever was there before it), or somebody else. Rows that somebody else
// has deleted leave no trace in the table; of those only the guard can tell, as long as it has stood there.

import type { StreamAddresses } from "../addresses.ts";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import type { ForeignWrite } from "../guard/guard.ts";
import type { GuardMode } from "../guard/guard-sql.ts";
import type { StreamPlan } from "../plan/stream-plan.ts";
import { formatTable, quoteName, quoteTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import { originName } from "../two-way/origin.ts";
import { askGuard, COMMIT_OF, whyBlind, WRITER, type GuardKnowledge, type Writer } from "./foreign-writers.ts";
import { judgeAudit, type AuditFacts, type AuditOutcome } from "./judge-audit.ts";
import { withVerifySessions } from "./sides.ts";
import { resolveForVerify } from "./verify-stream.ts";

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
    const blind = await whyBlind(target, plan.name);
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
  const seen = blind === undefined ? await readRows(table, target, plan.name, examples) : undefined;
  const rows = seen?.rows ?? null;
  return {
    table: name,
    outcome: judgeAudit({ rows, guard: mode, foreignStatements }),
    rows,
    ...(blind === undefined ? {} : { blind }),
    guard: mode,
    foreignWrites,
    examples: seen?.examples ?? [],
  };
}

async function readRows(table: ResolvedTable, target: Session, stream: string, limit: number) {
  const values = [stream, originName(stream)];
  const rows = await findCounts(target, table, values);
  return { rows, examples: rows.other > 0 ? await findExamples(target, table, values, limit) : [] };
}

function worst(outcomes: readonly AuditOutcome[]): AuditOutcome {
  return (["foreign", "unknown"] as const).find((each) => outcomes.includes(each)) ?? "clean";
}

async function findCounts(target: Session, table: ResolvedTable, values: readonly string[]) {
  const { rows } = await target.query<{ writer: Writer; rows: string }>(
    `SELECT ${WRITER} AS writer, pg_catalog.sum(w.rows) AS rows
     FROM (SELECT t.xmin AS xid, pg_catalog.count(*) AS rows FROM ${share(table)} GROUP BY t.xmin) AS w
     CROSS JOIN ${COMMIT_OF("w.xid")} AS c GROUP BY 1`,
    [...values],
  );
  const of = (wanted: Writer) => Number(rows.find(({ writer }) => writer === wanted)?.rows ?? 0);
  return { stream: of("stream"), other: of("other"), earlier: of("unknown") };
}

async function findExamples(target: Session, table: ResolvedTable, values: readonly string[], limit: number) {
  const keys = table.key.map(({ name }) => `t.${quoteName(name)}::pg_catalog.text`);
  const { rows } = await target.query<(string | null)[]>({
    text: `
      SELECT pg_catalog.to_char(c.timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
             coalesce((SELECT o.roname FROM pg_catalog.pg_replication_origin AS o WHERE o.roident = c.roident), ''), ${keys.join(", ")}
      FROM ${share(table)} CROSS JOIN ${COMMIT_OF("t.xmin")} AS c
      WHERE ${WRITER} = 'other' ORDER BY c.timestamp LIMIT ${limit}`,
    values: [...values],
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
