import type { StageAt } from "../routes/change-stages.ts";
import type { AdvanceRule } from "./advance-rule.ts";
import type { Verdict } from "./report.ts";

/** What is known of the step that a canary stands on. */
export type Standing = {
  percent: number;
  verdict: Verdict;
  minutes: number;
  /** Of the candidate, in this step. */
  requests: number;
  failed: number;
  p95Ms: number | undefined;
};

/** Where a canary would go from here, and what it still waits for. Ready when it waits for nothing. */
export type NextStep = { next: StageAt | null; waitsFor: string | undefined };

/** Pure: no clock, no counting. The stages behind are left to roll-backs, the stages ahead to this. */
export function nextStep(rule: AdvanceRule, standing: Standing): NextStep {
  const next = stepAfter(rule, standing.percent);
  if (next === null) return { next, waitsFor: "a person: this is the last step" };
  return { next, waitsFor: CONDITIONS.map((condition) => condition(rule, standing)).find(Boolean) };
}

// --- internal ---

type Condition = (rule: AdvanceRule, standing: Standing) => string | undefined;

const CONDITIONS: readonly Condition[] = [
  (_rule, { verdict }) => (verdict === "good" ? undefined : "a good verdict"),
  ({ everyMinutes }, { minutes }) =>
    minutes >= everyMinutes ? undefined : `${(everyMinutes - minutes).toFixed(1)} minutes to pass`,
  ({ minimumRequests }, { requests }) =>
    requests >= minimumRequests ? undefined : `${minimumRequests - requests} more requests to the candidate`,
  ({ gates: { errorPercent } }, { failed, requests }) =>
    errorPercent === undefined || 100 * failed <= errorPercent * requests
      ? undefined
      : `errors at or below ${errorPercent} %`,
  ({ gates: { p95Ms } }, standing) =>
    p95Ms === undefined || (standing.p95Ms ?? Number.POSITIVE_INFINITY) <= p95Ms
      ? undefined
      : `a 95th percentile of at most ${p95Ms} ms`,
];

function stepAfter({ steps, thenService }: AdvanceRule, percent: number): StageAt | null {
  const step = steps.find((each) => each > percent);
  if (step !== undefined) return { stage: "canary", percent: step };
  return thenService ? { stage: "service", percent: null } : null;
}
