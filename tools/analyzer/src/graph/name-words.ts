import { wordsOf } from "../words.ts";
import { WEIGHTS } from "./weights.ts";

/** The words that a file's path carries, each with how much it says: its own name first, then the folders around it. */
export function pathWords(path: string): Map<string, number> {
  const folders = path.split("/");
  const stem = (folders.pop() ?? "").replace(/(?:\.d)?\.[mc]?[jt]sx?$/, "");
  const words = new Map<string, number>();
  addWords(words, wordsOf(stem), 1);
  folders.reverse().forEach((folder, distance) => {
    for (const word of wordsOf(folder)) keepMost(words, word, WEIGHTS.folder * WEIGHTS.outerFolder ** distance);
  });
  return words;
}

/** The same for a table's name. */
export function tableWords(table: string): Map<string, number> {
  const words = new Map<string, number>();
  addWords(words, wordsOf(table), 1);
  return words;
}

// --- internal ---

function addWords(words: Map<string, number>, list: readonly string[], weight: number): void {
  list.forEach((word, position) => keepMost(words, word, weight * WEIGHTS.laterWord ** position));
}

function keepMost(words: Map<string, number>, word: string, weight: number): void {
  words.set(word, Math.max(words.get(word) ?? 0, weight));
}
