import type { Graph } from "../graph/graph.ts";

/** Group number of every node of the graph; -1 for nodes that belong to none, i.e. are shared. */
export type Groups = Int32Array;

export const NO_GROUP = -1;

/** Numbers of files in each group. */
export function fileCounts(graph: Graph, groups: Groups): Map<number, number> {
  const counts = new Map<number, number>();
  graph.nodes.forEach((node, index) => {
    const group = groups[index] ?? NO_GROUP;
    if (node.kind === "file" && group !== NO_GROUP) counts.set(group, (counts.get(group) ?? 0) + 1);
  });
  return counts;
}

/** Weight of the ties from each group to each other one. */
export function tiesBetween(graph: Graph, groups: Groups): Map<number, Map<number, number>> {
  const ties = new Map<number, Map<number, number>>();
  const add = (from: number, to: number, weight: number): void => {
    const row = ties.get(from) ?? new Map<number, number>();
    row.set(to, (row.get(to) ?? 0) + weight);
    ties.set(from, row);
  };
  for (const { a, b, weight } of graph.edges) {
    const [from, to] = [groups[a] ?? NO_GROUP, groups[b] ?? NO_GROUP];
    if (from === to || from === NO_GROUP || to === NO_GROUP) continue;
    add(from, to, weight);
    add(to, from, weight);
  }
  return ties;
}

/** Groups too small to be a context join the group they are tied to most; without any tie they are shared. */
export function mergeSmallGroups(graph: Graph, groups: Groups, fewestFiles: number): Groups {
  const merged = groups.slice();
  for (;;) {
    const counts = fileCounts(graph, merged);
    const [smallest] = [...counts]
      .filter(([, files]) => files < fewestFiles)
      .sort((x, y) => x[1] - y[1] || x[0] - y[0]);
    if (!smallest) return dropFileless(merged, counts);
    const target = strongest(tiesBetween(graph, merged).get(smallest[0]), counts);
    merged.forEach((group, node) => {
      if (group === smallest[0]) merged[node] = target;
    });
  }
}

// --- internal ---

function strongest(ties: Map<number, number> | undefined, counts: Map<number, number>): number {
  const [best] = [...(ties ?? [])].filter(([group]) => counts.has(group)).sort((x, y) => y[1] - x[1] || x[0] - y[0]);
  return best?.[0] ?? NO_GROUP;
}

// A group of words and tables without a file is no context.
function dropFileless(groups: Groups, counts: Map<number, number>): Groups {
  return groups.map((group) => (counts.has(group) ? group : NO_GROUP));
}
