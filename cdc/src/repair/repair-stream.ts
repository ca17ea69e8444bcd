// Looks for rows that differ, has the stream read them anew, and looks at each of them once more.

import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "@strangler/platform";
import type { StreamAddresses } from "../addresses.ts";
import { findPosition } from "../apply/position-store.ts";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { readControl } from "../control/control-store.ts";
import type { StreamPlan } from "../plan/stream-plan.ts";
import { formatTable } from "../postgres/quote.ts";
import { startStream, type RunningStream } from "../run/start-stream.ts";
import { isLocked } from "../run/stream-lock.ts";
import { keyText, type Measure } from "../verify/comparable-rows.ts";
import type { Different } from "../verify/differences.ts";
import { judgeKeys } from "../verify/judge-keys.ts";
import type { Key } from "../verify/part.ts";
import { noteRepaired, verificationName } from "../verify/progress-store.ts";
import type { DifferenceCounts, TableReport } from "../verify/report.ts";
import { withVerifySessions, type VerifySessions } from "../verify/sides.ts";
import { chooseMeasure, resolveForVerify, verifyStream, type VerifyOptions } from "../verify/verify-stream.ts";
import { RepairTableNeededError, StreamNotCopiedError, StreamPausedError } from "./errors.ts";
import { parseKeys } from "./parse-keys.ts";
import { askForRepair, countWaiting } from "./repair-store.ts";

export type RepairOptions = Pick<
  VerifyOptions,
  "table" | "pauseMs" | "maxLagBytes" | "catchUpMs" | "settleMs" | "onProgress" | "signal"
> & {
  plan: StreamPlan;
  addresses: StreamAddresses;
  log: Logger;
  /** These rows only, see parseKeys; needs `table` where the stream has several. Without, a verification finds them. */
  keys?: string | undefined;
  /** Says what would be done, and does nothing. */
  dryRun?: boolean | undefined;
  /** Rows of a table to repair at most (default 100,000); more is a copy's work. */
  mostRows?: number | undefined;
  /** For how long nothing may happen before a row is given up (default 60 s). */
  stallMs?: number | undefined;
  /** Called as rows are read anew. */
  onRepaired?: ((progress: { table: string; done: number; of: number }) => void) | undefined;
};

export type RepairReport = {
  stream: string;
  /** `equal`: nothing differed. `repaired`: nothing differs any more. `different`: something still does, or could not be judged. */
  outcome: "equal" | "repaired" | "different";
  dryRun: boolean;
  tables: readonly TableRepair[];
  ms: number;
};

export type TableRepair = {
  table: string;
  source: string;
  /** What differed. */
  found: DifferenceCounts;
  /** Rows that were read anew and are equal now. */
  repaired: number;
  /** Rows that still differ, by their keys; the first hundred. */
  remaining: readonly (readonly (string | null)[])[];
  remainingRows: number;
  /** Rows that could not be judged. */
  undecided: number;
  /** Why something remains; absent otherwise. */
  reason?: string;
};

/**
 * Makes rows of the target equal to the source's again while both are in use. Starts the stream for the time it takes when nobody
 * runs it. Throws what verifyStream throws, StreamNotCopiedError, RepairKeyError, RepairTableNeededError.
 */
export async function repairStream(options: RepairOptions): Promise<RepairReport> {
  const startedAt = performance.now();
  const { plan, addresses, dryRun = false } = options;
  return withVerifySessions(plan, addresses, async (sessions) => {
    const following = dryRun ? undefined : await ensureFollowing(options, sessions);
    try {
      const found = await findBroken(options, sessions);
      const tables: TableRepair[] = [];
      for (const each of found.broken) tables.push(await repairTable(options, sessions, each));
      addDoubts(tables, found.doubts);
      return {
        stream: plan.name,
        outcome: outcomeOf(tables),
        dryRun,
        tables,
        ms: Math.round(performance.now() - startedAt),
      };
    } finally {
      await following?.close();
    }
  });
}

