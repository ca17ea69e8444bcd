import type { FileFact } from "../facts.ts";
import type { GraphBuilder } from "./graph.ts";
import { WEIGHTS } from "./weights.ts";

/** Each file is tied to so many others whose identifiers are most like its own. */
const NEAREST = 5;

/** Words in more than this share of the files belong to the language of the project, not of a part of it. */
const COMMON = 0.2;

/** Files whose code speaks of the same things: cosine similarity of their identifiers' words, rare words first. */
export function addVocabulary(builder: GraphBuilder, files: readonly FileFact[]): void {
  const vectors = vectorsOf(files);
  const bearers = bearersOf(vectors);
  const sums = new Float64Array(files.length);
  vectors.forEach((vector, file) => {
    for (const { other, likeness } of nearest(vector, file, bearers, sums)) {
      const [a, b] = [files[file], files[other]];
      // Two files that choose each other are tied from both sides.
      if (a && b) builder.tie(`file:${a.path}`, `file:${b.path}`, "vocabulary", (WEIGHTS.vocabulary * likeness) / 2);
    }
  });
}

// --- internal ---

function vectorsOf(files: readonly FileFact[]): Map<string, number>[] {
  const spread = new Map<string, number>();
  for (const { words } of files) for (const word of Object.keys(words)) spread.set(word, (spread.get(word) ?? 0) + 1);
  return files.map(({ words }) => {
    const vector = new Map<string, number>();
    let square = 0;
    for (const [word, count] of Object.entries(words)) {
      const bearers = spread.get(word) ?? 0;
      if (bearers < 2 || bearers > files.length * COMMON) continue;
      const weight = (1 + Math.log(count)) * Math.log(files.length / bearers);
      vector.set(word, weight);
      square += weight * weight;
    }
    for (const [word, weight] of vector) vector.set(word, weight / Math.sqrt(square));
    return vector;
  });
}

/** For every word the files that say it, with its weight in each. */
type Bearers = ReadonlyMap<string, { files: number[]; weights: number[] }>;

function bearersOf(vectors: readonly ReadonlyMap<string, number>[]): Bearers {
  const bearers = new Map<string, { files: number[]; weights: number[] }>();
  vectors.forEach((vector, file) => {
    for (const [word, weight] of vector) {
      const list = bearers.get(word) ?? { files: [], weights: [] };
      list.files.push(file);
      list.weights.push(weight);
      bearers.set(word, list);
    }
  });
  return bearers;
}

type Neighbour = { other: number; likeness: number };

// `sums` is lent, all zero, and given back so: most of the time of a large tree is spent here.
function nearest(vector: ReadonlyMap<string, number>, file: number, bearers: Bearers, sums: Float64Array): Neighbour[] {
  const touched: number[] = [];
  for (const [word, weight] of vector) {
    const { files, weights } = bearers.get(word) ?? { files: [], weights: [] };
    for (let place = 0; place < files.length; place++) {
      const other = files[place] ?? 0;
      const before = sums[other] ?? 0;
      if (before === 0) touched.push(other);
      sums[other] = before + weight * (weights[place] ?? 0);
    }
  }
  const best: Neighbour[] = [];
  for (const other of touched) {
    if (other !== file) keepBest(best, { other, likeness: sums[other] ?? 0 });
    sums[other] = 0;
  }
  return best;
}

function keepBest(best: Neighbour[], candidate: Neighbour): void {
  const last = best.at(-1);
  if (best.length === NEAREST && last && !isNearer(candidate, last)) return;
  let place = best.length;
  while (place > 0 && isNearer(candidate, best[place - 1] ?? candidate)) place -= 1;
  best.splice(place, 0, candidate);
  if (best.length > NEAREST) best.pop();
}

function isNearer(a: Neighbour, b: Neighbour): boolean {
  return a.likeness > b.likeness || (a.likeness === b.likeness && a.other < b.other);
}
