import { findConsensus } from "./consensus.ts";
import { renumber } from "./leiden.ts";
import type { WeightedEdge } from "./network.ts";

/** Parts of fewer or more members than this are splinters or monoliths; 5 and 20 are what the literature takes. */
export type SizeWindow = { fewest: number; most: number };

export type BalanceOptions = { seeds: number; resolutions: readonly number[]; window: SizeWindow };

/**
 * Divides a network of up to a few hundred members into parts that keep to themselves and have a size that a team can
 * own. Modularity alone has no opinion on size. Starts from the consensus at every resolution, improves each, and
 * returns the best: part numbers 0.. in the order of their first member.
 */
export function findBalanced(size: number, edges: readonly WeightedEdge[], options: BalanceOptions): Int32Array {
  let best: Int32Array = new Int32Array(size);
  let most = -Infinity;
  for (const resolution of options.resolutions) {
    const { labels } = findConsensus(size, edges, { seeds: options.seeds, resolution });
    const balanced = balance(size, edges, labels, options.window);
    const quality = balancedQuality(edges, balanced, options.window);
    if (quality > most + EPSILON) [best, most] = [balanced, quality];
  }
  return best;
}

/** Moves members and merges parts, always the one change that helps most, until none does. */
export function balance(
  size: number,
  edges: readonly WeightedEdge[],
  labels: Int32Array,
  window: SizeWindow,
): Int32Array {
  let current = renumber(labels).labels;
  let quality = balancedQuality(edges, current, window);
  for (let round = 0; round < size * MOST_CHANGES; round++) {
    let next: Int32Array | null = null;
    for (const candidate of changesOf(edges, current)) {
      const value = balancedQuality(edges, candidate, window);
      if (value > quality + EPSILON) [next, quality] = [candidate, value];
    }
    if (!next) break;
    current = next;
  }
  return renumber(current).labels;
}

/**
 * Structural modularity (dense inside, loose between; Jin et al. 2018), times the share of the weight that stays inside
 * and the share of members in parts within the window. A product, so that none is bought with the whole of another; the
 * shares are squared, because modularity alone likes splinters and both say that a part can stand by itself.
 */
export function balancedQuality(edges: readonly WeightedEdge[], labels: Int32Array, window: SizeWindow): number {
  const sizes = countLabels(labels);
  const parts = sizes.filter((count) => count > 0).length;
  let [inside, across, kept, all] = [0, 0, 0, 0];
  for (const { a, b, weight } of edges) {
    const [left, right] = [sizes[labels[a] ?? 0] ?? 1, sizes[labels[b] ?? 0] ?? 1];
    all += weight;
    if (labels[a] === labels[b]) {
      inside += 1 / left ** 2;
      kept += weight;
    } else {
      across += 1 / (left * right);
    }
  }
  if (all === 0) return 0;
  const modularity = inside / parts - (parts < 2 ? 0 : (2 * across) / (parts * (parts - 1)));
  return Math.max(0, modularity) * ((kept / all) * ownable(sizes, labels.length, window)) ** 2;
}

// --- internal ---

// Qualities that differ by less are the same: rounding must not decide.
const EPSILON = 1e-12;
/** Far more than any search has needed; every change strictly improves, so this only bounds time. */
const MOST_CHANGES = 10;

function countLabels(labels: Int32Array): number[] {
  const sizes = Array.from({ length: labels.length }, () => 0);
  for (const label of labels) sizes[label] = (sizes[label] ?? 0) + 1;
  return sizes;
}

function ownable(sizes: readonly number[], members: number, { fewest, most }: SizeWindow): number {
  const within = sizes.filter((count) => count >= fewest && count <= most);
  return within.reduce((sum, count) => sum + count, 0) / members;
}

/** Every member in each of its neighbours' parts, and every two neighbouring parts as one. */
function* changesOf(edges: readonly WeightedEdge[], labels: Int32Array): Generator<Int32Array> {
  const seen = new Set<string>();
  for (const { a, b } of edges) {
    const [left, right] = [labels[a] ?? 0, labels[b] ?? 0];
    if (left === right) continue;
    for (const [key, change] of [
      [`${a}>${right}`, () => labels.with(a, right)],
      [`${b}>${left}`, () => labels.with(b, left)],
      [`${Math.min(left, right)}+${Math.max(left, right)}`, () => merge(labels, left, right)],
    ] as const) {
      if (seen.has(key)) continue;
      seen.add(key);
      yield change();
    }
  }
}

function merge(labels: Int32Array, left: number, right: number): Int32Array {
  const [kept, lost] = [Math.min(left, right), Math.max(left, right)];
  return labels.map((label) => (label === lost ? kept : label));
}
