import type { Cause } from "./cause.ts";

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
  /** Rows of the source that the stream carries, as far as they were looked at. */
  rows: number;
  /** How much of the table was looked at, in percent; absent when it was all of it. */
  sample?: number;
  /** When the part before was looked at, ISO 8601, where an interrupted comparison was taken up again. */
  resumedFrom?: string;
  /** How many rows differ, by kind. */
  differences: DifferenceCounts;
  /** The first of them. */
  examples: readonly Difference[];
  /** Rows that kept changing, or that the stream did not get to, so that they could not be judged. */
  undecided: number;
  /** Why something could not be compared; absent otherwise. */
  reason?: string;
  ms: number;
};

export type DifferenceCounts = { missing: number; extra: number; changed: number };

/** One row that differs. `missing`: only the source has it. `extra`: only the target has it. */
export type Difference = {
  kind: keyof DifferenceCounts;
  /** By target column. */
  key: Readonly<Record<string, string | null>>;
  /** The target columns that differ; empty unless `changed`. */
  columns: readonly string[];
  /** What both sides have in these columns: as it is where the caller wants values, else only how long it is. */
  values: Readonly<Record<string, { source: string | null; target: string | null }>>;
  /** Why, as far as it can be told. */
  cause: Cause;
};

/** The outcome of the whole: one difference makes it different, else one doubt makes it doubtful. Pure. */
export function overall(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.includes("different")) return "different";
  return outcomes.includes("could not compare") ? "could not compare" : "equal";
}

/** A value's place, for who may not see it: that there is one, and how long it is. Pure. */
export function redact(value: string | null): string | null {
  return value === null ? null : `(${value.length} character${value.length === 1 ? "" : "s"})`;
}
