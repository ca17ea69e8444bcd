import type { Graph } from "../graph/graph.ts";
import { NO_GROUP, type Groups } from "./groups.ts";
import { isForShared, type Blocks } from "./pins.ts";

/** Which blocks each group holds. */
export type Held = Map<number, number[]>;

/**
 * Puts every block where its members' ties are strongest and nothing forbids it, else into a group of its own. Larger
 * blocks choose first.
 */
export function placeBlocks(graph: Graph, groups: Groups, pins: Blocks): { groups: Groups; held: Held } {
  const placed = groups.slice();
  const held: Held = new Map();
  const choice = pins.blocks.map((_, index) => index).sort((a, b) => sizeOf(pins, b) - sizeOf(pins, a) || a - b);
  // Blocks may not stay with what they are to be parted from, so none of them counts before it has chosen.
  for (const block of pins.blocks) for (const node of block.members) placed[node] = NO_GROUP;
  for (const index of choice) {
    const block = pins.blocks[index];
    const group = isForShared(block) ? NO_GROUP : chooseGroup(graph, groups, placed, index, pins, held);
    for (const node of block?.members ?? []) placed[node] = group;
    if (group !== NO_GROUP) held.set(group, [...(held.get(group) ?? []), index]);
  }
  return { groups: placed, held };
}

/** Whether two groups may become one. */
export function mayMerge(pins: Blocks, held: Readonly<Held>, a: number, b: number): boolean {
  return (held.get(a) ?? []).every((one) => (held.get(b) ?? []).every((other) => !pins.apart.get(one)?.has(other)));
}

// --- internal ---

function sizeOf(pins: Blocks, index: number): number {
  return pins.blocks[index]?.members.length ?? 0;
}

function chooseGroup(
  graph: Graph,
  groups: Groups,
  placed: Groups,
  index: number,
  pins: Blocks,
  held: Readonly<Held>,
): number {
  const block = pins.blocks[index];
  const sameName = [...held].find(([, others]) =>
    others.some((other) => block?.context != null && pins.blocks[other]?.context === block.context),
  );
  if (sameName) return sameName[0];
  const [best] = [...tiesOf(graph, groups, placed, new Set(block?.members))]
    .filter(([group]) => !(held.get(group) ?? []).some((other) => pins.apart.get(index)?.has(other)))
    .sort((x, y) => y[1] - x[1] || x[0] - y[0]);
  return best?.[0] ?? freeNumber(groups, placed);
}

// Ties among the members speak for the groups that they came from.
function tiesOf(graph: Graph, groups: Groups, placed: Groups, members: ReadonlySet<number>): Map<number, number> {
  const ties = new Map<number, number>();
  const add = (from: number, to: number, weight: number): void => {
    if (!members.has(from)) return;
    const group = (members.has(to) ? groups[to] : placed[to]) ?? NO_GROUP;
    if (group !== NO_GROUP) ties.set(group, (ties.get(group) ?? 0) + weight);
  };
  for (const { a, b, weight } of graph.edges) {
    add(a, b, weight);
    add(b, a, weight);
  }
  return ties;
}

function freeNumber(groups: Groups, placed: Groups): number {
  return (
    [groups, placed].reduce((most, list) => list.reduce((high, group) => Math.max(high, group), most), NO_GROUP) + 1
  );
}
