import type { StreamPlan } from "../plan/stream-plan.ts";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { comparableRows, type Measure } from "./comparable-rows.ts";
import type { Different } from "./differences.ts";
import type { Key } from "./part.ts";
import { settle } from "./settle.ts";
import { catchUp, type VerifySessions } from "./sides.ts";

export type JudgeOptions = {
  plan: StreamPlan;
  sessions: VerifySessions;
  measure: Measure;
  /** How long to wait each time for the stream to catch up. */
  catchUpMs: number;
  /** How long a row may take to be judged. */
  settleMs: number;
};

/** Which of these rows differ now, and which could not be judged. */
export async function judgeKeys(
  table: ResolvedTable,
  keys: readonly Key[],
  { plan, sessions, measure, catchUpMs, settleMs }: JudgeOptions,
): Promise<{ different: Different[]; undecided: Key[] }> {
  const different: Different[] = [];
  const undecided: Key[] = [];
  const settled = settle(keys, {
    source: comparableRows(sessions.source, table, "source", measure),
    target: comparableRows(sessions.target, table, "target", measure),
    catchUp: () => catchUp(plan, sessions, catchUpMs),
    settleMs,
  });
  for await (const part of settled) {
    different.push(...part.different);
    undecided.push(...part.undecided);
  }
  return { different, undecided };
}
