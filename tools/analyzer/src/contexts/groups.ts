import type { Graph } from "../graph/graph.ts";

/** Group number of every node of the graph; -1 for nodes that belong to none, i.e. are shared. */
export type Groups = Int32Array;

export const NO_GROUP = -1;

/**
 * Groups too small to be a context, and groups of tables or words without a file, join the group they are tied to
 * most; without any tie they are shared.
 */
export function mergeSmallGroups(graph: Graph, groups: Groups, fewestMembers: number): Groups {
  const merged = groups.slice();
  for (;;) {
    const sizes = sizesOf(graph, merged);
    const [smallest] = [...sizes]
      .filter(([, { files, members }]) => files === 0 || members < fewestMembers)
      .sort((x, y) => x[1].members - y[1].members || x[0] - y[0]);
    if (!smallest) return merged;
    const target = strongest(tiesBetween(graph, merged).get(smallest[0]), sizes);
    merged.forEach((group, node) => {
      if (group === smallest[0]) merged[node] = target;
    });
  }
}

// --- internal ---

/** Files, and files with tables. */
type Size = { files: number; members: number };

function strongest(ties: Map<number, number> | undefined, sizes: ReadonlyMap<number, Size>): number {
  const [best] = [...(ties ?? [])]
    .filter(([group]) => (sizes.get(group)?.files ?? 0) > 0)
    .sort((x, y) => y[1] - x[1] || x[0] - y[0]);
  return best?.[0] ?? NO_GROUP;
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

/** Weight of the ties from each group to each other one. */
function tiesBetween(graph: Graph, groups: Groups): Map<number, Map<number, number>> {
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
