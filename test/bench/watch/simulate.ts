import { canaryTraffic, type Behaviour } from "../../../proxy/test/kit/canary-traffic.ts";
import { beginJudgement, judge, verdictOf } from "../../../proxy/src/watch/judge.ts";
import { toWatchRule, type WatchRule } from "../../../proxy/src/watch/watch-rule.ts";
import type { Rule } from "./flagger.ts";

/** Requests per second of all customers, and the share of them that the candidate answers. */
export type Load = { perSecond: number; share: number };

/** A candidate that turns ill after some time. */
export type Change = { well: Behaviour; ill: Behaviour; afterSeconds: number };

/** The watch with its defaults, looking once a second at the same counters as any other rule. */
export function watchRule(rule = toWatchRule(undefined) as WatchRule): Rule {
  let judgement: ReturnType<typeof beginJudgement> | undefined;
  return (second, sides) => {
    const nowMs = second * 1000;
    judgement = judgement === undefined ? beginJudgement(nowMs, sides, rule) : judge(judgement, nowMs, sides, rule);
    return verdictOf(judgement, rule).verdict === "bad";
  };
}

/** How often each rule rolls back a candidate that is exactly like its control, on the same traffic. A roll-back begins the watch anew. */
export function falseAlarms(
  rules: readonly (() => Rule)[],
  load: Load,
  behaviour: Behaviour,
  hours: number,
  seed: number,
): number[] {
  const traffic = canaryTraffic(seed, load.perSecond, load.share);
  const current = rules.map((create) => create());
  const alarms = rules.map(() => 0);
  for (let second = 1; second <= hours * 3600; second += 1) {
    const sides = traffic.second(behaviour, behaviour);
    for (const [index, create] of rules.entries()) {
      if (current[index]?.(second, sides) !== true) continue;
      alarms[index] = (alarms[index] ?? 0) + 1;
      current[index] = create();
    }
  }
  return alarms;
}

/** Seconds from the moment at which the candidate changes to its roll-back, one for each seed; Infinity where `limit` passes first. */
export function delays(
  create: () => Rule,
  load: Load,
  change: Change,
  { runs, limit }: { runs: number; limit: number },
): number[] {
  return Array.from({ length: runs }, (_, run) => delay(create, load, change, limit, 1_000 + run)).sort(
    (a, b) => a - b,
  );
}

/** The upper end of the one-sided 95 % confidence interval of a Poisson count (Garwood): the rate that would rarely show so little. */
export function atMost(count: number): number {
  let low = count;
  let high = count + 10 + 5 * Math.sqrt(count + 1);
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (poissonUpTo(count, middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}

// --- internal ---

function delay(
  create: () => Rule,
  load: Load,
  { well, ill, afterSeconds }: Change,
  limit: number,
  seed: number,
): number {
  const traffic = canaryTraffic(seed, load.perSecond, load.share);
  let rule = create();
  for (let second = 1; second <= afterSeconds + limit; second += 1) {
    const isIll = second > afterSeconds;
    const rollsBack = rule(second, traffic.second(well, isIll ? ill : well));
    if (rollsBack && isIll) return second - afterSeconds;
    if (rollsBack) rule = create();
  }
  return Number.POSITIVE_INFINITY;
}

function poissonUpTo(count: number, mean: number): number {
  let term = Math.exp(-mean);
  let sum = term;
  for (let each = 1; each <= count; each += 1) {
    term *= mean / each;
    sum += term;
  }
  return sum;
}
