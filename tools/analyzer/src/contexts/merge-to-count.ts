import type { Graph } from "../graph/graph.ts";
import { NO_GROUP, type Groups } from "./groups.ts";

export type MergeRules = {
  mayMerge: (a: number, b: number) => boolean;
  onMerge: (kept: number, given: number) => void;
};

/**
 * Merges groups until so many are left, always the two whose tie is strongest for their size (average linkage); without
 * ties the smallest. Stops earlier where nothing more may be merged. What is
 * together in six contexts is together in five.
 */
export function mergeToCount(graph: Graph, groups: Groups, wanted: number, { mayMerge, onMerge }: MergeRules): Groups {
  const merged = groups.slice();
  for (;;) {
    const strengths = strengthsOf(graph, merged);
    if (strengths.size <= wanted) return merged;
    const pair = closest(graph, merged, strengths, mayMerge);
    if (!pair) return merged;
    const [kept, given] = pair;
    merged.forEach((group, node) => {
      if (group === given) merged[node] = kept;
    });
    onMerge(kept, given);
  }
}

/** How many groups hold a file or a table. */
export function countGroups(graph: Graph, groups: Groups): number {
  return strengthsOf(graph, groups).size;
}

// --- internal ---

function strengthsOf(graph: Graph, groups: Groups): Map<number, number> {
  const strengths = new Map<number, number>();
  graph.nodes.forEach(({ kind }, index) => {
    const group = groups[index] ?? NO_GROUP;
    if (group !== NO_GROUP && kind !== "word") strengths.set(group, strengths.get(group) ?? 1);
  });
  for (const { a, b, weight } of graph.edges) {
    for (const group of [groups[a] ?? NO_GROUP, groups[b] ?? NO_GROUP]) {
      const known = strengths.get(group);
      if (known !== undefined) strengths.set(group, known + weight);
    }
  }
  return strengths;
}

function closest(
  graph: Graph,
  groups: Groups,
  strengths: ReadonlyMap<number, number>,
  mayMerge: MergeRules["mayMerge"],
): [number, number] | null {
  const ties = tiesBetween(graph, groups);
  const numbers = [...strengths.keys()].sort((a, b) => a - b);
  let best: { pair: [number, number]; tie: number; strength: number } | null = null;
  for (const [index, a] of numbers.entries()) {
    for (const b of numbers.slice(index + 1)) {
      if (!mayMerge(a, b)) continue;
      const strength = (strengths.get(a) ?? 1) * (strengths.get(b) ?? 1);
      const tie = (ties.get(`${a} ${b}`) ?? 0) / strength;
      if (!best || tie > best.tie || (tie === best.tie && strength < best.strength))
        best = { pair: [a, b], tie, strength };
    }
  }
  return best?.pair ?? null;
}

function tiesBetween(graph: Graph, groups: Groups): Map<string, number> {
  const ties = new Map<string, number>();
  for (const { a, b, weight } of graph.edges) {
    const [from, to] = [groups[a] ?? NO_GROUP, groups[b] ?? NO_GROUP];
    if (from === to || from === NO_GROUP || to === NO_GROUP) continue;
    const key = `${Math.min(from, to)} ${Math.max(from, to)}`;
    ties.set(key, (ties.get(key) ?? 0) + weight);
  }
  return ties;
}
