import type { Facts, Link } from "../facts.ts";
import type { GraphBuilder } from "./graph.ts";
import { WEIGHTS } from "./weights.ts";

/**
 * Imports, name by name. A file that everybody imports says little about who belongs to whom: each tie is divided by
 * the root of how many files import the target.
 */
export function addImports(builder: GraphBuilder, facts: Facts, members: ReadonlySet<string>): void {
  const strongest = new Map<string, { from: string; to: string; weight: number }>();
  const importers = new Map<string, Set<string>>();
  for (const link of facts.links) {
    if (!members.has(link.file) || !members.has(link.to)) continue;
    importers.set(link.to, (importers.get(link.to) ?? new Set()).add(link.file));
    const key = `${link.file}\0${link.to}`;
    const weight = Math.max(strongest.get(key)?.weight ?? 0, weightOf(link));
    strongest.set(key, { from: link.file, to: link.to, weight });
  }
  for (const { from, to, weight } of strongest.values()) {
    const damping = Math.sqrt(importers.get(to)?.size ?? 1);
    const layer = weight === WEIGHTS.typeImport ? "type" : "import";
    builder.tie(`file:${from}`, `file:${to}`, layer, weight / damping);
  }
}

// --- internal ---

function weightOf(link: Link): number {
  if (link.kind === "type") return WEIGHTS.typeImport;
  return link.kind === "reexport" ? WEIGHTS.reexport : WEIGHTS.import;
}
