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
    const closest = closestPair(graph, merged, strengths, mayMerge);
    if (!closest) return merged;
    mergeInto(merged, closest);
    onMerge(closest.kept, closest.given);
  }
}

/** Merges groups in the same order, while their tie is more than `least` times what chance would give. */
export function mergeTied(graph: Graph, groups: Groups, least: number): Groups {
  const merged = groups.slice();
  for (;;) {
    const strengths = strengthsOf(graph, merged);
    const closest = closestPair(graph, merged, strengths, () => true);
    const all = [...strengths.values()].reduce((sum, strength) => sum + strength, 0);
    if (!closest || closest.tie * all <= least) return merged;
    mergeInto(merged, closest);
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

/** `tie`: the weight between the two, divided by both their strengths. */
type Closest = { kept: number; given: number; tie: number };

function mergeInto(groups: Groups, { kept, given }: Closest): void {
  groups.forEach((group, node) => {
    if (group === given) groups[node] = kept;
  });
}

function closestPair(
  graph: Graph,
  groups: Groups,
  strengths: ReadonlyMap<number, number>,
  mayMerge: MergeRules["mayMerge"],
): Closest | null {
  const ties = tiesBetween(graph, groups);
  const numbers = [...strengths.keys()].sort((a, b) => a - b);
  let best: (Closest & { strength: number }) | null = null;
  for (const [index, a] of numbers.entries()) {
    for (const b of numbers.slice(index + 1)) {
      if (!mayMerge(a, b)) continue;
      const strength = (strengths.get(a) ?? 1) * (strengths.get(b) ?? 1);
      const tie = (ties.get(`${a} ${b}`) ?? 0) / strength;
      if (!best || tie > best.tie || (tie === best.tie && strength < best.strength))
        best = { kept: a, given: b, tie, strength };
    }
  }
  return best;
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
