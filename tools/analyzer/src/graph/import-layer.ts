import type { Facts, Link } from "../facts.ts";
import type { GraphBuilder } from "./graph.ts";
import { WEIGHTS } from "./weights.ts";

/**
 * Imports, name by name. A file that everybody imports says little about who belongs to whom: each tie is divided by
 * the root of how many files import the target. `separation` says how far imports can be trusted in this tree.
 */
export function addImports(
  builder: GraphBuilder,
  facts: Facts,
  members: ReadonlySet<string>,
  separation: number,
): void {
  const pairs = importPairs(facts, members);
  const importers = new Map<string, number>();
  for (const { to } of pairs) importers.set(to, (importers.get(to) ?? 0) + 1);
  const trust = 1 + WEIGHTS.separatedImport * separation;
  for (const { from, to, types, values } of pairs) {
    const damping = Math.sqrt(importers.get(to) ?? 1);
    const layer = values === 0 ? "type" : "import";
    builder.tie(`file:${from}`, `file:${to}`, layer, (trust * Math.sqrt(types + values)) / damping);
  }
}

/** Who takes names from whom, and how much: once for every pair of files. */
export function importPairs(facts: Facts, members: ReadonlySet<string>): ImportPair[] {
  const pairs = new Map<string, ImportPair>();
  for (const link of facts.links) {
    if (!members.has(link.file) || !members.has(link.to) || link.file === link.to) continue;
    const key = `${link.file}\0${link.to}`;
    const pair = pairs.get(key) ?? { from: link.file, to: link.to, types: 0, values: 0 };
    pair[link.kind === "type" ? "types" : "values"] += weightOf(link);
    pairs.set(key, pair);
  }
  return [...pairs.values()];
}

export type ImportPair = { from: string; to: string; types: number; values: number };

// --- internal ---

function weightOf({ kind, uses }: Link): number {
  const weight = kind === "type" ? WEIGHTS.typeImport : kind === "reexport" ? WEIGHTS.reexport : WEIGHTS.import;
  return weight * (1 + Math.log1p(uses));
}
