/** Three outcomes, not two: a comparison that could not be made has found nothing, neither good nor bad. */
export type Outcome = "equal" | "different" | "could not compare";

export type VerifyReport = {
  stream: string;
  outcome: Outcome;
  tables: readonly TableReport[];
  /** Where the source's log ended when the comparison began. */
  position: string;
  ms: number;
};

export type TableReport = {
  /** The target's table. */
  table: string;
  /** The source's table. */
  source: string;
  outcome: Outcome;
  /** Rows of the source that the stream carries. */
  rows: number;
  /** How many rows differ, by kind. */
  differences: { missing: number; extra: number; changed: number };
  /** The first of them. */
  examples: readonly Difference[];
  /** Rows that kept changing, or that the stream did not get to, so that they could not be judged. */
  undecided: number;
  /** Why something could not be compared; absent otherwise. */
  reason?: string;
  ms: number;
};

/** One row that differs. `missing`: only the source has it. `extra`: only the target has it. */
export type Difference = {
  kind: "missing" | "extra" | "changed";
  /** By target column. */
  key: Readonly<Record<string, string | null>>;
  /** The target columns that differ; empty unless `changed`. */
  columns: readonly string[];
};

/** The outcome of the whole: one difference makes it different, else one doubt makes it doubtful. Pure. */
export function overall(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.includes("different")) return "different";
  return outcomes.includes("could not compare") ? "could not compare" : "equal";
}
