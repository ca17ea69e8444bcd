import type { ImportFact } from "../../source-facts.ts";
import { wordsOf } from "../../words.ts";

/** How often a file mentions names, as values and as types, with the members taken from each. */
export type Mentions = {
  values: Map<string, number>;
  types: Map<string, number>;
  members: Map<string, Map<string, number>>;
  /** Every identifier, members included. */
  identifiers: Map<string, number>;
};

export function createMentions(): Mentions {
  return { values: new Map(), types: new Map(), members: new Map(), identifiers: new Map() };
}

export function count<Key>(counts: Map<Key, number>, key: Key, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

export function countMember(mentions: Mentions, name: string, member: string): void {
  const members = mentions.members.get(name) ?? new Map<string, number>();
  mentions.members.set(name, members);
  count(members, member);
}

/** Writes the counts to the imports. A name that only types mention is gone when the program runs: it is type-only. */
export function countImportUses(imports: readonly ImportFact[], mentions: Mentions): void {
  for (const name of imports.flatMap((statement) => (statement.form === "reexport" ? [] : statement.names))) {
    if (name.local === null) continue;
    const values = mentions.values.get(name.local) ?? 0;
    const types = mentions.types.get(name.local) ?? 0;
    name.typeOnly ||= values === 0 && types > 0;
    name.uses += values + types;
    if (name.imported === "*" || name.imported === "default") {
      name.members = Object.fromEntries([...(mentions.members.get(name.local) ?? [])].sort(byKey));
    }
  }
}

const MOST_WORDS = 200;

/** The domain words of all identifiers with their counts: the most frequent ones, in alphabetical order. */
export function countWords(mentions: Mentions): Record<string, number> {
  const counts = new Map<string, number>();
  for (const [identifier, times] of mentions.identifiers) {
    for (const word of wordsOf(identifier)) count(counts, word, times);
  }
  const all = [...counts];
  const most = all.length <= MOST_WORDS ? all : all.sort((a, b) => b[1] - a[1] || byKey(a, b)).slice(0, MOST_WORDS);
  return Object.fromEntries(most.sort(byKey));
}

// --- internal ---

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
