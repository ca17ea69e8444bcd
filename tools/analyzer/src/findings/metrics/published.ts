import { placedEdges, sizesOf, type Partition } from "./partition.ts";

/**
 * The metrics of Kalia et al., "Mono2Micro" (ESEC/FSE 2021), as the program they published computes them; where its text
 * differs, the program counts, because the published numbers come from it. K is the number of parts.
 */

/**
 * SM, structural modularity: mean over parts of (pairs with a call inside) / size², less the mean over pairs of parts of
 * (pairs with a call across) / (size · size). Up is better; small parts are favoured. The published program counts a
 * member that calls itself as a pair, except the last one of its part, where its loop has ended; so does this.
 */
export function structuralModularity(partition: Partition): number {
  const sizes = sizesOf(partition);
  if (sizes.size === 0) return 0;
  const last = new Set(new Map([...partition.partOf].map(([member, part]) => [part, member])).values());
  let inside = 0;
  let across = 0;
  for (const { from, to, source, target } of unorderedPairs(partition)) {
    const [left, right] = [sizes.get(source) ?? 1, sizes.get(target) ?? 1];
    if (source !== target) across += 1 / (left * right);
    else if (from !== to || !last.has(from)) inside += 1 / left ** 2;
  }
  const pairsOfParts = (sizes.size * (sizes.size - 1)) / 2;
  return inside / sizes.size - (pairsOfParts === 0 ? 0 : across / pairsOfParts);
}

/** `logarithmic`: ln(volume) + 1, as Mono2Micro weighs a call; `plain`: the volume, as CARGO (ASE 2022) does. */
export type CallWeight = "logarithmic" | "plain";

/** ICP, inter-partition calls: the weight of calls across parts over the weight of all calls, 0..1. Down is better. */
export function interPartitionCalls(partition: Partition, weight: CallWeight): number {
  let across = 0;
  let all = 0;
  for (const { from, to, volume, source, target } of placedEdges(partition)) {
    if (from === to) continue;
    const amount = weight === "plain" ? volume : Math.log(volume) + 1;
    all += amount;
    if (source !== target) across += amount;
  }
  return all === 0 ? 0 : across / all;
}

/** IFN, interface number: pairs of members in different parts with a call, over K. Down is better. */
export function interfaceNumber(partition: Partition): number {
  const parts = sizesOf(partition).size;
  const crossing = unorderedPairs(partition).filter(({ source, target }) => source !== target).length;
  return parts === 0 ? 0 : crossing / parts;
}

/** NED, non-extreme distribution: the share of members in parts of fewer than 5 or more than 20. Down is better. */
export function nonExtremeDistribution(partition: Partition): number {
  const sizes = [...sizesOf(partition).values()];
  const members = sizes.reduce((sum, size) => sum + size, 0);
  const ordinary = sizes.filter((size) => size >= FEWEST && size <= MOST).reduce((sum, size) => sum + size, 0);
  return members === 0 ? 0 : 1 - ordinary / members;
}

// --- internal ---

/** A part of this size is neither a splinter nor a monolith (Wu et al. 2005, as Mono2Micro uses it). */
const FEWEST = 5;
const MOST = 20;

type Pair = { from: string; to: string; source: string; target: string };

/** Pairs of members with a call in either direction, each once; a member that calls itself is a pair too. */
function unorderedPairs(partition: Partition): Pair[] {
  const pairs = new Map<string, Pair>();
  for (const { from, to, source, target } of placedEdges(partition)) {
    const key = from < to ? `${from}\0${to}` : `${to}\0${from}`;
    if (!pairs.has(key)) pairs.set(key, { from, to, source, target });
  }
  return [...pairs.values()];
}
