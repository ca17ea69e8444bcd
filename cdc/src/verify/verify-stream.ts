import { ConditionNotMetError, nearest } from "@strangler/platform";
import type { StreamAddresses } from "../addresses.ts";
import { findPosition } from "../apply/position-store.ts";
import { currentPosition } from "../capture/slot.ts";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { findTables, resolveTables } from "../check/check-stream.ts";
import { checkTables } from "../check/check-tables.ts";
import { StreamNotPossibleError, TableNotInStreamError } from "../errors.ts";
import { splitTable, type StreamPlan, type TablePlan } from "../plan/stream-plan.ts";
import { formatLsn } from "../postgres/lsn.ts";
import { withSession, type Session } from "../postgres/session.ts";
import { waitUntilApplied } from "../positions.ts";
import { isLocked } from "../run/stream-lock.ts";
import { comparableRows } from "./comparable-rows.ts";
import { compareTable } from "./compare-table.ts";
import { overall, type TableReport, type VerifyReport } from "./report.ts";

export type VerifyOptions = {
  plan: StreamPlan;
  addresses: StreamAddresses;
  /** One table only, by its name on either side, with or without schema. */
  table?: string | undefined;
  /** Rows in a chunk (default 20,000). */
  chunkRows?: number;
  /** Differing rows to name for each table (default 20). */
  examples?: number;
  /** How long to wait each time for the stream to catch up (default 10 s). */
  catchUpMs?: number;
  /** How long rows that looked different are asked again before they are left undecided (default 15 s). */
  settleMs?: number;
  /** Called with each table's report as soon as it is known. */
  onTable?: (table: TableReport) => void;
};

/**
 * Compares every row that the stream carries, as the target should hold it, with what the target holds, while both are in use.
 * Throws DatabaseUnreachableError, StreamNotPossibleError when plan and tables do not fit, TableNotInStreamError.
 */
export async function verifyStream(options: VerifyOptions): Promise<VerifyReport> {
  const startedAt = performance.now();
  const { plan, addresses } = options;
  const application = `strangler verify ${plan.name}`;
  const source = { url: addresses.capture, what: `The source "${plan.source}"`, application };
  const target = { url: addresses.apply, what: `The target "${plan.target}"`, application };
  return withSession(source, (reader) =>
    withSession(target, async (writer) => {
      const tables = await resolve(options, reader, writer);
      const position = formatLsn(await currentPosition(reader));
      const catchUp = createCatchUp(options, reader, writer);
      const reports: TableReport[] = [];
      for (const table of tables) {
        const report = await verifyTable(options, table, reader, writer, catchUp);
        options.onTable?.(report);
        reports.push(report);
      }
      return {
        stream: plan.name,
        outcome: overall(reports.map(({ outcome }) => outcome)),
        tables: reports,
        position,
        ms: Math.round(performance.now() - startedAt),
      };
    }),
  );
}

// --- internal ---

async function resolve(
  { plan, table }: VerifyOptions,
  source: Session,
  target: Session,
): Promise<readonly ResolvedTable[]> {
  const planned = table === undefined ? plan.tables : plan.tables.filter((each) => isNamed(each, table));
  if (planned.length === 0) {
    const names = plan.tables.map(({ to }) => to);
    throw new TableNotInStreamError(
      table ?? "",
      plan.name,
      names,
      nearest(table ?? "", [...names, ...names.map((name) => splitTable(name).name)]),
    );
  }
  const found = await findTables({ ...plan, tables: planned }, source, target);
  const problems = checkTables(found, { source: [], target: [] });
  if (problems.length > 0) throw new StreamNotPossibleError(plan.name, problems);
  return resolveTables(found, target);
}

function isNamed({ from, to }: TablePlan, name: string): boolean {
  return [from, to, splitTable(from).name, splitTable(to).name].includes(name);
}

async function verifyTable(
  options: VerifyOptions,
  table: ResolvedTable,
  source: Session,
  target: Session,
  catchUp: () => Promise<boolean>,
): Promise<TableReport> {
  return compareTable({
    table,
    source: comparableRows(source, table, "source"),
    target: comparableRows(target, table, "target"),
    catchUp,
    chunkRows: options.chunkRows ?? 20_000,
    examples: options.examples ?? 20,
    settleMs: options.settleMs ?? 15_000,
  });
}

// A stream that nobody runs does not move; it is not waited for.
function createCatchUp(
  { plan, addresses, catchUpMs = 10_000 }: VerifyOptions,
  source: Session,
  target: Session,
): () => Promise<boolean> {
  return async () => {
    const position = await currentPosition(source);
    const stored = await findPosition(target, plan.name);
    if (stored?.state !== "following") return false;
    if (stored.applied >= position) return true;
    if (!(await isLocked(target, plan.name))) return false;
    try {
      await waitUntilApplied(plan, addresses, formatLsn(position), { limitMs: catchUpMs });
      return true;
    } catch (error) {
      if (error instanceof ConditionNotMetError) return false;
      throw error;
    }
  };
}
