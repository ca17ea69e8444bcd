import { createAtoms, type Atoms } from "./atoms.ts";
import { renumber } from "./leiden.ts";
import type { WeightedEdge } from "./network.ts";

/**
 * The division that contradicts many answers least: two nodes belong together where more than half of the answers say
 * so, as far as that can be had for all pairs at once (the median partition, Mirkin 1974; found by moving nodes and
 * merging groups while that helps). Returns it with, for every node, how sure it is: the share of answers that put it
 * with a member of its group, on average over the group.
 */
export function findMedian(
  size: number,
  edges: readonly WeightedEdge[],
  answers: readonly Int32Array[],
): { labels: Int32Array; confidence: Float64Array } {
  const atoms = createAtoms(size, edges, answers);
  const division = createDivision(atoms);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const moved = moveAtoms(atoms, division);
    if (!mergeBest(atoms, division) && !moved) break;
  }
  const sure = Float64Array.from({ length: atoms.count }, (_, atom) => confidenceOf(atoms, division, atom));
  return {
    labels: renumber(atoms.of.map((atom) => division.groupOf[atom] ?? 0)).labels,
    confidence: Float64Array.from(atoms.of, (atom) => sure[atom] ?? 0),
  };
}

// --- internal ---

const MOST_ROUNDS = 200;
const HALF = 0.5;
// Gains that differ by less are the same: rounding must not decide.
const EPSILON = 1e-9;

/** A group: how many nodes, and how many of them each answer puts under each of its labels. */
type Group = { size: number; said: Map<number, number> };
type Division = { groupOf: Int32Array; groups: Map<number, Group>; next: number };

function createDivision(atoms: Atoms): Division {
  const division: Division = { groupOf: atoms.labels.slice(0, atoms.count), groups: new Map(), next: atoms.width };
  for (let atom = 0; atom < atoms.count; atom++) put(atoms, division, atom, division.groupOf[atom] ?? 0, 1);
  return division;
}

function put(atoms: Atoms, { groups }: Division, atom: number, number: number, sign: 1 | -1): void {
  const group = groups.get(number) ?? { size: 0, said: new Map<number, number>() };
  const by = sign * (atoms.sizes[atom] ?? 0);
  group.size += by;
  for (let answer = 0; answer < atoms.answers; answer++) {
    const key = answer * atoms.width + (atoms.labels[answer * atoms.count + atom] ?? 0);
    const said = (group.said.get(key) ?? 0) + by;
    if (said === 0) group.said.delete(key);
    else group.said.set(key, said);
  }
  if (group.size > 0) groups.set(number, group);
  else groups.delete(number);
}

/** How many answers put the atom with the group's nodes, summed over them. */
function agreement(atoms: Atoms, group: Group | undefined, atom: number): number {
  let sum = 0;
  for (let answer = 0; group && answer < atoms.answers; answer++) {
    sum += group.said.get(answer * atoms.width + (atoms.labels[answer * atoms.count + atom] ?? 0)) ?? 0;
  }
  return sum;
}

function moveAtoms(atoms: Atoms, division: Division): boolean {
  let moved = false;
  for (let atom = 0; atom < atoms.count; atom++) {
    const from = division.groupOf[atom] ?? 0;
    put(atoms, division, atom, from, -1);
    const to = bestGroup(atoms, division, atom, from);
    put(atoms, division, atom, to, 1);
    division.groupOf[atom] = to;
    moved ||= to !== from;
  }
  return moved;
}

// Alone an atom gains nothing and loses nothing.
function bestGroup(atoms: Atoms, division: Division, atom: number, from: number): number {
  const gain = (number: number): number => {
    const group = division.groups.get(number);
    return agreement(atoms, group, atom) - HALF * atoms.answers * (group?.size ?? 0);
  };
  let [best, most] = [from, gain(from)];
  for (const number of new Set(atoms.neighbours[atom]?.map((other) => division.groupOf[other] ?? 0))) {
    const value = gain(number);
    if (value > most + EPSILON) [best, most] = [number, value];
  }
  return most < -EPSILON ? division.next++ : best;
}

function mergeBest(atoms: Atoms, division: Division): boolean {
  let most = EPSILON;
  let best: [number, number] | null = null;
  for (const [first, second] of tiedGroups(atoms, division)) {
    const gain = mergeGain(atoms, division.groups.get(first), division.groups.get(second));
    if (gain > most) [most, best] = [gain, [first, second]];
  }
  if (!best) return false;
  const [kept, given] = best;
  division.groupOf.forEach((group, atom) => {
    if (group !== given) return;
    put(atoms, division, atom, given, -1);
    put(atoms, division, atom, kept, 1);
    division.groupOf[atom] = kept;
  });
  return true;
}

function tiedGroups(atoms: Atoms, { groupOf }: Division): [number, number][] {
  const pairs = new Map<string, [number, number]>();
  for (let atom = 0; atom < atoms.count; atom++) {
    for (const other of atoms.neighbours[atom] ?? []) {
      const [a, b] = [groupOf[atom] ?? 0, groupOf[other] ?? 0];
      if (a < b) pairs.set(`${a} ${b}`, [a, b]);
    }
  }
  return [...pairs.values()];
}

function mergeGain(atoms: Atoms, a: Group | undefined, b: Group | undefined): number {
  if (!a || !b) return 0;
  const [fewer, more] = a.said.size < b.said.size ? [a, b] : [b, a];
  let together = 0;
  for (const [key, count] of fewer.said) together += count * (more.said.get(key) ?? 0);
  return together - HALF * atoms.answers * a.size * b.size;
}

function confidenceOf(atoms: Atoms, { groupOf, groups }: Division, atom: number): number {
  const group = groups.get(groupOf[atom] ?? 0);
  return group ? agreement(atoms, group, atom) / (atoms.answers * group.size) : 0;
}
