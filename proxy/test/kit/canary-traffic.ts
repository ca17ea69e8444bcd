import { emptySeries, slotOf, type Series, type Side } from "../../src/traffic.ts";
import type { Sides } from "../../src/watch/blocks.ts";

/** How one side behaves: how often it fails, and how long it takes. */
export type Behaviour = {
  /** The share of requests that fail, 0 to 1. */
  failing: number;
  /** The median duration, and how far the logarithms spread (0.6: the 95th percentile is 2.7 times the median). */
  medianMs: number;
  spread: number;
};

export type CanaryTraffic = {
  /** Lets a second pass. The counters of both sides afterwards. */
  second: (control: Behaviour, candidate: Behaviour) => Sides;
};

export const WELL: Behaviour = { failing: 0, medianMs: 20, spread: 0.6 };

/**
 * Customers of a canary, by a seed: requests come independently (Poisson), each fails or not, and takes a log-normal time. No time
 * passes.
 */
export function canaryTraffic(seed: number, requestsPerSecond: number, share: number): CanaryTraffic {
  const random = randomNumbers(seed);
  const control = emptySeries("items", "monolith");
  const candidate = emptySeries("items", "service");
  const mean = { control: requestsPerSecond * (1 - share), candidate: requestsPerSecond * share };
  return {
    second: (ofControl, ofCandidate) => {
      ask(control, poisson(random, mean.control), ofControl, random);
      ask(candidate, poisson(random, mean.candidate), ofCandidate, random);
      return { control: copy(control), candidate: copy(candidate) };
    },
  };
}

/** A small generator with 32 bits of state (mulberry32), so that every run sees the same customers. */
export function randomNumbers(seed: number): () => number {
  // Neighbouring seeds must not begin near each other.
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Counters with given sums, for cases written by hand. Every request takes `ms`. */
export function seriesOf(side: Side, requests: number, faults: number, ms = 20): Series {
  const series = emptySeries("items", side);
  series.requests = requests;
  series.faults = faults;
  series.slots[slotOf(ms)] = requests;
  return series;
}

// --- internal ---

function ask(series: Series, requests: number, behaviour: Behaviour, random: () => number): void {
  const slots = slotsOf(behaviour);
  series.requests += requests;
  for (let request = 0; request < requests; request += 1) {
    if (behaviour.failing > 0 && random() < behaviour.failing) series.faults += 1;
    const slot = slots[Math.floor(random() * slots.length)] ?? 0;
    series.slots[slot] = (series.slots[slot] ?? 0) + 1;
  }
}

// 4,096 quantiles of the distribution, as slots of the histogram: drawing one of them is drawing a duration.
const QUANTILES = 4_096;
const known = new Map<string, Uint8Array>();

function slotsOf({ medianMs, spread }: Behaviour): Uint8Array {
  const key = `${medianMs} ${spread}`;
  const there = known.get(key);
  if (there) return there;
  const slots = Uint8Array.from({ length: QUANTILES }, (_, index) =>
    slotOf(medianMs * Math.exp(spread * normalQuantile((index + 0.5) / QUANTILES))),
  );
  known.set(key, slots);
  return slots;
}

// Winitzki's approximation of the inverse error function; good to 0.2 %.
function normalQuantile(part: number): number {
  const x = 2 * part - 1;
  const a = 0.147;
  const log = Math.log(1 - x * x);
  const half = 2 / (Math.PI * a) + log / 2;
  return Math.SQRT2 * Math.sign(x) * Math.sqrt(Math.sqrt(half * half - log / a) - half);
}

function poisson(random: () => number, mean: number): number {
  if (mean > 50) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  let count = 0;
  let product = random();
  const limit = Math.exp(-mean);
  while (product > limit) {
    count += 1;
    product *= random();
  }
  return count;
}

function copy(series: Series): Series {
  return { ...series, slots: [...series.slots] };
}
