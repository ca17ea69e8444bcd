import { slotEndMs, SLOTS } from "../traffic.ts";
import { between, cutOf, errorBlock, SLOW_AS_A_RULE, slowBlock, type Cut, type Sides } from "./blocks.ts";
import type { Block } from "./growth.ts";
import type { Verdict } from "./report.ts";
import { capitalOf, NO_BLOCK, noSuspicion, suspect, type FaultKind, type Suspicion } from "./suspicion.ts";
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
  readonly errors: Suspicion;
  readonly latency: Suspicion;
  readonly cut: Cut | undefined;
  /** All slow requests since the beginning; the cut moves, so they cannot be counted afterwards. */
  readonly slow: Block;
};

/** How the control has been lately; what is a minute old counts half. */
type Lately = { readonly requests: number; readonly faults: number; readonly slots: readonly number[] };

/** The verdict, and what it stands on. */
export type Evidence = {
  readonly verdict: Verdict;
  readonly suspicion: "errors" | "latency" | undefined;
  readonly towardsBad: number;
  readonly towardsGood: number;
  /** Once in how many hours of watching a candidate at the edge of what is allowed would look as bad as this. */
  readonly onceInHours: number;
};

export function beginJudgement(nowMs: number, sides: Sides, rule: WatchRule): Judgement {
  const kinds = kindsOf(rule);
  return {
    sinceMs: nowMs,
    lastMs: nowMs,
    first: sides,
    last: sides,
    lately: { requests: 0, faults: 0, slots: Array.from({ length: SLOTS }, () => 0) },
    errors: noSuspicion(kinds.errors),
    latency: noSuspicion(kinds.latency),
    cut: undefined,
    slow: NO_BLOCK,
  };
}

/** Takes in the counters of this instant. While the candidate has not been asked, nothing is judged and nothing forgotten. */
export function judge(before: Judgement, nowMs: number, sides: Sides, rule: WatchRule): Judgement {
  const seen = between(before.last, sides);
  if (seen === undefined) return { ...before, first: sides, last: sides, lastMs: nowMs };
  if (seen.candidate.requests === 0) return before;

  const kinds = kindsOf(rule);
  // Hours in which nobody asks do not count as hours of canary.
  const seconds = Math.min((nowMs - before.lastMs) / 1000, LONGEST_BLOCK_SECONDS);
  const { lately } = before;
  // Everything that the bets depend on is known before the block is looked at.
  const cut = rule.slower && cutOf(lately.slots, rule.slower);
  const ceiling = CEILING * enough(rule);
  const slow = cut && slowBlock(seen, cut);
  return {
    ...before,
    lastMs: nowMs,
    last: sides,
    lately: remember(lately, seen, seconds),
    errors: suspect(before.errors, kinds.errors, errorBlock(seen, rule), errorRate(lately), seconds, ceiling),
    latency: slow
      ? suspect(before.latency, kinds.latency, slow, slowRate(lately, cut), seconds, ceiling)
      : before.latency,
    cut,
    slow: slow ? addBlocks(before.slow, slow) : before.slow,
  };
}

/** What a judgement says at this point. */
export function verdictOf({ errors, latency }: Judgement, rule: WatchRule): Evidence {
  const ofErrors = capitalOf(errors);
  const ofLatency = capitalOf(latency);
  const capital = ofErrors + ofLatency;
  const inFavour = rule.slower ? Math.min(errors.inFavour, latency.inFavour) : errors.inFavour;
  const towardsBad = partOf(Math.log(capital), Math.log(enough(rule)));
  const towardsGood = partOf(inFavour, Math.log(SURE_OF_GOOD));
  return {
    verdict: towardsBad === 1 ? "bad" : towardsGood === 1 ? "good" : "not enough traffic",
    suspicion: towardsBad < WORTH_A_WORD ? undefined : ofErrors >= ofLatency ? "errors" : "latency",
    towardsBad,
    towardsGood,
    onceInHours: capital / 3600,
  };
}

/** The durations that the cut stands for. */
export function cutMs({ control, candidate }: Cut): { control: number; candidate: number } {
  return { control: slotEndMs(control), candidate: slotEndMs(candidate) };
}

/** A verdict of "good" is wrong at most once in so many steps. */
export const SURE_OF_GOOD = 100;

// --- internal ---

const LONGEST_BLOCK_SECONDS = 10;
const CEILING = 100;
const HALF_LIFE_SECONDS = 60;
// Below this share of the way, what there is will be chance.
const WORTH_A_WORD = 0.5;

// Errors come first: three quarters of the false alarms may be theirs.
function kindsOf(rule: WatchRule): { errors: FaultKind; latency: FaultKind } {
  const { errorMargin, errorGoodMargin } = rule;
  const alone = rule.slower === undefined;
  return {
    errors: {
      margin: errorMargin,
      goodMargin: errorGoodMargin,
      gaps: [0.01, 0.05, 0.15, 0.6],
      share: alone ? 1 : 0.75,
    },
    latency: { margin: SLOW_AS_A_RULE, goodMargin: 2 * SLOW_AS_A_RULE, gaps: [0.1, 0.4, 0.8], share: 0.25 },
  };
}

function enough({ falseAlarmHours }: WatchRule): number {
  return 3600 * falseAlarmHours;
}

function remember(lately: Lately, { control }: Sides, seconds: number): Lately {
  const kept = 0.5 ** (seconds / HALF_LIFE_SECONDS);
  return {
    requests: lately.requests * kept + control.requests,
    faults: lately.faults * kept + control.faults,
    slots: lately.slots.map((inSlot, slot) => inSlot * kept + (control.slots[slot] ?? 0)),
  };
}

// A rate of 0 cannot be betted on, and one of a control that was never asked is unknown.
function errorRate({ requests, faults }: Lately): number {
  return (faults + 0.02) / (requests + 10);
}

function slowRate({ slots, requests }: Lately, cut: Cut): number {
  const slow = slots.slice(cut.control + 1).reduce((sum, each) => sum + each, 0);
  return (slow + 0.5) / (requests + 10);
}

function partOf(value: number, whole: number): number {
  return Math.max(0, Math.min(1, value / whole));
}

function addBlocks(a: Block, b: Block): Block {
  return {
    control: { count: a.control.count + b.control.count, of: a.control.of + b.control.of },
    candidate: { count: a.candidate.count + b.candidate.count, of: a.candidate.of + b.candidate.of },
  };
}
