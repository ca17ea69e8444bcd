import { mergeNodes, type Network } from "./network.ts";
import { createRandom, shuffledIndices, type Random } from "./random.ts";

export type LeidenOptions = {
  seed: number;
  /** Higher gives more and smaller communities; 1 is plain modularity. */
  resolution: number;
};

/**
 * The Leiden algorithm (Traag, Waltman, van Eck 2019) for modularity: move nodes while that helps, split every
 * community into well-connected parts, merge the parts into nodes, and start again. Unlike Louvain it never returns a
 * community that falls apart. The network's nodes must be in a canonical order: then one network gives one answer,
 * whatever order its facts were read in. Returns community numbers 0.. in the order of their first node.
 */
export function leiden(network: Network, options: LeidenOptions): Int32Array {
  const random = createRandom(options.seed);
  let level = network;
  /** Node of the level for every node of the network. */
  let nodeOf: Int32Array = Int32Array.from({ length: network.size }, (_, index) => index);
  let communities: Int32Array = Int32Array.from(nodeOf);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    moveNodes(level, communities, options.resolution, random);
    const { labels, count } = renumber(communities);
    if (count === level.size) return renumber(nodeOf.map((node) => labels[node] ?? 0)).labels;

    const parts = refine(level, labels, options.resolution, random);
    const partCount = parts.count === level.size ? count : parts.count;
    const partOf = parts.count === level.size ? labels : parts.labels; // nothing to refine: merge whole communities
    communities = communityOfParts(partOf, labels, partCount);
    level = mergeNodes(level, partOf, partCount);
    nodeOf = nodeOf.map((node) => partOf[node] ?? 0);
  }
  return renumber(nodeOf.map((node) => communities[node] ?? 0)).labels;
}

/** Numbers 0.. in the order of first appearance. */
export function renumber(communities: Int32Array): { labels: Int32Array; count: number } {
  const numbers = new Int32Array(communities.reduce((most, community) => Math.max(most, community), -1) + 1).fill(-1);
  let count = 0;
  const labels = communities.map((community) => {
    if (numbers[community] === -1) numbers[community] = count++;
    return numbers[community] ?? 0;
  });
  return { labels, count };
}

// --- internal ---

const MOST_ROUNDS = 100;

function communityOfParts(partOf: Int32Array, labels: Int32Array, count: number): Int32Array {
  const communities = new Int32Array(count);
  partOf.forEach((part, node) => (communities[part] = labels[node] ?? 0));
  return communities;
}

/** Weight from a node to each neighbouring community. Reused between nodes, because it is the innermost loop. */
class Touching {
  readonly weights: Float64Array;
  readonly list: number[] = [];

  constructor(size: number) {
    this.weights = new Float64Array(size);
  }

  collect(network: Network, node: number, communities: Int32Array): void {
    for (const community of this.list) this.weights[community] = 0;
    this.list.length = 0;
    for (let place = network.starts[node] ?? 0; place < (network.starts[node + 1] ?? 0); place++) {
      const community = communities[network.neighbours[place] ?? 0] ?? 0;
      if (this.weights[community] === 0) this.list.push(community);
      this.weights[community] = (this.weights[community] ?? 0) + (network.weights[place] ?? 0);
    }
  }
}

// A queue of nodes whose surroundings have changed, instead of whole sweeps.
function moveNodes(network: Network, communities: Int32Array, resolution: number, random: Random): void {
  const strengths = new Float64Array(network.size);
  communities.forEach((community, node) => {
    strengths[community] = (strengths[community] ?? 0) + (network.strengths[node] ?? 0);
  });
  const touching = new Touching(network.size);
  const queue = [...shuffledIndices(network.size, random)];
  const waiting = new Uint8Array(network.size).fill(1);
  for (let head = 0; head < queue.length; head++) {
    const node = queue[head] ?? 0;
    waiting[node] = 0;
    const from = communities[node] ?? 0;
    const strength = network.strengths[node] ?? 0;
    strengths[from] = (strengths[from] ?? 0) - strength;
    touching.collect(network, node, communities);
    const to = bestCommunity(network, touching, strengths, strength, from, resolution);
    strengths[to] = (strengths[to] ?? 0) + strength;
    if (to === from) continue;
    communities[node] = to;
    for (let place = network.starts[node] ?? 0; place < (network.starts[node + 1] ?? 0); place++) {
      const neighbour = network.neighbours[place] ?? 0;
      if (waiting[neighbour] === 1 || communities[neighbour] === to) continue;
      waiting[neighbour] = 1;
      queue.push(neighbour);
    }
  }
}

