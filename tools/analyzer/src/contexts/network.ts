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
  const { starts, members } = membersOf(communityOf, count);
  const sums = new Float64Array(count);
  const edges: WeightedEdge[] = [];
  for (let own = 0; own < count; own++) {
    const touched: number[] = [];
    const add = (other: number, weight: number): void => {
      if (sums[other] === 0) touched.push(other);
      sums[other] = (sums[other] ?? 0) + weight;
    };
    for (let index = starts[own] ?? 0; index < (starts[own + 1] ?? 0); index++) {
      const node = members[index] ?? 0;
      const loop = network.loops[node] ?? 0;
      if (loop > 0) add(own, loop);
      for (let place = network.starts[node] ?? 0; place < (network.starts[node + 1] ?? 0); place++) {
        const neighbour = network.neighbours[place] ?? 0;
        const other = communityOf[neighbour] ?? 0;
        // Every edge once: those inside from their first end, those between from the lower community.
        if (other > own || (other === own && neighbour > node)) add(other, network.weights[place] ?? 0);
      }
    }
    for (const other of touched.sort((x, y) => x - y)) {
      edges.push({ a: own, b: other, weight: sums[other] ?? 0 });
      sums[other] = 0;
    }
  }
  return createNetwork(count, edges);
}

// --- internal ---

/** `members[starts[c] .. starts[c + 1]]` are the nodes of community `c`, in ascending order. */
function membersOf(communityOf: Int32Array, count: number): { starts: Int32Array; members: Int32Array } {
  const starts = new Int32Array(count + 1);
  for (const community of communityOf) starts[community + 1] = (starts[community + 1] ?? 0) + 1;
  for (let community = 0; community < count; community++) {
    starts[community + 1] = (starts[community + 1] ?? 0) + (starts[community] ?? 0);
  }
  const places = starts.slice();
  const members = new Int32Array(communityOf.length);
  communityOf.forEach((community, node) => {
    const place = places[community] ?? 0;
    members[place] = node;
    places[community] = place + 1;
  });
  return { starts, members };
}
