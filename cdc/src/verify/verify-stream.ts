import { createHash } from "node:crypto";
import { nearest } from "@strangler/platform";
import type { StreamAddresses } from "../addresses.ts";
import { currentPosition } from "../capture/slot.ts";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { findTables, resolveTables } from "../check/check-stream.ts";
import { checkTables } from "../check/check-tables.ts";
import { StreamNotPossibleError, TableNotInStreamError } from "../errors.ts";
import { splitTable, type StreamPlan, type TablePlan } from "../plan/stream-plan.ts";
import { formatLsn } from "../postgres/lsn.ts";
import { formatTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import { comparableRows, type Measure } from "./comparable-rows.ts";
import { compareTable } from "./compare-table.ts";
import { describeDifferences } from "./describe-differences.ts";
import type { Different } from "./differences.ts";
import { NoFormulaError } from "./errors.ts";
import { createProgressStore, verificationName, type Found, type ProgressStore } from "./progress-store.ts";
import { overall, type TableReport, type VerifyReport } from "./report.ts";
import { createRest } from "./rest.ts";
import { catchUp, lagBytes, withVerifySessions, type VerifySessions } from "./sides.ts";
import { chooseFormula, haveSameEncoding } from "./sum-formula.ts";

export type VerifyOptions = {
  plan: StreamPlan;
  addresses: StreamAddresses;
  /** One table only, by its name on either side, with or without schema. */
  table?: string | undefined;
  /** What share of every table to look at, in percent (default 100). */
  percent?: number | undefined;
  /** Whether to go on where an interrupted verification stood (default false: everything is looked at anew). */
  resume?: boolean | undefined;
  /** Rows in a chunk (default: as many as take about half a second). */
  chunkRows?: number | undefined;
  /** Differing rows to name for each table (default 20). */
  examples?: number | undefined;
  /** Names values as they are; otherwise only how long they are (default false). */
  showValues?: boolean | undefined;
  /** How long to rest between two chunks (default 0). */
  pauseMs?: number | undefined;
  /** While the stream is more bytes of log behind than this, nothing is compared (default 256 MiB). */
  maxLagBytes?: number | undefined;
  /** How long to wait each time for the stream to catch up (default 10 s). */
  catchUpMs?: number | undefined;
  /** How long rows that looked different are asked again before they are left undecided (default 15 s). */
  settleMs?: number | undefined;
  /** Called with each table's report as soon as it is known. */
  onTable?: ((table: TableReport) => void) | undefined;
  /** Called after every chunk. `expected`: rows of the source's table, about. */
  onProgress?: ((progress: { table: string; rows: number; expected: number }) => void) | undefined;
  /** Called when the stream is too far behind, and when it is not any more. */
  onWait?: ((waiting: boolean) => void) | undefined;
  /** Called with every row that differs. */
  onDifferent?: ((table: ResolvedTable, different: readonly Different[]) => void) | undefined;
  /** Breaks off between two chunks, with the signal's reason; what was noted stays. */
  signal?: AbortSignal | undefined;
};

/**
 * Compares every row that the stream carries, as the target should hold it, with what the target holds, while both are in use.
 * Throws DatabaseUnreachableError, StreamNotPossibleError when plan and tables do not fit, TableNotInStreamError, NoFormulaError.
 */
export async function verifyStream(options: VerifyOptions): Promise<VerifyReport> {
  const startedAt = performance.now();
  const { plan, addresses } = options;
  return withVerifySessions(plan, addresses, async (sessions) => {
    const tables = await resolveForVerify(options, sessions.source, sessions.target);
    const position = formatLsn(await currentPosition(sessions.source));
    const measure = await chooseMeasure(plan, sessions);
    const store = createProgressStore(sessions.targetClerk, plan.name);
    const reports: TableReport[] = [];
    for (const table of tables) {
      const report = await verifyTable(options, table, sessions, measure, store);
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
  });
}

/** The plan's tables, or the one that is asked for, with what both catalogs say of them. */
export async function resolveForVerify(
  { plan, table }: Pick<VerifyOptions, "plan" | "table">,
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

/** How rows are measured on both servers. Throws NoFormulaError. */
export async function chooseMeasure(plan: StreamPlan, { source, target }: VerifySessions): Promise<Measure> {
  const sameEncoding = await haveSameEncoding(source, target);
  const formula = await chooseFormula(source, target, { sameEncoding });
  if (formula === undefined) throw new NoFormulaError(plan.name);
  return { formula, sameEncoding };
}

// --- internal ---

function isNamed({ from, to }: TablePlan, name: string): boolean {
  return [from, to, splitTable(from).name, splitTable(to).name].includes(name);
}

async function verifyTable(
  options: VerifyOptions,
  table: ResolvedTable,
  sessions: VerifySessions,
  measure: Measure,
  store: ProgressStore,
): Promise<TableReport> {
  const { plan, percent = 100, signal, onWait, onProgress, onDifferent } = options;
  const name = formatTable(table.to);
  const line = verificationName(table);
  const mapping = mappingOf(table);
  const interrupted = options.resume === true ? await store.find(line, mapping) : undefined;
  if (interrupted === undefined) await store.begin(line, mapping);
  const source = comparableRows(sessions.source, table, "source", measure);
  const { rows: expected } = await source.size();
  const noteNow = atMostEvery(NOTE_EVERY_MS);
  const report = await compareTable({
    table,
    source,
    target: comparableRows(sessions.target, table, "target", measure),
    catchUp: () => catchUp(plan, sessions, options.catchUpMs ?? 10_000),
    chunkRows: options.chunkRows,
    percent,
    random: Math.random,
    rest: createRest({
      pauseMs: options.pauseMs ?? 0,
      maxLagBytes: options.maxLagBytes ?? 256 * 1024 * 1024,
      lagBytes: () => lagBytes(plan, sessions),
      onWait: (waiting) => onWait?.(waiting),
      signal,
    }),
    examples: options.examples ?? 20,
    describe: describer(options, table, sessions, measure),
    onDifferent: (different) => onDifferent?.(table, different),
    settleMs: options.settleMs ?? 15_000,
    interrupted,
    onProgress: async (after, found) => {
      onProgress?.({ table: name, rows: found.rows, expected });
      if (noteNow()) await store.note(line, after, found);
    },
  });
  await store.end(line, foundOf(report), report.outcome);
  return report;
}

function describer(
  { plan, showValues = false }: VerifyOptions,
  table: ResolvedTable,
  sessions: VerifySessions,
  measure: Measure,
) {
  const { sourceWhere, ...unfilteredTable } = table;
  const unfiltered =
    sourceWhere === undefined ? undefined : comparableRows(sessions.source, unfilteredTable, "source", measure);
  return (different: readonly Different[]) =>
    describeDifferences(different, {
      plan,
      table,
      target: sessions.targetClerk,
      unfiltered,
      showValues,
    });
}

// What was compared under another mapping says nothing of this one.
function mappingOf(table: ResolvedTable): string {
  return createHash("sha256").update(JSON.stringify(table)).digest("hex").slice(0, 32);
}

function foundOf({ rows, differences, undecided }: TableReport): Found {
  return { rows, differences, undecided };
}

const NOTE_EVERY_MS = 1_000;

function atMostEvery(ms: number): () => boolean {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - last < ms) return false;
    last = now;
    return true;
  };
}
