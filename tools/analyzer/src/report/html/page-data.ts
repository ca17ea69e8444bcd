import type { Analysis } from "../../analysis.ts";
import { hardestFirst } from "../../findings/ties.ts";
import type { ContextMap } from "../map/layout.ts";
import { sayWhat } from "../say-seam.ts";

/**
 * What the page's script works with, small: paths and names stand once, and seams are rows of numbers into them.
 * `files` holds every path; `contexts[i].files` and seams point into it.
 */
export type PageData = {
  files: string[];
  contexts: {
    name: string;
    files: number[];
    tables: string[];
    routes: string[];
    words: string[];
    confidence: number;
  }[];
  kinds: string[];
  remedies: string[];
  whats: string[];
  /** kind, from, to, what, file, line, remedy; hardest first. `from` and `to` are positions in `contexts`. */
  seams: number[][];
  /** Seams beyond what the page carries; the JSON has them. */
  left: number;
  map: ContextMap;
};

/** More rows than this nobody scrolls through, and the file stays small enough to mail. */
const MOST_SEAMS = 8_000;

export function pageData(analysis: Analysis, map: ContextMap): PageData {
  const paths = createIndex();
  const kinds = createIndex();
  const remedies = createIndex();
  const whats = createIndex();
  const contexts = analysis.contexts.map(({ name, files, words, confidence }) => ({
    name,
    files: files.map(paths.of),
    tables: analysis.tables.filter(({ context }) => context === name).map((table) => table.name),
    routes: analysis.routes.filter(({ context }) => context === name).map(({ method, path }) => `${method} ${path}`),
    words,
    confidence,
  }));
  const position = new Map(contexts.map(({ name }, index) => [name, index]));
  const running = hardestFirst(analysis.seams.filter(({ kind }) => kind !== "type"));
  const seams = running.slice(0, MOST_SEAMS).map((seam) => {
    const { kind, from, to, file, line, remedy } = seam;
    const ends = [position.get(from) ?? -1, position.get(to) ?? -1];
    return [kinds.of(kind), ...ends, whats.of(sayWhat(seam)), paths.of(file), line, remedies.of(remedy)];
  });
  return {
    files: paths.values,
    contexts,
    kinds: kinds.values,
    remedies: remedies.values,
    whats: whats.values,
    seams,
    left: running.length - seams.length,
    map,
  };
}

// --- internal ---

function createIndex(): { values: string[]; of: (value: string) => number } {
  const values: string[] = [];
  const positions = new Map<string, number>();
  return {
    values,
    of(value) {
      const known = positions.get(value);
      if (known !== undefined) return known;
      positions.set(value, values.length);
      return values.push(value) - 1;
    },
  };
}
