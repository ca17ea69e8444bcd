import type { Context } from "./contexts/contexts.ts";
import type { Cycle } from "./findings/cycles.ts";
import type { Extraction } from "./findings/extraction/extraction.ts";
import type { Metrics } from "./findings/metrics.ts";
import type { TableOwnership } from "./findings/ownership.ts";
import type { Seam } from "./findings/seams.ts";
import type { Tie } from "./findings/ties.ts";
import type { TransactionFinding } from "./findings/transactions.ts";
import type { Verdict } from "./findings/verdict.ts";
import type { Problem, Route, Unresolved } from "./facts.ts";

/** Raised when a field changes its meaning or goes away; new fields do not raise it. */
export const SCHEMA_VERSION = 2;

/**
 * The whole result: what `--json` prints. Every list is sorted, every place is `file` relative to the analysed folder
 * with `line` counted from 1, and equal code gives equal bytes.
 */
export type Analysis = {
  schemaVersion: typeof SCHEMA_VERSION;
  /** Base name of the analysed folder. */
  name: string;
  totals: Totals;
  /** Whether to split at all, with the reasons in numbers. */
  verdict: Verdict;
  /** The proposal: context of every file. `shared` is reserved for code that belongs to none. */
  files: Record<string, string>;
  contexts: Context[];
  tables: TableOwnership[];
  routes: (Route & { context: string })[];
  transactions: TransactionFinding[];
  /** Concrete ties between two contexts. */
  seams: Seam[];
  /** The same, bundled for each ordered pair of contexts, most expensive first. */
  ties: Tie[];
  /** The proposal in the numbers of the literature. */
  metrics: Metrics;
  /** The order in which to take the contexts out, with what each step takes and gives. */
  extraction: Extraction;
  cycles: Cycle[];
  /** Files that nothing imports and that import nothing. */
  orphans: string[];
  /** Imports that lead nowhere, with the reason. */
  unresolved: Unresolved[];
  /** What could not be read or named, with the reason. */
  problems: Problem[];
};

export type Totals = {
  files: number;
  lines: number;
  imports: number;
  tables: number;
  routes: number;
  transactions: number;
  events: number;
  /** Commits that were read and the pairs of files that change together; `missing` says why there is no history. */
  history: { commits: number; pairs: number; missing: string | null };
};
