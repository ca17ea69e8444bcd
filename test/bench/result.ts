/** What a benchmark hands to the runner: plain data, printed as a table and written as JSON. */
export type BenchResult = {
  name: string;
  /** Ours divided by the yardstick's, both from the same run. */
  ratios: Record<string, number>;
  /** Rows of the table that a person sees; the first row is the heading. */
  table: readonly (readonly (string | number)[])[];
  /** What was proved before anything was measured, and what the figures do not show. */
  notes: readonly string[];
  /** Every single figure behind the table, for machines. */
  figures: Record<string, unknown>;
};

export type BenchOptions = {
  /** Says on standard error how far the measurement has come. */
  progress: (line: string) => void;
  /** How many rows to measure with, where a benchmark can be tried with fewer. */
  rows?: number;
};

export type Bench = (options: BenchOptions) => Promise<BenchResult>;
