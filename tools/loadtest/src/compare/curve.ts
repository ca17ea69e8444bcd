import { countsOf, mergeDistributions, percentileMs, type Distribution, fromDistribution } from "../histogram.ts";
import { createRandom, type Random } from "../random.ts";
import type { CurvePoint } from "./comparison.ts";

/**
 * The percentile curve of all blocks together, with a band from resampling whole blocks. It ends where fewer than five
 * requests lie beyond: further out a curve shows only which request happened to be the slowest.
 */
export function percentileCurve(blocks: readonly Distribution[]): CurvePoint[] {
  const merged = mergeDistributions(blocks);
  const percentiles = percentilesFor(merged.totalCount);
  const band = bandOf(blocks, percentiles, createRandom("band"));
  return percentiles.map((percentile, index) => ({
    percentile,
    ms: percentileMs(merged, percentile),
    ...(band[index] as { lowMs: number; highMs: number }),
  }));
}

// --- internal ---

const RESAMPLES = 400;
/** Cells of 1 % each: finer than a pixel of the plot. */
const CELL = Math.log(1.01);
const SMALLEST_MS = 0.01;

/** Evenly spaced on the axis of nines: 0 %, ... 90 %, ... 99 %, ... 99.9 %. */
function percentilesFor(requests: number): number[] {
  const nines = Math.max(0, Math.log10(requests / 5));
  const steps = Math.floor(nines / 0.05);
  return Array.from({ length: steps + 1 }, (_, index) => 100 * (1 - 10 ** (-index * 0.05)));
}

function bandOf(blocks: readonly Distribution[], percentiles: readonly number[], random: Random) {
  const cells = blocks.map(toCells);
  const width = Math.max(0, ...cells.map((counts) => counts.length));
  const curves = Array.from({ length: RESAMPLES }, () => {
    const sum = new Float64Array(width);
    for (let draw = 0; draw < cells.length; draw += 1) addTo(sum, random.pick(cells));
    return readPercentiles(sum, percentiles);
  });
  return percentiles.map((_, index) => {
    const values = Float64Array.from(curves, (curve) => curve[index] ?? 0).sort();
    return { lowMs: values[Math.floor(RESAMPLES * 0.025)] ?? 0, highMs: values[Math.ceil(RESAMPLES * 0.975) - 1] ?? 0 };
  });
}

function toCells(distribution: Distribution): Float64Array {
  const counts = distribution.count === 0 ? [] : countsOf(fromDistribution(distribution));
  const cellOf = (ms: number) => Math.max(0, Math.round(Math.log(ms / SMALLEST_MS) / CELL));
  const cells = new Float64Array(1 + cellOf(counts.at(-1)?.[0] ?? SMALLEST_MS));
  for (const [ms, count] of counts) cells[cellOf(ms)] = (cells[cellOf(ms)] ?? 0) + count;
  return cells;
}

function addTo(sum: Float64Array, cells: Float64Array): void {
  for (let index = 0; index < cells.length; index += 1) sum[index] = (sum[index] ?? 0) + (cells[index] ?? 0);
}

/** `percentiles` ascend, so one walk over the cells reads them all. */
function readPercentiles(cells: Float64Array, percentiles: readonly number[]): number[] {
  const total = cells.reduce((sum, count) => sum + count, 0);
  let cell = 0;
  let passed = cells[0] ?? 0;
  return percentiles.map((percentile) => {
    const needed = Math.max(1, (percentile / 100) * total);
    while (passed < needed - 1e-9 && cell < cells.length - 1) passed += cells[(cell += 1)] ?? 0;
    return SMALLEST_MS * Math.exp(cell * CELL);
  });
}
