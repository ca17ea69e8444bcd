import { compareWhole, type RunPair } from "../src/compare/figures.ts";
import { createRandom, type Random } from "../src/random.ts";
import type { Run } from "../src/run.ts";
import { drawLatencies, fakeRun, normal } from "./fake-run.ts";

// node simulate-comparisons.ts COMPARISONS PAIRS FACTOR
// Simulates comparisons in which "after" takes FACTOR times as long, and prints how many came to which verdicts. FACTOR
// "seen" takes for each comparison the change that another one says it could see. (A program, since the sandbox of
// the test runner makes arithmetic five times as slow.)

// A machine as restless as a shared one: every block is slower or faster as a whole by 5 % (one standard deviation), and
// all of it grows slower by 20 % from the first block to the last.
const BLOCK_NOISE = 0.05;
const DRIFT = 0.2;
const REQUESTS_PER_BLOCK = 600;

const [comparisons = 0, pairs = 0] = process.argv.slice(2, 4).map(Number);
const wish = process.argv[4] ?? "1";
const counts = { nothing: 0, medianFaster: 0, medianSlower: 0 };
for (let index = 0; index < comparisons; index += 1) {
  const factor = wish === "seen" ? 1 + couldSee(index) : Number(wish);
  const figures = compareWhole(simulate(factor, createRandom("comparison", pairs, wish, index)));
  const verdicts = figures.map((figure) => (figure.outcome === "compared" ? figure.verdict : figure.outcome));
  counts.nothing += Number(verdicts.every((verdict) => verdict === "no difference seen"));
  counts.medianFaster += Number(verdicts[0] === "faster");
  counts.medianSlower += Number(verdicts[0] === "slower");
}
process.stdout.write(JSON.stringify(counts));

// --- internal ---

function couldSee(index: number): number {
  const [median] = compareWhole(simulate(1, createRandom("another", pairs, index)));
  return median?.outcome === "compared" ? median.couldSee : 0;
}

/** Pairs in the order before-after, after-before, as they are really driven. */
function simulate(factor: number, random: Random): RunPair[] {
  const template = fakeRun({ latenciesMs: [10] });
  const block = (position: number, slowness: number): Run => {
    const restlessness = Math.exp(BLOCK_NOISE * normal(random)) * (1 + (DRIFT * position) / (2 * pairs));
    const latencies = drawLatencies(random, REQUESTS_PER_BLOCK, 10 * slowness * restlessness).sort((a, b) => a - b);
    const at = (share: number) => latencies[Math.ceil(share * latencies.length) - 1] as number;
    const latency = { ...template.latency, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
    return { ...template, latency, throughputPerSecond: 60 + normal(random) };
  };
  return Array.from({ length: pairs }, (_, pair) => {
    const [first, second] = [2 * pair, 2 * pair + 1];
    return pair % 2 === 0
      ? { before: block(first, 1), after: block(second, factor) }
      : { after: block(first, factor), before: block(second, 1) };
  });
}
