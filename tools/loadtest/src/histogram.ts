import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  JsHistogram,
  type Histogram as HdrHistogram,
} from "hdr-histogram-js";

/** A distribution of durations, exact to three digits from a microsecond to ten minutes. */
export type Histogram = HdrHistogram;

/** Durations in milliseconds. `histogram` is the whole distribution, in HdrHistogram's own compressed encoding (microseconds). */
export type Distribution = {
  count: number;
  meanMs: number;
  p50Ms: number;
  p90Ms: number;
  p95Ms: number;
  p99Ms: number;
  p999Ms: number;
  maxMs: number;
  histogram: string;
};

export function createHistogram(): Histogram {
  return build({ bitBucketSize: 32, autoResize: true, numberOfSignificantValueDigits: 3 });
}

export function recordMs(histogram: Histogram, milliseconds: number): void {
  histogram.recordValue(Math.min(LARGEST_US, Math.max(0, Math.round(milliseconds * 1000))));
}

/** The value in milliseconds below or at which `percentile` (0..100) percent of the durations lie; 0 when there are none. */
export function percentileMs(histogram: Histogram, percentile: number): number {
  return histogram.totalCount === 0 ? 0 : histogram.getValueAtPercentile(percentile) / 1000;
}

export function toDistribution(histogram: Histogram): Distribution {
  const at = (percentile: number) => percentileMs(histogram, percentile);
  return {
    count: histogram.totalCount,
    meanMs: histogram.totalCount === 0 ? 0 : histogram.mean / 1000,
    p50Ms: at(50),
    p90Ms: at(90),
    p95Ms: at(95),
    p99Ms: at(99),
    p999Ms: at(99.9),
    maxMs: at(100),
    histogram: encodeIntoCompressedBase64(histogram),
  };
}

export function fromDistribution(distribution: Distribution): Histogram {
  return decodeFromCompressedBase64(distribution.histogram, 32);
}

/** Every recorded value in milliseconds with its count, ascending. */
export function countsOf(histogram: Histogram): [valueMs: number, count: number][] {
  if (!(histogram instanceof JsHistogram))
    throw new TypeError("only histograms of this module can be read value by value");
  const values = histogram.recordedValuesIterator;
  values.reset();
  const counts: [number, number][] = [];
  while (values.hasNext()) {
    const { valueIteratedTo, countAtValueIteratedTo } = values.next();
    counts.push([valueIteratedTo / 1000, countAtValueIteratedTo]);
  }
  return counts;
}

/** Adds whole distributions up: percentiles of parts cannot be averaged, counts can be added. */
export function mergeDistributions(distributions: readonly Distribution[]): Histogram {
  const merged = createHistogram();
  for (const distribution of distributions) {
    if (distribution.count > 0) merged.add(fromDistribution(distribution));
  }
  return merged;
}

// --- internal ---

const LARGEST_US = 600_000_000;
