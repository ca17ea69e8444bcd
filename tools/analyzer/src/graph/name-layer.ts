import type { GraphBuilder } from "./graph.ts";
import { pathWords, tableWords } from "./name-words.ts";
import { WEIGHTS } from "./weights.ts";

/**
 * Words in the names of files and tables become nodes of their own: `note.controller.ts`, `note-service.ts` and the
 * table `notes` meet at `note`. What a name says is shared out among its words, and rare words get more of it.
 */
export function addNames(builder: GraphBuilder, files: readonly string[], tables: readonly string[]): void {
  const bearers = [
    ...files.map((file) => ({ node: `file:${file}`, words: pathWords(file) })),
    ...tables.map((table) => ({ node: `table:${table}`, words: tableWords(table) })),
  ];
  const rarity = rarityOfWords(bearers.map(({ words }) => words));
  for (const { node, words } of bearers) {
    const said = [...words].flatMap(([word, weight]) => {
      const rare = rarity.get(word);
      return rare === undefined ? [] : [{ word, weight: weight * rare }];
    });
    const all = said.reduce((sum, { weight }) => sum + weight, 0);
    for (const { word, weight } of said) {
      builder.tie(node, builder.node("word", word), "name", (WEIGHTS.name * weight) / all);
    }
  }
}

// --- internal ---

/** A word in more than this share of all names belongs to the language of the project. */
const COMMON = 0.15;
/** In a very small tree a few bearers are many. */
const FEW = 6;
/** Below 1: rarity counts, but a word of three files does not drown one of thirty. */
const RARITY_POWER = 0.7;

/** For every word that at least two names share and not everybody: how rare it is. */
function rarityOfWords(names: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const bearers = new Map<string, number>();
  for (const words of names) for (const word of words.keys()) bearers.set(word, (bearers.get(word) ?? 0) + 1);
  return new Map(
    [...bearers]
      .filter(([, count]) => count >= 2 && count <= Math.max(FEW, names.length * COMMON))
      .map(([word, count]) => [word, Math.log(names.length / count) ** RARITY_POWER]),
  );
}