// --- internal ---

const MOST_ROWS = 100_000;
const AT_ONCE = 5_000;
const STALL_MS = 60_000;
const LOOK_EVERY_MS = 50;

type Broken = { table: ResolvedTable; measure: Measure; keys: Key[]; found: DifferenceCounts; beyond: number };

/** What a look at all tables has found; `doubts` are tables of which rows could not be judged. */
type Found = { broken: readonly Broken[]; doubts: readonly TableReport[] };

// A stream that stands still repairs nothing.
async function ensureFollowing(
  { plan, addresses, log }: RepairOptions,
  { targetClerk }: VerifySessions,
): Promise<RunningStream | undefined> {
  const stored = await findPosition(targetClerk, plan.name);
  if (stored === undefined || stored.state === "copying") throw new StreamNotCopiedError(plan.name);
  const { mode } = await readControl(targetClerk, plan.name);
  if (mode !== "applying") throw new StreamPausedError(plan.name, mode);
  if (await isLocked(targetClerk, plan.name)) return undefined;
  log.info({ stream: plan.name }, "nobody runs the stream: it follows for the time of the repair");
  const stream = startStream({ plan, addresses, log });
  let failure: { error: unknown } | undefined;
  stream.finished.catch((error: unknown) => {
    failure = { error };
  });
  while (!["following", "completing"].includes(stream.status().state)) {
    if (failure !== undefined) throw failure.error;
    await pause(LOOK_EVERY_MS);
  }
  return stream;
}

async function findBroken(options: RepairOptions, sessions: VerifySessions): Promise<Found> {
  const { plan, keys } = options;
  if (keys !== undefined) return { broken: [await findGiven(options, sessions, keys)], doubts: [] };
  const byTable = new Map<ResolvedTable, Broken>();
  const measure = await chooseMeasure(plan, sessions);
  const mostRows = options.mostRows ?? MOST_ROWS;
  const { tables } = await verifyStream({
    ...options,
    examples: 0,
    onDifferent: (table, different) => {
      const broken = byTable.get(table) ?? { table, measure, keys: [], found: noDifferences(), beyond: 0 };
      byTable.set(table, broken);
      for (const { kind, key } of different) {
        broken.found[kind] += 1;
        if (broken.keys.length < mostRows) broken.keys.push(key);
        else broken.beyond += 1;
      }
    },
  });
  return { broken: [...byTable.values()], doubts: tables.filter(({ undecided }) => undecided > 0) };
}

async function findGiven(options: RepairOptions, sessions: VerifySessions, text: string): Promise<Broken> {
  const { plan } = options;
  const [table, ...more] = await resolveForVerify(options, sessions.source, sessions.target);
  if (table === undefined || more.length > 0)
    throw new RepairTableNeededError(
      plan.name,
      plan.tables.map(({ to }) => to),
    );
  const measure = await chooseMeasure(plan, sessions);
  const keys = parseKeys(text, table);
  const { different } = await judge(options, sessions, { table, measure }, keys);
  return { table, measure, keys: different.map(({ key }) => key), found: countKinds(different), beyond: 0 };
}

async function repairTable(options: RepairOptions, sessions: VerifySessions, broken: Broken): Promise<TableRepair> {
  const { table, keys, found, beyond } = broken;
  const about = { table: formatTable(table.to), source: formatTable(table.from), found };
  if (options.dryRun === true) {
    return { ...about, repaired: 0, ...remaining(keys, []), remainingRows: keys.length + beyond };
  }
  const given = await readAnew(options, sessions, broken);
  const { different, undecided } = await judge(options, sessions, broken, keys);
  const left = different.map(({ key }) => key);
  if (options.keys === undefined && beyond === 0) {
    await noteRepaired(sessions.targetClerk, options.plan.name, verificationName(table), countKinds(different));
  }
  const reason = reasonOf(given, beyond, undecided.length);
  return {
    ...about,
    repaired: keys.length - left.length - undecided.length,
    ...remaining(left, undecided),
    remainingRows: left.length + beyond,
    ...(reason === undefined || left.length + beyond + undecided.length === 0 ? {} : { reason }),
  };
}

