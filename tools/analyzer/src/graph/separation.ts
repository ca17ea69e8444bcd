import { leiden } from "../contexts/leiden.ts";
import { createNetwork, type WeightedEdge } from "../contexts/network.ts";
import type { ImportPair } from "./import-layer.ts";

/**
 * How well the imports of a tree keep its parts apart, 0..1: the modularity (Newman and Girvan 2004) of the plain
 * import graph, on a scale from a tree where everybody imports everybody to one that falls into parts by itself. Where
 * it is high, imports say who belongs together; where it is low, names say more.
 */
export function importSeparation(pairs: readonly ImportPair[], paths: readonly string[]): number {
  const edges = plainEdges(pairs, paths);
  if (edges.length === 0) return 0;
  const labels = leiden(createNetwork(paths.length, edges), { seed: 1, resolution: 1 });
  const found = modularity(edges, labels);
  return Math.min(1, Math.max(0, (found - ENTANGLED) / (SEPARATED - ENTANGLED)));
}

// --- internal ---

/** Layered trees whose imports lead people nowhere lie below the first, systems of services above the second. */
const ENTANGLED = 0.45;
const SEPARATED = 0.6;

// Each pair of files once, whoever imports whom, in canonical order.
function plainEdges(pairs: readonly ImportPair[], paths: readonly string[]): WeightedEdge[] {
  const position = new Map([...paths].sort().map((path, index) => [path, index]));
  const keys = new Set<number>();
  for (const { from, to } of pairs) {
    const [a, b] = [position.get(from) ?? 0, position.get(to) ?? 0];
    keys.add(Math.min(a, b) * paths.length + Math.max(a, b));
  }
  return [...keys]
    .sort((x, y) => x - y)
    .map((key) => ({ a: Math.floor(key / paths.length), b: key % paths.length, weight: 1 }));
}

function modularity(edges: readonly WeightedEdge[], labels: Int32Array): number {
  const ends = new Map<number, number>();
  let inside = 0;
  for (const { a, b } of edges) {
    const [from, to] = [labels[a] ?? 0, labels[b] ?? 0];
    if (from === to) inside += 1;
    for (const label of [from, to]) ends.set(label, (ends.get(label) ?? 0) + 1);
  }
  const expected = [...ends.values()].reduce((sum, count) => sum + (count / (2 * edges.length)) ** 2, 0);
  return inside / edges.length - expected;
}
