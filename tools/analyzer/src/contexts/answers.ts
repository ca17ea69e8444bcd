import { leiden } from "./leiden.ts";
import { createNetwork, type Network, type WeightedEdge } from "./network.ts";

export type AnswersOptions = { answers: number; resolution: number };

/**
 * Many answers to one question: how would the graph be divided if the evidence were a little different? Every answer
 * sees all weights changed at random, each by up to DOUBT of itself, so that what holds in most answers does not hang
 * on a single tie. An edge is changed alike however many others there are: with a few edges less, the answers about
 * the rest stay what they were.
 */
export function askManyTimes(size: number, edges: readonly WeightedEdge[], options: AnswersOptions): Int32Array[] {
  const network = createNetwork(size, edges);
  return Array.from({ length: options.answers }, (_, answer) =>
    leiden(doubted(network, answer), { seed: answer + 1, resolution: options.resolution }),
  );
}

// --- internal ---

const DOUBT = 0.7;

function doubted(network: Network, answer: number): Network {
  const weights = new Float64Array(network.weights.length);
  const strengths = new Float64Array(network.size);
  let total = 0;
  for (let node = 0; node < network.size; node++) {
    let strength = 0;
    for (let place = network.starts[node] ?? 0; place < (network.starts[node + 1] ?? 0); place++) {
      const other = network.neighbours[place] ?? 0;
      const fraction = node < other ? noise(node, other, answer) : noise(other, node, answer);
      const weight = doubt(network.weights[place] ?? 0, fraction);
      weights[place] = weight;
      strength += weight;
    }
    strengths[node] = strength;
    total += strength;
  }
  return { ...network, weights, strengths, total };
}

// Whole numbers, so that sums do not depend on their order.
function doubt(weight: number, fraction: number): number {
  return Math.max(1, Math.round(weight * (1 + DOUBT * (2 * fraction - 1))));
}

/** A fraction in [0, 1) that depends on the edge and the answer alone (the finisher of murmur3 over both). */
function noise(a: number, b: number, answer: number): number {
  let mixed = Math.imul(a + 1, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca6b) ^ Math.imul(answer + 1, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 4_294_967_296;
}
