import type { Graph } from "../graph/graph.ts";

/** Group number of every node of the graph; -1 for nodes that belong to none, i.e. are shared. */
export type Groups = Int32Array;

export const NO_GROUP = -1;

/**
 * Groups too small to be a context, and groups of tables or words without a file, join the group they are tied to
 * most; without any tie they are shared.
 */
export function mergeSmallGroups(graph: Graph, groups: Groups, fewestMembers: number): Groups {
  const sizes = sizesOf(graph, groups);
  const ties = tiesBetween(graph, groups);
  const joined = new Map<number, number>();
  for (;;) {
    const small = smallestOf(sizes, fewestMembers);
    if (small === null) break;
    const target = strongest(ties.get(small), sizes);
    joined.set(small, target);
    joinSizes(sizes, small, target);
    joinTies(ties, small, target);
  }
  const endOf = (group: number): number => {
    const next = joined.get(group);
    return next === undefined ? group : endOf(next);
  };
  return groups.map(endOf);
}

// --- internal ---

/** Files, and files with tables. */
type Size = { files: number; members: number };

/** Weight of the ties from each group to each other one. */
type Ties = Map<number, Map<number, number>>;

function smallestOf(sizes: ReadonlyMap<number, Size>, fewestMembers: number): number | null {
  let smallest: number | null = null;
  let fewest = Infinity;
  for (const [group, { files, members }] of sizes) {
    if (files > 0 && members >= fewestMembers) continue;
    if (members > fewest || (members === fewest && smallest !== null && group > smallest)) continue;
    [smallest, fewest] = [group, members];
  }
  return smallest;
}

function strongest(ties: ReadonlyMap<number, number> | undefined, sizes: ReadonlyMap<number, Size>): number {
  const [best] = [...(ties ?? [])]
    .filter(([group]) => (sizes.get(group)?.files ?? 0) > 0)
    .sort((x, y) => y[1] - x[1] || x[0] - y[0]);
  return best?.[0] ?? NO_GROUP;
}

function joinSizes(sizes: Map<number, Size>, small: number, target: number): void {
  const [from, to] = [sizes.get(small), sizes.get(target)];
  if (from && to) sizes.set(target, { files: to.files + from.files, members: to.members + from.members });
  sizes.delete(small);
}

function joinTies(ties: Ties, small: number, target: number): void {
  for (const [other, weight] of ties.get(small) ?? []) {
    ties.get(other)?.delete(small);
    if (target === NO_GROUP || other === target) continue;
    addTie(ties, target, other, weight);
    addTie(ties, other, target, weight);
  }
  ties.delete(small);
}

function addTie(ties: Ties, from: number, to: number, weight: number): void {
  const row = ties.get(from) ?? new Map<number, number>();
  ties.set(from, row.set(to, (row.get(to) ?? 0) + weight));
}

function sizesOf(graph: Graph, groups: Groups): Map<number, Size> {
  const sizes = new Map<number, Size>();
  graph.nodes.forEach((node, index) => {
    const group = groups[index] ?? NO_GROUP;
    if (group === NO_GROUP) return;
    const { files, members } = sizes.get(group) ?? { files: 0, members: 0 };
    sizes.set(group, {
      files: files + Number(node.kind === "file"),
      members: members + Number(node.kind !== "word"),
    });
  });
  return sizes;
}

function tiesBetween(graph: Graph, groups: Groups): Ties {
  const ties: Ties = new Map();
  for (const { a, b, weight } of graph.edges) {
    const [from, to] = [groups[a] ?? NO_GROUP, groups[b] ?? NO_GROUP];
    if (from === to || from === NO_GROUP || to === NO_GROUP) continue;
    addTie(ties, from, to, weight);
    addTie(ties, to, from, weight);
  }
  return ties;
}
