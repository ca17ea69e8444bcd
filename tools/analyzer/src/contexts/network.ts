/**
 * A weighted undirected graph in compressed rows, for the inner loops. `neighbours[starts[v] .. starts[v + 1]]` are the
 * neighbours of `v` with `weights` beside them. Weights are whole numbers, so sums do not depend on their order.
 */
export type Network = {
  size: number;
  starts: Int32Array;
  neighbours: Int32Array;
  weights: Float64Array;
  /** Weight of a node's edges to others, plus twice its own loop. */
  strengths: Float64Array;
  /** Weight inside a node that stands for several. */
  loops: Float64Array;
  /** Sum of all strengths. */
  total: number;
};

export type WeightedEdge = { a: number; b: number; weight: number };

export function createNetwork(size: number, edges: readonly WeightedEdge[]): Network {
  const starts = new Int32Array(size + 1);
  for (const { a, b } of edges) {
    if (a === b) continue;
    starts[a + 1] = (starts[a + 1] ?? 0) + 1;
    starts[b + 1] = (starts[b + 1] ?? 0) + 1;
  }
  for (let node = 0; node < size; node++) starts[node + 1] = (starts[node + 1] ?? 0) + (starts[node] ?? 0);
  const places = starts.slice();
  const neighbours = new Int32Array(starts[size] ?? 0);
  const weights = new Float64Array(starts[size] ?? 0);
  const strengths = new Float64Array(size);
  const loops = new Float64Array(size);
  const put = (from: number, to: number, weight: number): void => {
    const place = places[from] ?? 0;
    places[from] = place + 1;
    neighbours[place] = to;
    weights[place] = weight;
    strengths[from] = (strengths[from] ?? 0) + weight;
  };
  for (const { a, b, weight } of edges) {
    if (a === b) {
      loops[a] = (loops[a] ?? 0) + weight;
      strengths[a] = (strengths[a] ?? 0) + 2 * weight;
    } else {
      put(a, b, weight);
      put(b, a, weight);
    }
  }
  return { size, starts, neighbours, weights, strengths, loops, total: strengths.reduce((sum, x) => sum + x, 0) };
}

/** One node for each community; `communityOf` holds numbers 0..count-1. */
export function mergeNodes(network: Network, communityOf: Int32Array, count: number): Network {
  const sums = new Map<number, number>();
  const add = (a: number, b: number, weight: number): void => {
    const key = a < b ? a * count + b : b * count + a;
    sums.set(key, (sums.get(key) ?? 0) + weight);
  };
  for (let node = 0; node < network.size; node++) {
    const own = communityOf[node] ?? 0;
    const loop = network.loops[node] ?? 0;
    if (loop > 0) add(own, own, loop);
    for (let place = network.starts[node] ?? 0; place < (network.starts[node + 1] ?? 0); place++) {
      const other = network.neighbours[place] ?? 0;
      if (other > node) add(own, communityOf[other] ?? 0, network.weights[place] ?? 0);
    }
  }
  const edges = [...sums]
    .sort(([a], [b]) => a - b)
    .map(([key, weight]) => ({ a: Math.floor(key / count), b: key % count, weight }));
  return createNetwork(count, edges);
}