// Gains that differ by less are the same: rounding must not decide.
const EPSILON = 1e-9;

function bestCommunity(
  network: Network,
  touching: Touching,
  strengths: Float64Array,
  strength: number,
  from: number,
  resolution: number,
): number {
  const gain = (community: number): number =>
    (touching.weights[community] ?? 0) - (resolution * strength * (strengths[community] ?? 0)) / network.total;
  let best = from;
  let most = gain(from);
  for (const community of touching.list) {
    const value = gain(community);
    if (value > most + EPSILON || (value > most - EPSILON && community < best && best !== from)) {
      best = community;
      most = Math.max(most, value);
    }
  }
  return best;
}

/** Splits every community into parts that are well connected to the rest of it. */
function refine(
  network: Network,
  labels: Int32Array,
  resolution: number,
  random: Random,
): { labels: Int32Array; count: number } {
  const state = createRefinement(network, labels);
  for (const node of shuffledIndices(network.size, random)) {
    if (!isAlone(state, node) || !isWellConnected(network, state, node, resolution)) continue;
    const target = choosePart(network, state, node, resolution, random);
    if (target !== node) joinPart(network, state, node, target);
  }
  return renumber(state.parts);
}

type Refinement = {
  labels: Int32Array;
  parts: Int32Array;
  sizes: Int32Array;
  /** Strength of every part, and of the whole community it lies in. */
  strengths: Float64Array;
  wholes: Float64Array;
  /** Weight from each part to the rest of its community. */
  outward: Float64Array;
  touching: Touching;
};

function createRefinement(network: Network, labels: Int32Array): Refinement {
  const wholes = new Float64Array(network.size);
  const outward = new Float64Array(network.size);
  for (let node = 0; node < network.size; node++) {
    const label = labels[node] ?? 0;
    wholes[label] = (wholes[label] ?? 0) + (network.strengths[node] ?? 0);
    for (let place = network.starts[node] ?? 0; place < (network.starts[node + 1] ?? 0); place++) {
      if (labels[network.neighbours[place] ?? 0] !== label) continue;
      outward[node] = (outward[node] ?? 0) + (network.weights[place] ?? 0);
    }
  }
  return {
    labels,
    parts: Int32Array.from({ length: network.size }, (_, index) => index),
    sizes: new Int32Array(network.size).fill(1),
    strengths: network.strengths.slice(),
    wholes,
    outward,
    touching: new Touching(network.size),
  };
}

function isAlone(state: Refinement, node: number): boolean {
  return state.parts[node] === node && state.sizes[node] === 1;
}

function isWellConnected(network: Network, state: Refinement, part: number, resolution: number): boolean {
  const strength = state.strengths[part] ?? 0;
  const rest = (state.wholes[state.labels[part] ?? 0] ?? 0) - strength;
  return (state.outward[part] ?? 0) >= (resolution * strength * rest) / network.total;
}

// Randomness in proportion to the gain lets the search leave a local best; theta is the value of the paper.
const THETA = 0.01;

function choosePart(network: Network, state: Refinement, node: number, resolution: number, random: Random): number {
  state.touching.collect(network, node, state.parts);
  const strength = network.strengths[node] ?? 0;
  const choices = [{ part: node, weight: 1 }];
  for (const part of state.touching.list) {
    if (part === node || state.labels[part] !== state.labels[node]) continue;
    if (!isWellConnected(network, state, part, resolution)) continue;
    const gain =
      (state.touching.weights[part] ?? 0) - (resolution * strength * (state.strengths[part] ?? 0)) / network.total;
    if (gain >= 0) choices.push({ part, weight: Math.exp(Math.min(gain / (strength * THETA + 1), MOST_EXPONENT)) });
  }
  let left = random.next() * choices.reduce((sum, choice) => sum + choice.weight, 0);
  for (const choice of choices) {
    left -= choice.weight;
    if (left < 0) return choice.part;
  }
  return choices.at(-1)?.part ?? node;
}

const MOST_EXPONENT = 50;

function joinPart(network: Network, state: Refinement, node: number, part: number): void {
  const shared = state.touching.weights[part] ?? 0;
  state.parts[node] = part;
  state.sizes[node] = 0;
  state.sizes[part] = (state.sizes[part] ?? 0) + 1;
  state.strengths[part] = (state.strengths[part] ?? 0) + (network.strengths[node] ?? 0);
  state.outward[part] = (state.outward[part] ?? 0) + (state.outward[node] ?? 0) - 2 * shared;
}
