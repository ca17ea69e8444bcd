import type { Facts } from "../facts.ts";
import type { Graph } from "../graph/graph.ts";
import { pathWords, tableWords } from "../graph/name-words.ts";
import { NO_GROUP, type Groups } from "./groups.ts";

/**
 * Takes shared files out of the groups: helpers, which many groups use and which themselves use next to nothing, and
 * glue, which uses half of the groups and is used by nobody (entry points, wiring), and what has to do with such files alone. Rather too few than too many: a
 * file whose own name speaks of its group stays, however popular it is. Everybody imports the user model, and it is
 * still the accounts'.
 */
export function separateSharedFiles(facts: Facts, graph: Graph, groups: Groups): Groups {
  const groupOf = groupsOfFiles(graph, groups);
  const words = groupWords(graph, groups);
  const neighbours = neighbourGroups(facts, groupOf);
  const all = new Set(groupOf.values()).size;
  const answering = filesThatAnswer(facts);
  return groups.map((group, index) => {
    const node = graph.nodes[index];
    if (node?.kind !== "file" || speaksOf(node.name, group, words)) return group;
    const used = neighbours.used.get(node.name) ?? new Map<number, number>();
    const users = neighbours.users.get(node.name) ?? new Map<number, number>();
    if (used.size + users.size === 0 && neighbours.linked.has(node.name)) return NO_GROUP;
    const glue = !answering.has(node.name) && isGlue(users, used, all);
    return glue || isHelper(users, used, all) ? NO_GROUP : group;
  });
}

// --- internal ---

function groupsOfFiles(graph: Graph, groups: Groups): Map<string, number> {
  return new Map(
    graph.nodes.flatMap((node, index): [string, number][] =>
      node.kind === "file" ? [[node.name, groups[index] ?? NO_GROUP]] : [],
    ),
  );
}

/** At least so many groups, and this share of them, use a helper; the group that uses it most is no majority. */
const HELPED_GROUPS = 4;
const HELPED_SHARE = 0.3;
/** What a helper may itself use, in groups. */
const HELPER_USES = 2;
/** At least so many groups, and this share of them, are tied together by glue. */
const GLUED_GROUPS = 3;
const GLUED_SHARE = 0.5;
const GLUE_IMPORTERS = 1;
const MAJORITY = 0.5;

/** Files of each group. */
type Counts = ReadonlyMap<number, number>;

function isHelper(users: Counts, used: Counts, groups: number): boolean {
  return reaches(users, Math.max(HELPED_GROUPS, HELPED_SHARE * groups)) && used.size <= HELPER_USES;
}

function isGlue(users: Counts, used: Counts, groups: number): boolean {
  return reaches(used, Math.max(GLUED_GROUPS, GLUED_SHARE * groups)) && filesIn(users) <= GLUE_IMPORTERS;
}

function reaches(counts: Counts, fewest: number): boolean {
  return counts.size >= fewest && Math.max(...counts.values()) <= MAJORITY * filesIn(counts);
}

function filesIn(counts: Counts): number {
  return [...counts.values()].reduce((sum, files) => sum + files, 0);
}

/** Wiring mounts routers and may answer a health check; a file that answers several routes has a subject. */
const FEW_ROUTES = 2;

function filesThatAnswer({ routes }: Facts): Set<string> {
  const counts = new Map<string, number>();
  for (const { handler } of routes) counts.set(handler.file, (counts.get(handler.file) ?? 0) + 1);
  return new Set([...counts].filter(([, count]) => count > FEW_ROUTES).map(([file]) => file));
}

type Neighbours = {
  users: Map<string, Map<number, number>>;
  used: Map<string, Map<number, number>>;
  /** Files that import or are imported at all. */
  linked: Set<string>;
};

function neighbourGroups(facts: Facts, groupOf: ReadonlyMap<string, number>): Neighbours {
  const neighbours: Neighbours = { users: new Map(), used: new Map(), linked: new Set() };
  const seen = new Set<string>();
  for (const { file, to } of facts.links) {
    const pair = `${file}\0${to}`;
    if (seen.has(pair)) continue;
    seen.add(pair);
    neighbours.linked.add(file).add(to);
    count(neighbours.users, to, groupOf.get(file));
    count(neighbours.used, file, groupOf.get(to));
  }
  return neighbours;
}

function count(counts: Map<string, Map<number, number>>, file: string, group: number | undefined): void {
  if (group === undefined || group === NO_GROUP) return;
  const row = counts.get(file) ?? new Map<number, number>();
  counts.set(file, row.set(group, (row.get(group) ?? 0) + 1));
}

type WordCounts = Map<number, Map<string, number>>;

/** In how many names of each group, of files and of tables, a word occurs. */
function groupWords(graph: Graph, groups: Groups): WordCounts {
  const words: WordCounts = new Map();
  graph.nodes.forEach((node, index) => {
    if (node.kind === "word") return;
    const group = groups[index] ?? NO_GROUP;
    const row = words.get(group) ?? new Map<string, number>();
    const said = node.kind === "file" ? pathWords(node.name) : tableWords(node.name);
    for (const word of said.keys()) row.set(word, (row.get(word) ?? 0) + 1);
    words.set(group, row);
  });
  return words;
}

// A word of the name that most of its bearers share with this group.
function speaksOf(file: string, group: number, words: WordCounts): boolean {
  return [...pathWords(file).keys()].some((word) => {
    const here = words.get(group)?.get(word) ?? 0;
    const everywhere = [...words.values()].reduce((sum, row) => sum + (row.get(word) ?? 0), 0);
    return here >= 2 && here > MAJORITY * everywhere;
  });
}
