import { findUnfitness, type Run } from "../run.ts";
import type { Block, Comparison, ComparisonCircumstances, LeftOut, Side, SideSummary, Stretch } from "./comparison.ts";
import { percentileCurve } from "./curve.ts";
import { compareSteps, compareWhole, type RunPair } from "./figures.ts";
import { headlineOf } from "./headline.ts";

export type CompareOptions = {
  labels: Readonly<Record<Side, string>>;
  notes?: Readonly<Record<string, string>>;
};

/**
 * What blocks of two sides say about their difference. Pure: the same blocks give the same comparison, today and from a
 * file. Blocks are the unit of evidence, not requests: requests of one block share its luck. A pair with a block in which
 * the generator itself was late is left out and named. `blocks` must not be empty.
 */
export function compare(blocks: readonly Block[], { labels, notes = {} }: CompareOptions): Comparison {
  const { pairs, leftOut, planned } = sortOut(blocks);
  const usable = pairs.flatMap(({ before, after }) => [before, after]);
  const findings = {
    figures: compareWhole(pairs),
    sides: {
      before: summarize("before", labels.before, blocks, usable),
      after: summarize("after", labels.after, blocks, usable),
    },
    pairs: { planned, used: pairs.length },
    leftOut,
  };
  return {
    headline: headlineOf(findings),
    ...findings,
    steps: compareSteps(pairs),
    stretches: toStretches(blocks, new Set(usable)),
    circumstances: describeCircumstances(blocks, pairs, notes),
    blocks,
  };
}

// --- internal ---

function sortOut(blocks: readonly Block[]): { pairs: RunPair[]; leftOut: LeftOut[]; planned: number } {
  const pairs: RunPair[] = [];
  const leftOut: LeftOut[] = [];
  const numbers = [...new Set(blocks.map(({ pair }) => pair))];
  for (const pair of numbers) {
    const find = (side: Side) => blocks.find((block) => block.pair === pair && block.side === side)?.run;
    const [before, after] = [find("before"), find("after")];
    const reason =
      before && after ? [...findUnfitness(before), ...findUnfitness(after)][0] : "one of its blocks is missing";
    if (reason !== undefined) leftOut.push({ pair, reason });
    else if (before && after) pairs.push({ before, after });
  }
  return { pairs, leftOut, planned: numbers.length };
}

// Failures are counted over all blocks, left out or not: a wrong answer is wrong however late it was asked for.
function summarize(side: Side, label: string, blocks: readonly Block[], usable: readonly Run[]): SideSummary {
  const runs = blocks.filter((block) => block.side === side).map(({ run }) => run);
  const curveRuns = runs.filter((run) => usable.includes(run));
  const sum = (amount: (run: Run) => number) => runs.reduce((total, run) => total + amount(run), 0);
  return {
    label,
    blocks: runs.length,
    visitors: sum(({ visitors }) => visitors.arrived),
    requests: sum(({ requests }) => requests.scheduled),
    failed: sum(({ requests }) => requests.failed),
    servedBy: addUp(runs.map(({ servedBy }) => servedBy)),
    failures: groupFailures(runs),
    curve: curveRuns.length === 0 ? [] : percentileCurve(curveRuns.map(({ latency }) => latency)),
  };
}

function addUp(tallies: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const [name, count] of tallies.flatMap((tally) => Object.entries(tally)))
    total[name] = (total[name] ?? 0) + count;
  return total;
}

const MOST_FAILURES_SHOWN = 10;

function groupFailures(runs: readonly Run[]): SideSummary["failures"] {
  const groups = new Map<string, { step: string; reason: string; count: number }>();
  for (const { step, reason } of runs.flatMap(({ failures }) => failures)) {
    const group = groups.get(`${step} ${reason}`) ?? { step, reason, count: 0 };
    groups.set(`${step} ${reason}`, { ...group, count: group.count + 1 });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count).slice(0, MOST_FAILURES_SHOWN);
}

function toStretches(blocks: readonly Block[], usable: ReadonlySet<Run>): Stretch[] {
  const starts = blocks.map(({ run }) => Date.parse(run.startedAt));
  const zero = Math.min(...starts);
  return blocks.map(({ pair, side, run }, index) => {
    const startMs = (starts[index] as number) - zero;
    const moments = run.seconds
      .filter(({ atMs }) => atMs < run.durationMs)
      .map(({ atMs, p50Ms, p99Ms, failed }) => ({ atMs: startMs + atMs, p50Ms, p99Ms, failed }));
    return { pair, side, usable: usable.has(run), startMs, endMs: startMs + run.durationMs, moments };
  });
}

function describeCircumstances(
  blocks: readonly Block[],
  pairs: readonly RunPair[],
  notes: ComparisonCircumstances["notes"],
): ComparisonCircumstances {
  const { run: first } = blocks[0] as Block;
  const generators = blocks.map(({ run }) => run.generator);
  const collections = generators.map(({ garbageCollection }) => garbageCollection);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    ...first.circumstances,
    scenario: first.scenario,
    baseUrl: first.baseUrl,
    seed: first.seed,
    rate: first.rate,
    arrivals: first.arrivals,
    blockMs: first.durationMs,
    startedAt: first.startedAt,
    latenessLimitMs: first.generator.latenessLimitMs,
    worstLatenessMs: Math.max(...generators.map(({ lateness }) => lateness.p99Ms)),
    queued: sum(generators.map(({ queued }) => queued)),
    garbageCollection: {
      pauses: sum(collections.map(({ pauses }) => pauses)),
      totalMs: sum(collections.map(({ totalMs }) => totalMs)),
      longestMs: Math.max(...collections.map(({ longestMs }) => longestMs)),
    },
    noise: spreadOf(pairs.map(({ before }) => before.latency.p50Ms)),
    notes,
  };
}

/** Standard deviation as a share of the mean; 0 for fewer than two values. */
function spreadOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return mean === 0 ? 0 : Math.sqrt(variance) / mean;
}
