import type { Graph } from "../graph/graph.ts";
import { pathWords, tableWords } from "../graph/name-words.ts";
import { byText } from "../order.ts";
import { SHARED } from "./contexts.ts";
import { NO_GROUP, type Groups } from "./groups.ts";

export type ContextName = { name: string; words: string[] };

/**
 * Names each group by the word that its files and tables share and others do not. Two groups never get one name: the
 * one for which the word weighs less takes its next word with it. `given` are the names that people chose.
 */
export function nameGroups(
  graph: Graph,
  groups: Groups,
  given: ReadonlyMap<number, string> = new Map(),
): Map<number, ContextName> {
  const scores = scoreWords(graph, groups);
  const ranked = new Map([...scores].map(([group, words]) => [group, rank(words)]));
  const bySize = [...ranked].sort((x, y) => (y[1][0]?.score ?? 0) - (x[1][0]?.score ?? 0) || x[0] - y[0]);
  const taken = new Set<string>([SHARED, ...given.values()]);
  return new Map(
    bySize.map(([group, words]) => {
      const own = words.map((entry) => entry.word);
      const name = given.get(group) ?? freeName(own, taken, group);
      taken.add(name);
      return [group, { name, words: words.slice(0, MOST_WORDS).map((entry) => entry.word) }];
    }),
  );
}

// --- internal ---

const MOST_WORDS = 8;

type Scores = Map<number, Map<string, number>>;

// How much a group says a word, times the share of all its mentions that are in the group.
function scoreWords(graph: Graph, groups: Groups): Scores {
  const totals = new Map<string, number>();
  const byGroup: Scores = new Map();
  graph.nodes.forEach((node, index) => {
    const group = groups[index] ?? NO_GROUP;
    if (group === NO_GROUP || node.kind === "word") return;
    const row = byGroup.get(group) ?? new Map<string, number>();
    byGroup.set(group, row);
    for (const [word, weight] of node.kind === "file" ? pathWords(node.name) : tableWords(node.name)) {
      row.set(word, (row.get(word) ?? 0) + weight);
      totals.set(word, (totals.get(word) ?? 0) + weight);
    }
  });
  for (const row of byGroup.values()) {
    for (const [word, weight] of row) row.set(word, (weight * weight) / (totals.get(word) ?? weight));
  }
  return byGroup;
}

function rank(words: Map<string, number>): { word: string; score: number }[] {
  return [...words]
    .map(([word, score]) => ({ word, score: Math.round(score * 1_000) }))
    .sort((a, b) => b.score - a.score || byText(a.word, b.word));
}

function freeName(words: readonly string[], taken: ReadonlySet<string>, group: number): string {
  const [first, ...others] = words;
  if (first === undefined) return `context-${group}`;
  const choices = [first, ...others.map((other) => `${first}-${other}`), `${first}-${group}`];
  return choices.find((choice) => !taken.has(choice)) ?? `context-${group}`;
}