type Given = { refused: string | undefined; isStuck: boolean };

async function readAnew(
  { plan, stallMs = STALL_MS, onRepaired, signal }: RepairOptions,
  { targetClerk }: VerifySessions,
  { table, keys }: Broken,
): Promise<Given> {
  const given: Given = { refused: undefined, isStuck: false };
  for (let from = 0; from < keys.length && !given.isStuck; from += AT_ONCE) {
    const part = keys.slice(from, from + AT_ONCE);
    await askForRepair(targetClerk, plan.name, table, part);
    let last = part.length;
    let movedAt = performance.now();
    for (;;) {
      signal?.throwIfAborted();
      const { waiting, refused, why } = await countWaiting(targetClerk, plan.name, table, part);
      if (refused > 0) given.refused = why;
      if (waiting < last) movedAt = performance.now();
      last = waiting;
      onRepaired?.({ table: formatTable(table.to), done: from + part.length - waiting, of: keys.length });
      if (waiting === 0) break;
      if (performance.now() - movedAt > stallMs) {
        given.isStuck = true;
        break;
      }
      await pause(LOOK_EVERY_MS);
    }
  }
  return given;
}

function judge(
  { plan, catchUpMs = 30_000, settleMs = 15_000 }: RepairOptions,
  sessions: VerifySessions,
  { table, measure }: Pick<Broken, "table" | "measure">,
  keys: readonly Key[],
): Promise<{ different: Different[]; undecided: Key[] }> {
  return judgeKeys(table, distinct(keys), { plan, sessions, measure, catchUpMs, settleMs });
}

function distinct(keys: readonly Key[]): Key[] {
  return [...new Map(keys.map((key) => [keyText(key), key])).values()];
}

function remaining(left: readonly Key[], undecided: readonly Key[]): Pick<TableRepair, "remaining" | "undecided"> {
  return { remaining: left.slice(0, 100), undecided: undecided.length };
}

function reasonOf({ refused, isStuck }: Given, beyond: number, undecided: number): string | undefined {
  if (isStuck) return "the stream did not read the rows anew: look at its status and its log";
  if (refused !== undefined) return `the target refused what the source has: ${refused}`;
  if (beyond > 0) return "there were more rows than one repair takes: run it again, or copy the table afresh";
  return undecided > 0 ? "rows kept changing while they were looked at, or the stream did not get to them" : undefined;
}

function countKinds(different: readonly Different[]): DifferenceCounts {
  const counts = noDifferences();
  for (const { kind } of different) counts[kind] += 1;
  return counts;
}

// A row that could not be judged is not a row that is equal.
function addDoubts(tables: TableRepair[], doubts: readonly TableReport[]): void {
  for (const { table, source, undecided, reason = "" } of doubts) {
    const at = tables.findIndex((each) => each.table === table && each.source === source);
    const before = tables[at] ?? {
      table,
      source,
      found: noDifferences(),
      repaired: 0,
      remaining: [],
      remainingRows: 0,
      undecided: 0,
    };
    const after = { ...before, undecided: before.undecided + undecided, reason: before.reason ?? reason };
    if (at === -1) tables.push(after);
    else tables[at] = after;
  }
}

function noDifferences(): DifferenceCounts {
  return { missing: 0, extra: 0, changed: 0 };
}

function outcomeOf(tables: readonly TableRepair[]): RepairReport["outcome"] {
  if (tables.some(({ remainingRows, undecided }) => remainingRows + undecided > 0)) return "different";
  return tables.some(({ repaired }) => repaired > 0) ? "repaired" : "equal";
}
