/** Where a value stands on an axis, in pixels. */
export type Scale = { at: (value: number) => number; ticks: readonly number[] };

type Pixels = readonly [from: number, to: number];

/** A logarithmic scale with ticks at 1, 2, 5, 10, 20 and so on: equal ratios are equal distances. */
export function logScale(values: readonly number[], [from, to]: Pixels): Scale {
  const positive = values.filter((value) => value > 0);
  const [smallest, largest] = positive.length === 0 ? [1, 10] : [Math.min(...positive), Math.max(...positive)];
  const low = roundDown(smallest);
  const high = Math.max(roundUp(largest), low * 2);
  const at = (value: number) => from + ((to - from) * Math.log(Math.max(value, low) / low)) / Math.log(high / low);
  return { at, ticks: thinOut(steps().filter((step) => step >= low * 0.999 && step <= high * 1.001)) };
}

export function linearScale([low, high]: Pixels, [from, to]: Pixels, wantedTicks: number): Scale {
  const at = (value: number) => from + ((to - from) * (value - low)) / (high - low || 1);
  const step = steps().find((candidate) => candidate >= (high - low) / wantedTicks) ?? high - low;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.max(1, Math.floor(high / step + 1e-9) - first + 1);
  return { at, ticks: Array.from({ length: count }, (_, index) => (first + index) * step) };
}

/** The axis of nines: 0 %, 90 %, 99 %, 99.9 % at equal distances. Values are percentiles. */
export function ninesScale(lastPercentile: number, [from, to]: Pixels): Scale {
  const ninesOf = (percentile: number) => -Math.log10(1 - Math.min(percentile, 99.99999) / 100);
  const last = Math.max(1, ninesOf(lastPercentile));
  const at = (percentile: number) => from + ((to - from) * ninesOf(percentile)) / last;
  return { at, ticks: [0, 50, 90, 99, 99.9, 99.99, 99.999].filter((percentile) => ninesOf(percentile) <= last + 1e-9) };
}

// --- internal ---

/** 1, 2 and 5 times every power of ten from a microsecond to a quarter of an hour, in milliseconds. */
function steps(): number[] {
  return Array.from({ length: 12 }, (_, index) => 10 ** (index - 4)).flatMap((ten) => [ten, 2 * ten, 5 * ten]);
}

function roundDown(value: number): number {
  return steps().findLast((step) => step <= value) ?? value;
}

function roundUp(value: number): number {
  return steps().find((step) => step >= value) ?? value;
}

const MOST_TICKS = 9;

/** Too many to read: only the powers of ten. */
function thinOut(ticks: readonly number[]): readonly number[] {
  return ticks.length <= MOST_TICKS
    ? ticks
    : ticks.filter((tick) => Number.isInteger(Math.round(Math.log10(tick) * 1e6) / 1e6));
}
