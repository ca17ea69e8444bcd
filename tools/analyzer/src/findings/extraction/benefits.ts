import { SHARED, type Context } from "../../contexts/contexts.ts";
import { countBy } from "../../count.ts";
import type { Facts } from "../../facts.ts";
import { round } from "../../round.ts";
import type { Metrics } from "../metrics.ts";
import type { Benefit } from "./extraction.ts";

type Counts = Omit<Benefit, "share">;

/**
 * What each context gives when it is out: the mean of its shares of all files, tables, routes and changes, less where
 * others use its tables as much as itself, because then its freedom is half. Shares sum to 1.
 */
export function benefitsOf(
  candidates: readonly Context[],
  facts: Facts,
  metrics: Metrics,
  tableCounts: ReadonlyMap<string, number>,
  routeCounts: ReadonlyMap<string, number>,
): Benefit[] {
  const lines = new Map(facts.files.map((file) => [file.path, file.lines]));
  const counts = candidates.map(({ name, files }): Counts => {
    return {
      files: files.length,
      lines: files.reduce((sum, file) => sum + (lines.get(file) ?? 0), 0),
      tables: tableCounts.get(name) ?? 0,
      routes: routeCounts.get(name) ?? 0,
      changes: facts.changes.missing === null ? changesOf(files, facts) : null,
      purity: round(metrics.byContext[name]?.purity ?? 1),
    };
  });
  const values = counts.map((own) => meanShare(own, counts) * (0.5 + own.purity / 2));
  const all = values.reduce((sum, value) => sum + value, 0);
  return counts.map((own, index) => ({ ...own, share: share(values[index] ?? 0, all) }));
}

/** How often each context occurs among these. */
export function countContexts(items: readonly { context: string }[]): Map<string, number> {
  return countBy(items.map(({ context }) => context).filter((context) => context !== SHARED));
}

// --- internal ---

const MEASURES = ["files", "tables", "routes", "changes"] as const;

function meanShare(own: Counts, all: readonly Counts[]): number {
  const shares = MEASURES.flatMap((measure) => {
    const total = all.reduce((sum, counts) => sum + (counts[measure] ?? 0), 0);
    return total === 0 ? [] : [(own[measure] ?? 0) / total];
  });
  return shares.length === 0 ? 0 : shares.reduce((sum, value) => sum + value, 0) / shares.length;
}

function share(value: number, all: number): number {
  return all === 0 ? 0 : Math.round((1e4 * value) / all) / 1e4;
}

function changesOf(files: readonly string[], { changes }: Facts): number {
  return files.reduce((sum, file) => sum + (changes.files[file] ?? 0), 0);
}
