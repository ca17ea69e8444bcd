import type { FileFact } from "../facts.ts";
import type { GraphBuilder } from "./graph.ts";
import { WEIGHTS } from "./weights.ts";

/** Each file is tied to so many others whose identifiers are most like its own. */
const NEAREST = 10;

/** Words in more than this share of the files belong to the language of the project, not of a part of it. */
const COMMON = 0.2;

/** Files whose code speaks of the same things: cosine similarity of their identifiers' words, rare words first. */
export function addVocabulary(builder: GraphBuilder, files: readonly FileFact[]): void {
  const vectors = vectorsOf(files);
  const bearers = new Map<string, { file: number; weight: number }[]>();
  vectors.forEach((vector, file) => {
    for (const [word, weight] of vector) {
      const list = bearers.get(word) ?? [];
      list.push({ file, weight });
      bearers.set(word, list);
    }
  });
  vectors.forEach((vector, file) => {
    for (const { other, likeness } of nearest(vector, file, bearers)) {
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

function nearest(
  vector: Map<string, number>,
  file: number,
  bearers: ReadonlyMap<string, { file: number; weight: number }[]>,
): { other: number; likeness: number }[] {
  const likeness = new Map<number, number>();
  for (const [word, weight] of vector) {
    for (const bearer of bearers.get(word) ?? []) {
      if (bearer.file !== file) likeness.set(bearer.file, (likeness.get(bearer.file) ?? 0) + weight * bearer.weight);
    }
  }
  return [...likeness]
    .map(([other, value]) => ({ other, likeness: value }))
    .sort((a, b) => b.likeness - a.likeness || a.other - b.other)
    .slice(0, NEAREST);
}
