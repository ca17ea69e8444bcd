import { leiden, renumber } from "./leiden.ts";
import { createNetwork, type Network, type WeightedEdge } from "./network.ts";

export type ConsensusOptions = { seeds: number; resolution: number };

/**
 * One seed gives one of many nearly equal divisions. Many seeds are asked; two neighbours are then tied by how many of
 * them put both together, and the same question is asked of that network, until all agree (after Lancichinetti and
 * Fortunato 2012). Returns the division and, for every node, how sure it is: the share of the first answers that put
 * it with the neighbours it ends up with.
 */
export function findConsensus(
  size: number,
  edges: readonly WeightedEdge[],
  options: ConsensusOptions,
): { labels: Int32Array; confidence: Float64Array } {
  const first = divide(createNetwork(size, edges), options);
  let divisions = first;
  for (let round = 1; round <= MOST_ROUNDS && !allEqual(divisions); round++) {
    const agreed = agreedEdges(edges, divisions);
    divisions = divide(createNetwork(size, agreed), { ...options, resolution: 1 }, round);
  }
  const labels = renumber(divisions[0] ?? new Int32Array(size)).labels;
  return { labels, confidence: confidenceOf(size, edges, first, labels) };
}

// --- internal ---

const MOST_ROUNDS = 10;

/** Ties that fewer of the answers agree on are left out. */
const AGREEMENT = 0.5;

function divide(network: Network, { seeds, resolution }: ConsensusOptions, round = 0): Int32Array[] {
  return Array.from({ length: seeds }, (_, seed) => leiden(network, { seed: round * seeds + seed + 1, resolution }));
}

function allEqual([first, ...others]: readonly Int32Array[]): boolean {
  return others.every((other) => other.every((label, node) => label === first?.[node]));
}

function agreedEdges(edges: readonly WeightedEdge[], divisions: readonly Int32Array[]): WeightedEdge[] {
  return edges.flatMap(({ a, b }) => {
    const together = divisions.filter((labels) => labels[a] === labels[b]).length;
    return together >= AGREEMENT * divisions.length ? [{ a, b, weight: together }] : [];
  });
}

function confidenceOf(
  size: number,
  edges: readonly WeightedEdge[],
  divisions: readonly Int32Array[],
  labels: Int32Array,
): Float64Array {
  const together = new Float64Array(size);
  const asked = new Float64Array(size);
  for (const { a, b } of edges) {
    if (labels[a] !== labels[b]) continue;
    const share = divisions.filter((division) => division[a] === division[b]).length / divisions.length;
    for (const node of [a, b]) {
      together[node] = (together[node] ?? 0) + share;
      asked[node] = (asked[node] ?? 0) + 1;
    }
  }
  return together.map((sum, node) => (asked[node] ? sum / asked[node] : 0));
}
