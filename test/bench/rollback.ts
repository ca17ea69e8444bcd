import { WELL } from "../../proxy/test/kit/canary-traffic.ts";
import type { BenchOptions, BenchResult } from "./result.ts";
import { flaggerRule, type Rule } from "./watch/flagger.ts";
import { measureRollBacks, type RealCase, type RollBack } from "./watch/real.ts";
import { atMost, delays, falseAlarms, watchRule, type Load } from "./watch/simulate.ts";

const LIMITS = { slowP95: 20, fastP95: 5, falsePer1000Hours: 1 };

// Both send 2,000 requests a second through one proxy, so that twenty routes (ten) can be measured at once.
const SLOW: RealCase = { routes: 20, perSecond: 100, percent: 5, failing: 0.1 };
const FAST: RealCase = { routes: 10, perSecond: 200, percent: 50, failing: 0.1 };
const ROUNDS = 3;

const SAME: readonly (Load & { failing: number })[] = [
  { perSecond: 100, share: 0.05, failing: 0.001 },
  { perSecond: 100, share: 0.05, failing: 0.01 },
  { perSecond: 100, share: 0.05, failing: 0.05 },
  { perSecond: 10, share: 0.1, failing: 0.01 },
  { perSecond: 400, share: 0.25, failing: 0.01 },
  { perSecond: 5, share: 0.2, failing: 0.02 },
];
const HOURS_EACH = 500;

const CHANGES: readonly { what: string; load: Load; failing: number; times: number }[] = [
  { what: "errors 0 -> 1 %, 5 canary req/s", load: { perSecond: 100, share: 0.05 }, failing: 0.01, times: 1 },
  { what: "errors 0 -> 5 %, 5 canary req/s", load: { perSecond: 100, share: 0.05 }, failing: 0.05, times: 1 },
  { what: "errors 0 -> 10 %, 5 canary req/s", load: { perSecond: 100, share: 0.05 }, failing: 0.1, times: 1 },
  { what: "errors 0 -> 50 %, 5 canary req/s", load: { perSecond: 100, share: 0.05 }, failing: 0.5, times: 1 },
  { what: "errors 0 -> 10 %, 1 canary req/s", load: { perSecond: 20, share: 0.05 }, failing: 0.1, times: 1 },
  { what: "errors 0 -> 10 %, 100 canary req/s", load: { perSecond: 2_000, share: 0.05 }, failing: 0.1, times: 1 },
  { what: "three times as slow, 5 canary req/s", load: { perSecond: 100, share: 0.05 }, failing: 0, times: 3 },
  { what: "three times as slow, 100 canary req/s", load: { perSecond: 2_000, share: 0.05 }, failing: 0, times: 3 },
];
const SIMULATED_RUNS = 200;
const SIMULATED_LIMIT_SECONDS = 3_600;

/** How fast a canary that turns bad is put back, on a real proxy; and how seldom one that is well, in simulated hours. */
export async function run({ progress }: BenchOptions): Promise<BenchResult> {
  const slow = await measureRounds("5 canary requests a second a route", SLOW, progress);
  const fast = await measureRounds("100 canary requests a second a route", FAST, progress);
  const alarms = SAME.map((same) => {
    progress(`${HOURS_EACH} simulated hours: ${nameOf(same)}`);
    const [ours = 0, flagger = 0] = countAlarms(same);
    return { same, ours, flagger };
  });
  const curves = CHANGES.map((change) => {
    progress(`${SIMULATED_RUNS} simulated changes: ${change.what}`);
    return { change, ours: curveOf(watchRule, change), flagger: curveOf(() => flaggerRule(), change) };
  });
  return toResult(slow, fast, alarms, curves);
}

// --- internal ---

type Alarms = { same: (typeof SAME)[number]; ours: number; flagger: number }[];
type Curve = { change: (typeof CHANGES)[number]; ours: number[]; flagger: number[] };

async function measureRounds(what: string, real: RealCase, progress: (line: string) => void): Promise<RollBack[]> {
  const all: RollBack[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    progress(`${what}: round ${round} of ${ROUNDS}, ${real.routes} routes turn bad`);
    all.push(...(await measureRollBacks(real)));
  }
  return all;
}

function countAlarms({ perSecond, share, failing }: (typeof SAME)[number]): number[] {
  const rules = [watchRule, () => flaggerRule()];
  return falseAlarms(rules, { perSecond, share }, { ...WELL, failing }, HOURS_EACH, 7);
}

