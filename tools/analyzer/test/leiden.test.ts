import { describe, expect, test } from "@jest/globals";
import { findConsensus } from "../src/contexts/consensus.ts";
import { leiden } from "../src/contexts/leiden.ts";
import { createNetwork, type WeightedEdge } from "../src/contexts/network.ts";
import { createRandom } from "../src/contexts/random.ts";

/** Groups of `size` nodes, each tied to every other in its group, and one weak tie from group to group. */
function cliques(count: number, size: number): WeightedEdge[] {
  const edges: WeightedEdge[] = [];
  for (let group = 0; group < count; group++) {
    const first = group * size;
    for (let a = 0; a < size; a++)
      for (let b = a + 1; b < size; b++) edges.push({ a: first + a, b: first + b, weight: 1_000 });
    if (group > 0) edges.push({ a: first - size, b: first, weight: 500 });
  }
  return edges;
}

function randomEdges(size: number, count: number, seed: number): WeightedEdge[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const [a, b] = [random.below(size), random.below(size)].sort((x, y) => x - y);
    return { a: a ?? 0, b: b ?? 0, weight: 1 + random.below(1_000) };
  }).filter(({ a, b }) => a !== b);
}

describe("community detection", () => {
  test("finds groups that hold together, for every seed", () => {
    const network = createNetwork(20, cliques(4, 5));

    for (let seed = 1; seed <= 20; seed++) {
      const labels = leiden(network, { seed, resolution: 1 });
      expect([...labels]).toEqual(Array.from({ length: 20 }, (_, node) => Math.floor(node / 5)));
    }
  });

  test("one seed gives one answer", () => {
    const network = createNetwork(60, randomEdges(60, 200, 7));

    expect(leiden(network, { seed: 3, resolution: 1 })).toEqual(leiden(network, { seed: 3, resolution: 1 }));
  });

  test("never returns a community that falls apart", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const edges = randomEdges(80, 120, seed);
      const labels = leiden(createNetwork(80, edges), { seed, resolution: 1 });
      expect(
        pieces(
          80,
          edges.filter(({ a, b }) => labels[a] === labels[b]),
        ),
      ).toBe(new Set(labels).size);
    }
  });

  test("a higher resolution gives more and smaller communities", () => {
    const network = createNetwork(80, randomEdges(80, 300, 5));
    const count = (resolution: number): number => new Set(leiden(network, { seed: 1, resolution })).size;

    expect(count(0.3)).toBeLessThan(count(1));
    expect(count(1)).toBeLessThan(count(4));
  });

  test("nodes without ties stay alone", () => {
    expect([...leiden(createNetwork(3, []), { seed: 1, resolution: 1 })]).toEqual([0, 1, 2]);
    expect([...leiden(createNetwork(0, []), { seed: 1, resolution: 1 })]).toEqual([]);
  });

  test("the consensus of many seeds is surer of a clique than of a bridge", () => {
    const bridged = [...cliques(2, 6), { a: 12, b: 2, weight: 700 }, { a: 12, b: 8, weight: 700 }];
    const { labels, confidence } = findConsensus(13, bridged, { seeds: 16, resolution: 1 });

    expect(new Set([...labels].slice(0, 6)).size).toBe(1);
    expect(new Set([...labels].slice(6, 12)).size).toBe(1);
    expect(confidence[1]).toBe(1);
    expect(confidence[12]).toBeLessThan(1);
  });
});

/** Connected pieces, counted by union of ends. */
function pieces(size: number, edges: readonly WeightedEdge[]): number {
  const parent = Array.from({ length: size }, (_, node) => node);
  const root = (node: number): number => (parent[node] === node ? node : root(parent[node] ?? node));
  for (const { a, b } of edges) parent[root(a)] = root(b);
  return parent.filter((above, node) => above === node).length;
}
