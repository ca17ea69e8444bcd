import type { FileFact } from "../facts.ts";
import type { GraphBuilder } from "./graph.ts";
import { WEIGHTS } from "./weights.ts";

/** Each file is tied to so many others whose identifiers are most like its own. */
const NEAREST = 5;

/** Words in more than this share of the files belong to the language of the project, not of a part of it. */
const COMMON = 0.2;

/** Files whose code speaks of the same things: cosine similarity of their identifiers' words, rare words first. */
export function addVocabulary(builder: GraphBuilder, files: readonly FileFact[]): void {
  const matrix = createMatrix(files);
  const sums = new Float64Array(files.length);
  files.forEach(({ path }, file) => {
    for (const { other, likeness } of nearest(matrix, file, sums)) {
      // Two files that choose each other are tied from both sides.
      builder.tie(`file:${path}`, `file:${files[other]?.path}`, "vocabulary", (WEIGHTS.vocabulary * likeness) / 2);
    }
  });
}

// --- internal ---

/**
 * How much each file says each word, in compressed rows both ways: entries `rows[f] .. rows[f + 1]` are the words of a
 * file, `columns[w] .. columns[w + 1]` the files of a word. Plain numbers, because a large tree has millions of them.
 */
type Matrix = {
  rows: Int32Array;
  words: Int32Array;
  weights: Float64Array;
  columns: Int32Array;
  files: Int32Array;
  fileWeights: Float64Array;
};

function createMatrix(files: readonly FileFact[]): Matrix {
  const numbers = tellingWords(files);
  const rows = new Int32Array(files.length + 1);
  const columns = new Int32Array(numbers.size + 1);
  files.forEach(({ words }, file) => {
    const told = Object.keys(words).flatMap((word) => numbers.get(word)?.number ?? []);
    rows[file + 1] = (rows[file] ?? 0) + told.length;
    for (const number of told) columns[number + 1] = (columns[number + 1] ?? 0) + 1;
  });
  for (let word = 0; word < numbers.size; word++) columns[word + 1] = (columns[word + 1] ?? 0) + (columns[word] ?? 0);
  const size = rows[files.length] ?? 0;
  const matrix = {
    rows,
    columns,
    words: new Int32Array(size),
    files: new Int32Array(size),
    weights: new Float64Array(size),
    fileWeights: new Float64Array(size),
  };
  const ends = columns.slice();
  files.forEach(({ words }, file) => fillRow(matrix, file, weigh(words, numbers), ends));
  return matrix;
}

type TellingWords = ReadonlyMap<string, { number: number; rarity: number }>;

/** Words of at least two files, but not of too many. */
function tellingWords(files: readonly FileFact[]): TellingWords {
  const spread = new Map<string, number>();
  for (const { words } of files) for (const word of Object.keys(words)) spread.set(word, (spread.get(word) ?? 0) + 1);
  const telling = [...spread].filter(([, bearers]) => bearers >= 2 && bearers <= files.length * COMMON);
  return new Map(
    telling.map(([word, bearers], number) => [word, { number, rarity: Math.log(files.length / bearers) }]),
  );
}

function weigh(words: Record<string, number>, numbers: TellingWords): { number: number; weight: number }[] {
  const weighed = Object.entries(words).flatMap(([word, count]) => {
    const known = numbers.get(word);
    return known ? [{ number: known.number, weight: (1 + Math.log(count)) * known.rarity }] : [];
  });
  const length = Math.sqrt(weighed.reduce((sum, { weight }) => sum + weight * weight, 0));
  return weighed.map(({ number, weight }) => ({ number, weight: weight / length }));
}

function fillRow(
  matrix: Matrix,
  file: number,
  row: readonly { number: number; weight: number }[],
  ends: Int32Array,
): void {
  row.forEach(({ number, weight }, index) => {
    const place = (matrix.rows[file] ?? 0) + index;
    matrix.words[place] = number;
    matrix.weights[place] = weight;
    const end = ends[number] ?? 0;
    matrix.files[end] = file;
    matrix.fileWeights[end] = weight;
    ends[number] = end + 1;
  });
}

type Neighbour = { other: number; likeness: number };

// `sums` is lent, all zero, and given back so: most of the time of a large tree is spent here.
function nearest(matrix: Matrix, file: number, sums: Float64Array): Neighbour[] {
  const { rows, words, weights, columns, files, fileWeights } = matrix;
  const touched: number[] = [];
  for (let entry = rows[file] ?? 0; entry < (rows[file + 1] ?? 0); entry++) {
    const [word, weight] = [words[entry] ?? 0, weights[entry] ?? 0];
    for (let place = columns[word] ?? 0; place < (columns[word + 1] ?? 0); place++) {
      const other = files[place] ?? 0;
      const before = sums[other] ?? 0;
      if (before === 0) touched.push(other);
      sums[other] = before + weight * (fileWeights[place] ?? 0);
    }
  }
  const best: Neighbour[] = [];
  for (const other of touched) {
    if (other !== file) keepBest(best, other, sums[other] ?? 0);
    sums[other] = 0;
  }
  return best;
}

function keepBest(best: Neighbour[], other: number, likeness: number): void {
  const last = best.at(-1);
  if (best.length === NEAREST && last && !isNearer(other, likeness, last)) return;
  let place = best.length;
  while (place > 0 && isNearer(other, likeness, best[place - 1])) place -= 1;
  best.splice(place, 0, { other, likeness });
  if (best.length > NEAREST) best.pop();
}

function isNearer(other: number, likeness: number, than: Neighbour | undefined): boolean {
  if (!than) return false;
  return likeness > than.likeness || (likeness === than.likeness && other < than.other);
}
