import { SLOTS } from "../traffic.ts";
import { between, beyond, cutOf, errorBlock, slowBlock, type Cut, type Sides } from "./blocks.ts";
import type { FaultKind } from "./fault-kinds.ts";
import type { Block } from "./growth.ts";
import type { Verdict } from "./report.ts";
import { capitalOf, noSuspicion, suspect, type Suspicion } from "./suspicion.ts";
import type { WatchRule } from "./watch-rule.ts";

/** All that is remembered of one step of a canary. Plain data: `judge` takes one and gives the next. */
export type Judgement = {
  /** Milliseconds of the clock that the looks are timed by. */
  readonly sinceMs: number;
  readonly lastMs: number;
  /** Counters at the beginning, and at the end of the last block. */
  readonly first: Sides;
  readonly last: Sides;
  readonly lately: Lately;
  /** No customer is left with the control: the candidate is held to how the control was in the step before. */
  readonly alone: boolean;
  /** One to each kind of fault of the rule. */
  readonly findings: readonly Finding[];
};

export type Finding = { readonly suspicion: Suspicion; readonly cut: Cut | undefined };

/** How the control has been lately; what is a minute old counts half. */
export type Lately = { readonly requests: number; readonly faults: number; readonly slots: readonly number[] };

/** The verdict, and what it stands on. */
export type Evidence = {
  readonly verdict: Verdict;
  /** Which of the rule's kinds of fault weighs most. */
  readonly worst: number;
  /** 0 to 1, on a logarithmic scale. */
  readonly towardsBad: number;
  readonly towardsGood: number;
  /** Once in how many hours of watching a candidate at the edge of what is allowed would look as bad as this. */
  readonly onceInHours: number;
};

export function beginJudgement(
  nowMs: number,
  sides: Sides,
  { kinds }: WatchRule,
  { lately = NOTHING_LATELY, alone = false }: { lately?: Lately | undefined; alone?: boolean } = {},
): Judgement {
  const findings = kinds.map((kind) => ({ suspicion: noSuspicion(kind), cut: undefined }));
  return { sinceMs: nowMs, lastMs: nowMs, first: sides, last: sides, lately, alone, findings };
}

/** Takes in the counters of this instant. While the candidate has not been asked, nothing is judged and nothing forgotten. */
export function judge(before: Judgement, nowMs: number, sides: Sides, rule: WatchRule): Judgement {
  const seen = between(before.last, sides);
  if (seen === undefined) return { ...before, first: sides, last: sides, lastMs: nowMs };
  if (seen.candidate.requests === 0) return before;
  // Hours in which nobody asks do not count as hours of canary.
  const seconds = Math.min((nowMs - before.lastMs) / 1000, LONGEST_BLOCK_SECONDS);
  return {
    ...before,
    lastMs: nowMs,
    last: sides,
    lately: remember(before.lately, seen, seconds, rule),
    findings: rule.kinds.map((_kind, index) => look(before, index, seen, seconds, rule)),
  };
}

/** What a judgement says at this point. */
export function verdictOf({ findings }: Judgement, rule: WatchRule): Evidence {
  const capitals = findings.map(({ suspicion }) => capitalOf(suspicion));
  const capital = capitals.reduce((sum, each) => sum + each, 0);
  // Good is good in every respect; each is shown on its own, so that no share of doubt has to be split among them.
  const inFavour = Math.min(...findings.map(({ suspicion }) => suspicion.inFavour));
  const towardsBad = partOf(Math.log(capital), Math.log(enough(rule)));
  const towardsGood = partOf(inFavour, Math.log(SURE_OF_GOOD));
  return {
    verdict: towardsBad === 1 ? "bad" : towardsGood === 1 ? "good" : "not enough traffic",
    worst: capitals.indexOf(Math.max(...capitals)),
    towardsBad,
    towardsGood,
    onceInHours: capital / 3600,
  };
}

/** A verdict of "good" is wrong at most once in so many steps. */
export const SURE_OF_GOOD = 100;

// --- internal ---

const NOTHING_LATELY: Lately = { requests: 0, faults: 0, slots: Array.from({ length: SLOTS }, () => 0) };
const LONGEST_BLOCK_SECONDS = 10;
const CEILING = 100;
const HALF_LIFE_SECONDS = 60;

// Everything that is betted on is known before the block is looked at: the rates and the cut come from `before`.
function look(before: Judgement, index: number, seen: Sides, seconds: number, rule: WatchRule): Finding {
  const { lately, alone } = before;
  const kind = rule.kinds[index] as FaultKind;
  const finding = before.findings[index] as Finding;
  if (alone && lately.requests < KNOWN_WELL) return finding;
  const measured = kind.fault === "errors" ? errorsOf(lately, seen, rule) : slownessOf(lately, seen, kind, rule);
  if (measured === undefined) return finding;
  const { block, rate, cut } = measured;
  const ceiling = CEILING * enough(rule);
  return { cut, suspicion: suspect(finding.suspicion, { kind, block, seconds, ceiling }, { rate, alone }) };
}

type Measured = { block: Block; rate: number; cut: Cut | undefined };

function errorsOf(lately: Lately, seen: Sides, rule: WatchRule): Measured {
  return {
    cut: undefined,
    block: errorBlock(seen, rule),
    rate: rateOf(lately.faults, lately.requests, TYPICAL_ERRORS),
  };
}

function slownessOf(lately: Lately, seen: Sides, { quantile }: FaultKind, { slower }: WatchRule): Measured | undefined {
  const cut = slower && cutOf(lately.slots, quantile, slower);
  if (cut === undefined) return undefined;
  const { count, of } = beyond(lately.slots, cut.control);
  return { cut, block: slowBlock(seen, cut), rate: rateOf(count, of, 1 - quantile) };
}

// A control that is held up as a model must have been seen often enough.
const KNOWN_WELL = 200;
const TYPICAL_ERRORS = 0.002;

// A rate of 0 cannot be betted on, and that of a control that was never asked is unknown: ten requests are made up.
function rateOf(count: number, of: number, typical: number): number {
  return (count + 10 * typical) / (of + 10);
}

function enough({ falseAlarmHours }: WatchRule): number {
  return 3600 * falseAlarmHours;
}

function remember(lately: Lately, seen: Sides, seconds: number, rule: WatchRule): Lately {
  const { control } = seen;
  if (control.requests === 0) return lately;
  const kept = 0.5 ** (seconds / HALF_LIFE_SECONDS);
  return {
    requests: lately.requests * kept + control.requests,
    faults: lately.faults * kept + errorBlock(seen, rule).control.count,
    slots: lately.slots.map((inSlot, slot) => inSlot * kept + (control.slots[slot] ?? 0)),
  };
}

function partOf(value: number, whole: number): number {
  return Math.max(0, Math.min(1, value / whole));
}
