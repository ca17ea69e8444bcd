import type { GraphBuilder } from "./graph.ts";
import { pathWords, tableWords } from "./name-words.ts";
import { WEIGHTS } from "./weights.ts";

/**
 * Words in the names of files and tables become nodes of their own: `cart.controller.ts`, `cart-service.ts` and the
 * table `carts` meet at `cart`. The rarer a word, the more it says.
 */
export function addNames(builder: GraphBuilder, files: readonly string[], tables: readonly string[]): void {
  const bearers = new Map<string, { node: string; weight: number }[]>();
  const add = (node: string, words: Map<string, number>, factor: number): void => {
    for (const [word, weight] of words) {
      const list = bearers.get(word) ?? [];
      list.push({ node, weight: weight * factor });
      bearers.set(word, list);
    }
  };
  for (const file of files) add(`file:${file}`, pathWords(file), WEIGHTS.name);
  for (const table of tables) add(`table:${table}`, tableWords(table), WEIGHTS.tableName);

  const all = files.length + tables.length;
  for (const [word, list] of bearers) {
    if (list.length < 2 || list.length > commonest(all)) continue;
    const node = builder.node("word", word);
    for (const bearer of list) builder.tie(bearer.node, node, "name", bearer.weight * Math.log(all / list.length));
  }
}

// --- internal ---

// A word in more than a quarter of all names tells nothing; in a very small tree a few bearers are many.
function commonest(all: number): number {
  return Math.max(6, all / 4);
}
