import type { Context } from "./contexts/contexts.ts";
import type { Cycle } from "./findings/cycles.ts";
import type { TableOwnership } from "./findings/ownership.ts";
import type { Seam } from "./findings/seams.ts";
import type { Suggestion } from "./findings/suggestion.ts";
import type { TransactionFinding } from "./findings/transactions.ts";
import type { Problem, Route, Unresolved } from "./facts.ts";

/** Raised when a field changes its meaning or goes away; new fields do not raise it. */
export const SCHEMA_VERSION = 1;

/**
 * The whole result: what `--json` prints. Every list is sorted, every place is `file` relative to the analysed folder
 * with `line` counted from 1, and equal code gives equal bytes.
 */
export type Analysis = {
  schemaVersion: typeof SCHEMA_VERSION;
  /** Base name of the analysed folder. */
  name: string;
  totals: { files: number; lines: number; imports: number; tables: number; routes: number; transactions: number };
  /** The proposal: context of every file. `shared` is reserved for code that belongs to none. */
  files: Record<string, string>;
  contexts: Context[];
  tables: TableOwnership[];
  routes: (Route & { context: string })[];
  transactions: TransactionFinding[];
  /** Concrete ties between two contexts. */
  seams: Seam[];
  cycles: Cycle[];
  /** Files that nothing imports and that import nothing. */
  orphans: string[];
  /** What to extract first, best first, with the reasons in numbers. */
  suggestions: Suggestion[];
  /** Imports that lead nowhere, with the reason. */
  unresolved: Unresolved[];
  /** What could not be read or named, with the reason. */
  problems: Problem[];
};
