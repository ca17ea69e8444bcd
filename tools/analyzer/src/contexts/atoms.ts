import type { WeightedEdge } from "./network.ts";

/** Nodes that every answer puts together, as one. `labels[answer * count + atom]` is where an answer puts an atom. */
export type Atoms = {
  count: number;
  /** Atom of every node. */
  of: Int32Array;
  /** How many nodes each atom stands for. */
  sizes: Int32Array;
  answers: number;
  labels: Int32Array;
  /** Highest label plus one. */
  width: number;
  /** Atoms tied to each atom, in ascending order. */
  neighbours: number[][];
};

export function createAtoms(size: number, edges: readonly WeightedEdge[], answers: readonly Int32Array[]): Atoms {
  const { of, first } = group(size, answers);
  const count = first.length;
  const sizes = new Int32Array(count);
  for (const atom of of) sizes[atom] = (sizes[atom] ?? 0) + 1;
  const labels = new Int32Array(count * answers.length);
  let width = 0;
  answers.forEach((answer, index) => {
    first.forEach((node, atom) => {
      const label = answer[node] ?? 0;
      labels[index * count + atom] = label;
      width = Math.max(width, label + 1);
    });
  });
  return { count, of, sizes, answers: answers.length, labels, width, neighbours: tied(count, of, edges) };
}

// --- internal ---

// Refined answer by answer: two nodes stay together as long as no answer parts them.
function group(size: number, answers: readonly Int32Array[]): { of: Int32Array; first: number[] } {
  let of: Int32Array = new Int32Array(size);
  let first: number[] = size > 0 ? [0] : [];
  for (const answer of answers) {
    const known = new Map<number, number>();
    const next = new Int32Array(size);
    first = [];
    for (let node = 0; node < size; node++) {
      const key = (of[node] ?? 0) * size + (answer[node] ?? 0);
      const atom = known.get(key) ?? first.length;
      if (atom === first.length) {
        known.set(key, atom);
        first.push(node);
      }
      next[node] = atom;
    }
    of = next;
  }
  return { of, first };
}

function tied(count: number, of: Int32Array, edges: readonly WeightedEdge[]): number[][] {
  const neighbours = Array.from({ length: count }, () => new Set<number>());
  for (const { a, b } of edges) {
    const [from, to] = [of[a] ?? 0, of[b] ?? 0];
    if (from === to) continue;
    neighbours[from]?.add(to);
    neighbours[to]?.add(from);
  }
  return neighbours.map((set) => [...set].sort((x, y) => x - y));
}
