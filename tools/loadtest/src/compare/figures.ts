import { createRandom } from "../random.ts";
import type { Run } from "../run.ts";
import type { Figure, Verdict } from "./comparison.ts";
import { intervalOf, meanOf } from "./interval.ts";

/** Runs of both sides that belong together. */
export type RunPair = { before: Run; after: Run };

/** Below this nothing is concluded: two differences cannot tell chance from change. */
export const FEWEST_PAIRS = 3;

/** The five figures of a comparison. Their intervals are widened so that all five hold together with 95 % confidence. */
export function compareWhole(pairs: readonly RunPair[]): Figure[] {
  const confidence = familyConfidence(5);
  return [
    compareRatio("median", "ms", pairs, ({ latency }) => latency.p50Ms, confidence),
    compareRatio("95th percentile", "ms", pairs, ({ latency }) => latency.p95Ms, confidence),
    compareRatio("99th percentile", "ms", pairs, ({ latency }) => latency.p99Ms, confidence),
    compareRatio("throughput", "per second", pairs, ({ throughputPerSecond }) => throughputPerSecond, confidence),
    compareErrors(pairs, confidence),
  ];
}

/** The median of a step is no more than a guess below this, and its noise would drown the other steps. */
export const FEWEST_REQUESTS = 5;

/**
 * The median of every step that was asked for often enough in a block. The intervals of those are widened so that all hold
 * together with 95 % confidence; the others could not be compared.
 */
export function compareSteps(pairs: readonly RunPair[]): Figure[] {
  const names = [...new Set(pairs.flatMap(({ before, after }) => Object.keys({ ...before.steps, ...after.steps })))];
  const steps = names.sort().map((name) => ({ name, pairs: pairs.filter((pair) => isAnsweredOften(pair, name)) }));
  const frequent = steps.filter((step) => step.pairs.length >= FEWEST_PAIRS);
  const confidence = familyConfidence(frequent.length);
  return steps.map((step) => {
    if (!frequent.includes(step)) return tooRare(step.name);
    const median = ({ steps: results }: Run) => results[step.name]?.latency.p50Ms ?? 0;
    return compareRatio(step.name, "ms", step.pairs, median, confidence);
  });
}

// --- internal ---

/** 0.1 %: what a histogram with three digits can tell apart. */
const RESOLUTION = 0.001;

// Bonferroni: each of n statements may be wrong in 5/n of 100 cases, so all are right in at least 95.
function familyConfidence(statements: number): number {
  return 1 - 0.05 / Math.max(1, statements);
}

/** Ratios are compared as differences of logarithms: +100 % and -50 % are the same step up and down. */
function compareRatio(
  name: string,
  unit: "ms" | "per second",
  pairs: readonly RunPair[],
  valueOf: (run: Run) => number,
  confidence: number,
): Figure {
  const known = pairs
    .map(({ before, after }) => ({ before: valueOf(before), after: valueOf(after) }))
    .filter(({ before, after }) => before > 0 && after > 0);
  if (known.length < FEWEST_PAIRS) return tooFew(name, unit, known.length);

  const logs = known.map(({ before, after }) => Math.log(after / before));
  const interval = intervalOf(logs, confidence, createRandom("bootstrap", name));
  const { low, high } = interval;
  return {
    name,
    unit,
    outcome: "compared",
    before: geometricMean(known.map(({ before }) => before)),
    after: geometricMean(known.map(({ after }) => after)),
    change: Math.expm1(interval.mean),
    low: Math.expm1(low),
    high: Math.expm1(high),
    couldSee: Math.max(RESOLUTION, Math.expm1(interval.couldSee)),
    pairs: known.length,
    verdict: unit === "ms" ? verdictOn(low, high, "faster", "slower") : verdictOn(low, high, "less", "more"),
  };
}

function compareErrors(pairs: readonly RunPair[], confidence: number): Figure {
  const [name, unit] = ["errors", "share"] as const;
  if (pairs.length < FEWEST_PAIRS) return tooFew(name, unit, pairs.length);
  const differences = pairs.map(({ before, after }) => errorShare(after) - errorShare(before));
  const interval = intervalOf(differences, confidence, createRandom("bootstrap", name));
  const margin = ruleOfThree(pairs);
  const low = Math.min(interval.low, interval.mean - margin);
  const high = Math.max(interval.high, interval.mean + margin);
  return {
    name,
    unit,
    outcome: "compared",
    before: meanOf(pairs.map(({ before }) => errorShare(before))),
    after: meanOf(pairs.map(({ after }) => errorShare(after))),
    change: interval.mean,
    low,
    high,
    couldSee: Math.max(interval.couldSee, margin),
    pairs: pairs.length,
    verdict: verdictOn(low, high, "less", "more"),
  };
}

// None seen in n requests still allows a true share of 3/n, with 95 % confidence (Hanley and Lippman-Hand, 1983).
function ruleOfThree(pairs: readonly RunPair[]): number {
  const total = (side: keyof RunPair) => pairs.reduce((sum, pair) => sum + pair[side].requests.scheduled, 0);
  return 3 / Math.max(1, Math.min(total("before"), total("after")));
}

function errorShare({ requests }: Run): number {
  return requests.scheduled === 0 ? 0 : requests.failed / requests.scheduled;
}

function verdictOn(low: number, high: number, below: Verdict, above: Verdict): Verdict {
  if (high < 0) return below;
  return low > 0 ? above : "no difference seen";
}

function tooFew(name: string, unit: Figure["unit"], pairs: number): Figure {
  const reason = `${pairs} usable ${pairs === 1 ? "pair" : "pairs"} of blocks; at least ${FEWEST_PAIRS} are needed`;
  return { name, unit, outcome: "could not compare", reason };
}

function isAnsweredOften({ before, after }: RunPair, name: string): boolean {
  return [before, after].every(({ steps }) => (steps[name]?.latency.count ?? 0) >= FEWEST_REQUESTS);
}

function tooRare(name: string): Figure {
  const reason = `in most blocks fewer than ${FEWEST_REQUESTS} requests were answered`;
  return { name, unit: "ms", outcome: "could not compare", reason };
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(meanOf(values.map(Math.log)));
}
