import type { Facts } from "../facts.ts";
import type { Graph } from "../graph/graph.ts";
import { byText } from "../order.ts";
import { SHARED, type Context, type Contexts } from "./contexts.ts";
import { NO_GROUP, type Groups } from "./groups.ts";
import type { ContextName } from "./name-contexts.ts";

export type Described = {
  groups: Groups;
  /** 0..1 for every node: how sure its group is. */
  confidence: Float64Array;
  names: ReadonlyMap<number, ContextName>;
  /** Nodes that people placed. */
  pinned: ReadonlySet<number>;
};

/** From numbered groups to contexts with names, files and tables. */
export function describeContexts(facts: Facts, graph: Graph, described: Described): Contexts {
  const { groups, names } = described;
  const contextOf = (index: number): string => names.get(groups[index] ?? NO_GROUP)?.name ?? SHARED;
  const members = (kind: "file" | "table"): [string, string][] =>
    graph.nodes.flatMap((node, index): [string, string][] =>
      node.kind === kind ? [[node.name, contextOf(index)]] : [],
    );
  const tables = Object.fromEntries(members("table"));
  const files = { ...Object.fromEntries(members("file")), ...placeMigrations(facts, tables) };
  const confidence = confidenceOfFiles(graph, described);
  const contexts = [...names.values(), { name: SHARED, words: [] }]
    .map(({ name, words }): Context => {
      const own = keysOf(files, name);
      return { name, files: own, tables: keysOf(tables, name), words, confidence: mean(own, confidence) };
    })
    .filter((context) => context.files.length + context.tables.length > 0)
    .sort((a, b) => Number(a.name === SHARED) - Number(b.name === SHARED) || byText(a.name, b.name));
  return { contexts, files: sortKeys(files), tables: sortKeys(tables), confidence, settled: false };
}

// --- internal ---

function confidenceOfFiles(graph: Graph, { groups, confidence, pinned }: Described): Record<string, number> {
  const shared = confidenceOfShared(graph, groups);
  const known = graph.nodes.flatMap((node, index): [string, number][] => {
    if (node.kind !== "file" || pinned.has(index)) return [];
    const sure = groups[index] === NO_GROUP ? (shared.get(index) ?? 1) : (confidence[index] ?? 0);
    return [[node.name, rounded(sure)]];
  });
  return sortKeys(Object.fromEntries(known));
}

// A file is the surer nobody's, the less of its ties any one context has.
function confidenceOfShared(graph: Graph, groups: Groups): Map<number, number> {
  const ties = new Map<number, Map<number, number>>();
  const add = (node: number, group: number, weight: number): void => {
    if (groups[node] !== NO_GROUP) return;
    const row = ties.get(node) ?? new Map<number, number>();
    ties.set(node, row.set(group, (row.get(group) ?? 0) + weight));
  };
  for (const { a, b, weight } of graph.edges) {
    add(a, groups[b] ?? NO_GROUP, weight);
    add(b, groups[a] ?? NO_GROUP, weight);
  }
  return new Map(
    [...ties].map(([node, row]) => {
      const all = [...row.values()].reduce((sum, weight) => sum + weight, 0);
      const most = Math.max(0, ...[...row].map(([group, weight]) => (group === NO_GROUP ? 0 : weight)));
      return [node, 1 - most / all];
    }),
  );
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function mean(files: readonly string[], confidence: Record<string, number>): number {
  const known = files.flatMap((file) => confidence[file] ?? []);
  const sum = known.reduce((total, value) => total + value, 0);
  return known.length === 0 ? 1 : rounded(sum / known.length);
}

function keysOf(map: Record<string, string>, value: string): string[] {
  return Object.keys(map)
    .filter((key) => map[key] === value)
    .sort(byText);
}

function sortKeys<Value>(map: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => byText(a, b)));
}

// A migration belongs where the tables it declares are; one that touches several contexts is shared. One from outside
// of the folder declares tables, but is no file of it.
function placeMigrations(facts: Facts, tables: Record<string, string>): Record<string, string> {
  const contexts = new Map<string, Set<string>>();
  for (const { name, declaredAt } of facts.tables) {
    if (!declaredAt) continue;
    const found = contexts.get(declaredAt.file) ?? new Set<string>();
    contexts.set(declaredAt.file, found.add(tables[name] ?? SHARED));
  }
  return Object.fromEntries(
    facts.files
      .filter((file) => file.role === "migration" && !file.path.startsWith("../"))
      .map(({ path }) => {
        const [only, ...others] = contexts.get(path) ?? [];
        return [path, only !== undefined && others.length === 0 ? only : SHARED];
      }),
  );
}
