import type { Circumstances, GeneratorResult, Run } from "../run.ts";

export type Side = "before" | "after";

/** One measured stretch of one side. Blocks with the same `pair` were driven with the same seed, one after the other. */
export type Block = { pair: number; side: Side; run: Run };

export type Verdict = "faster" | "slower" | "more" | "less" | "no difference seen";

/** What two sides' blocks say about one quantity: its values in a typical block, and the change with its interval. */
export type Compared = {
  outcome: "compared";
  before: number;
  after: number;
  /** Relative for milliseconds and rates (0.2 is +20 %), the plain difference for shares of errors. */
  change: number;
  low: number;
  high: number;
  /** A true change of this size would have been found in four of five such comparisons. */
  couldSee: number;
  pairs: number;
  verdict: Verdict;
};

/** Not "equal" and not "different": the blocks do not tell. */
export type NotCompared = { outcome: "could not compare"; reason: string };

export type Figure = { name: string; unit: "ms" | "per second" | "share" } & (Compared | NotCompared);

export type CurvePoint = {
  /** 0..100. */
  percentile: number;
  ms: number;
  /** Where the same point lies in 95 of 100 resamples of the blocks. */
  lowMs: number;
  highMs: number;
};

/** One second of one block, in the order in which everything happened. */
export type Moment = { atMs: number; p50Ms: number; p99Ms: number; failed: number };
export type Stretch = {
  pair: number;
  side: Side;
  usable: boolean;
  startMs: number;
  endMs: number;
  moments: readonly Moment[];
};

export type SideSummary = {
  label: string;
  blocks: number;
  visitors: number;
  requests: number;
  failed: number;
  servedBy: Readonly<Record<string, number>>;
  /** The first few failures, so that a reader knows what went wrong. */
  failures: readonly { step: string; reason: string; count: number }[];
  curve: readonly CurvePoint[];
};

/** What was left out of the figures, and why. */
export type LeftOut = { pair: number; reason: string };

export type ComparisonCircumstances = Circumstances & {
  scenario: string;
  baseUrl: string;
  seed: number;
  /** Visitors per second. */
  rate: number;
  arrivals: Run["arrivals"];
  blockMs: number;
  startedAt: string;
  latenessLimitMs: number;
  /** The worst block's 99th percentile of generator lateness. */
  worstLatenessMs: number;
  queued: number;
  garbageCollection: GeneratorResult["garbageCollection"];
  /** How much the machine itself wavers: standard deviation of the median over the blocks of one side, as a share of their mean. */
  noise: number;
  /** What the caller wants remembered, such as the routes that were switched. */
  notes: Readonly<Record<string, string>>;
};

/** Two sides under the same load: plain data, everything that the report shows. */
export type Comparison = {
  headline: string;
  sides: Readonly<Record<Side, SideSummary>>;
  /** Median, 95th and 99th percentile, throughput, share of errors: five statements that hold together with 95 % confidence. */
  figures: readonly Figure[];
  /** The median of every step; another family of statements, that hold together with 95 % confidence. */
  steps: readonly Figure[];
  pairs: { planned: number; used: number };
  leftOut: readonly LeftOut[];
  stretches: readonly Stretch[];
  circumstances: ComparisonCircumstances;
  /** What was measured, whole, so that everybody can compute the above again. */
  blocks: readonly Block[];
};
