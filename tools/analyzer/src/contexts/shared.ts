import type { Facts } from "../facts.ts";
import type { Graph } from "../graph/graph.ts";
import { pathWords } from "../graph/name-words.ts";
import { NO_GROUP, type Groups } from "./groups.ts";

/**
 * Takes shared code out of the groups: what many groups use and none in particular (helpers, kernel), and what uses
 * many groups and is used by hardly anybody (entry points, wiring). A file whose own name speaks of its group stays,
 * however popular it is: everybody imports the product model, and it is still the catalog's.
 */
export function separateShared(facts: Facts, graph: Graph, groups: Groups): Groups {
  const groupOf = new Map<string, number>();
  graph.nodes.forEach((node, index) => {
    if (node.kind === "file") groupOf.set(node.name, groups[index] ?? NO_GROUP);
  });
  const words = groupWords(groupOf);
  const imports = neighbourGroups(facts, groupOf);
  const result = groups.slice();
  graph.nodes.forEach((node, index) => {
    if (node.kind !== "file") return;
    const own = groupOf.get(node.name) ?? NO_GROUP;
    if (speaksOf(node.name, own, words)) return;
    if (isHelper(imports.users.get(node.name)) || isGlue(imports.used.get(node.name), imports.users.get(node.name))) {
      result[index] = NO_GROUP;
    }
  });
  return result;
}

// --- internal ---

/** Files of so many groups have to use a file, or be used by it, before it counts as shared. */
const MANY_GROUPS = 3;
/** If more than this share of them is of one group, the file is that group's. */
const MAJORITY = 0.5;

type Counts = Map<number, number>;

function neighbourGroups(
  facts: Facts,
  groupOf: Map<string, number>,
): { users: Map<string, Counts>; used: Map<string, Counts> } {
  const users = new Map<string, Counts>();
  const used = new Map<string, Counts>();
  const pairs = new Set(facts.links.map((link) => `${link.file}\0${link.to}`));
  for (const pair of pairs) {
    const [file = "", to = ""] = pair.split("\0");
    count(users, to, groupOf.get(file));
    count(used, file, groupOf.get(to));
  }
  return { users, used };
}

function count(counts: Map<string, Counts>, file: string, group: number | undefined): void {
  if (group === undefined || group === NO_GROUP) return;
  const row = counts.get(file) ?? new Map<number, number>();
  row.set(group, (row.get(group) ?? 0) + 1);
  counts.set(file, row);
}

function isHelper(users: Counts | undefined): boolean {
  return users !== undefined && isSpread(users);
}

function isGlue(used: Counts | undefined, users: Counts | undefined): boolean {
  const importers = [...(users?.values() ?? [])].reduce((sum, files) => sum + files, 0);
  return used !== undefined && importers <= 1 && isSpread(used);
}

function isSpread(counts: Counts): boolean {
  const all = [...counts.values()].reduce((sum, files) => sum + files, 0);
  return counts.size >= MANY_GROUPS && Math.max(...counts.values()) <= MAJORITY * all;
}

/** In how many files of each group a word of a name occurs. */
function groupWords(groupOf: Map<string, number>): Map<number, Counter> {
  const words = new Map<number, Counter>();
  for (const [file, group] of groupOf) {
    const row = words.get(group) ?? new Map<string, number>();
    for (const word of pathWords(file).keys()) row.set(word, (row.get(word) ?? 0) + 1);
    words.set(group, row);
  }
  return words;
}

type Counter = Map<string, number>;

// A word of the name that most bearers share with this group.
function speaksOf(file: string, group: number, words: Map<number, Counter>): boolean {
  return [...pathWords(file).keys()].some((word) => {
    const here = words.get(group)?.get(word) ?? 0;
    const everywhere = [...words.values()].reduce((sum, row) => sum + (row.get(word) ?? 0), 0);
    return here >= 2 && here > MAJORITY * everywhere;
  });
}