function curveOf(create: () => Rule, { load, failing, times }: (typeof CHANGES)[number]): number[] {
  const ill = { ...WELL, failing, medianMs: WELL.medianMs * times };
  const change = { well: WELL, ill, afterSeconds: 60 };
  const runs = load.perSecond > 1_000 ? SIMULATED_RUNS / 4 : SIMULATED_RUNS;
  return delays(create, load, change, { runs, limit: SIMULATED_LIMIT_SECONDS });
}

function toResult(slow: RollBack[], fast: RollBack[], alarms: Alarms, curves: Curve[]): BenchResult {
  const undone = (each: RollBack[]) => each.map(({ undoneSeconds }) => undoneSeconds).sort((a, b) => a - b);
  const ours = alarms.reduce((sum, each) => sum + each.ours, 0);
  const flagger = alarms.reduce((sum, each) => sum + each.flagger, 0);
  const hours = HOURS_EACH * SAME.length;
  const perThousand = (count: number) => round((1_000 * count) / hours, 2);
  const slowP95 = quantile(undone(slow), 0.95);
  const fastP95 = quantile(undone(fast), 0.95);
  const flaggerP50 = quantile(curves[2]?.flagger ?? [], 0.5);
  return {
    name: "rollback",
    ratios: {
      slow_p95_to_limit: round(slowP95 / LIMITS.slowP95, 2),
      fast_p95_to_limit: round(fastP95 / LIMITS.fastP95, 2),
      false_to_limit: round(perThousand(ours) / LIMITS.falsePer1000Hours, 2),
      p50_vs_flagger: round(quantile(curves[2]?.ours ?? [], 0.5) / flaggerP50, 3),
    },
    table: [
      ["what", "watch", "Flagger's rule", "limit"],
      [
        `real proxy, 5 canary req/s, 0 -> 10 %: undone p50, s (${slow.length} routes)`,
        quantile(undone(slow), 0.5),
        "",
        "",
      ],
      ["  undone p95, s", slowP95, "", LIMITS.slowP95],
      ["  undone max, s", quantile(undone(slow), 1), "", ""],
      ["  customers who met an error, mean", round(mean(slow.map(({ errors }) => errors)), 1), "", ""],
      [
        `real proxy, 100 canary req/s, 0 -> 10 %: undone p50, s (${fast.length} routes)`,
        quantile(undone(fast), 0.5),
        "",
        "",
      ],
      ["  undone p95, s", fastP95, "", LIMITS.fastP95],
      [`false roll-backs in ${hours} simulated hours`, ours, flagger, ""],
      ["  in 1,000 hours", perThousand(ours), perThousand(flagger), LIMITS.falsePer1000Hours],
      ["  at most, with 95 % confidence", perThousand(atMost(ours)), perThousand(atMost(flagger)), ""],
      ...alarms.map((each) => [`  ${nameOf(each.same)}`, each.ours, each.flagger, ""]),
      ...curves.map((each) => [
        `simulated, p50 / p95 s: ${each.change.what}`,
        halfAndMost(each.ours),
        halfAndMost(each.flagger),
        "",
      ]),
    ],
    notes: [
      "Real: one proxy and one service for all routes; each route turns bad at its own moment after 30 good seconds; customers come in open loop with new keys. Undone: from the change to the last answer that the candidate gave anybody.",
      "Simulated: the same functions, fed with counters once a second; requests are independent, durations log-normal with a median of 20 ms. A roll-back that comes too late counts as never (-).",
      "Flagger's rule: success rate of the canary below 99 % in a minute, ten times (its documented example). It is absolute, so at 5 % errors on both sides it always fires.",
      "Customers whose errors come in bursts are not independent; such traffic raises more false alarms than these.",
    ],
    figures: { slow, fast, alarms, curves },
  };
}

function nameOf({ perSecond, share, failing }: (typeof SAME)[number]): string {
  return `${perSecond} req/s, ${100 * share} % canary, ${100 * failing} % errors on both sides`;
}

function halfAndMost(sorted: readonly number[]): string {
  return `${shown(quantile(sorted, 0.5))} / ${shown(quantile(sorted, 0.95))}`;
}

function shown(seconds: number): string {
  return Number.isFinite(seconds) ? String(seconds) : "-";
}

function quantile(sorted: readonly number[], part: number): number {
  const value = sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
  return round(value, 1);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function round(value: number, digits: number): number {
  return Number.isFinite(value) ? Number(value.toFixed(digits)) : value;
}
