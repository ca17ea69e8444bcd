import type { Facts } from "../facts.ts";
import type { Graph } from "../graph/graph.ts";
import { byText } from "../order.ts";
import { SHARED, type Context, type Contexts } from "./contexts.ts";
import { divide } from "./divide.ts";
import { NO_GROUP, type Groups } from "./groups.ts";
import { nameGroups, type ContextName } from "./name-contexts.ts";

/** What has fewer files and tables is a detail of another context. */
const FEWEST_MEMBERS = 3;

/** Divides the graph into contexts. The same graph gives the same answer, whatever order its facts came in. */
export function proposeContexts(facts: Facts, graph: Graph): Contexts {
  const { groups, confidence } = divide(facts, graph, { granularity: 1, fewestMembers: FEWEST_MEMBERS });
  return describe(facts, graph, groups, nameGroups(graph, groups), confidence);
}

// --- internal ---

function describe(
  facts: Facts,
  graph: Graph,
  groups: Groups,
  names: Map<number, ContextName>,
  confidence: Float64Array,
): Contexts {
  const contextOf = (index: number): string => names.get(groups[index] ?? NO_GROUP)?.name ?? SHARED;
  const members = (kind: "file" | "table"): [string, string][] =>
    graph.nodes.flatMap((node, index): [string, string][] =>
      node.kind === kind ? [[node.name, contextOf(index)]] : [],
    );
  const tables = Object.fromEntries(members("table"));
  const files = { ...Object.fromEntries(members("file")), ...placeMigrations(facts, tables) };
  const described = [...names.values(), { name: SHARED, words: [] }]
    .map(({ name, words }): Context => ({
      name,
      files: keysOf(files, name),
      tables: keysOf(tables, name),
      words,
      confidence: meanConfidence(graph, contextOf, confidence, name),
    }))
    .filter((context) => context.files.length + context.tables.length > 0)
    .sort((a, b) => Number(a.name === SHARED) - Number(b.name === SHARED) || byText(a.name, b.name));
  return { contexts: described, files: sortKeys(files), tables: sortKeys(tables), confidence: {}, settled: false };
}

function keysOf(map: Record<string, string>, value: string): string[] {
  return Object.keys(map)
    .filter((key) => map[key] === value)
    .sort(byText);
}

function sortKeys(map: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => byText(a, b)));
}

function meanConfidence(
  graph: Graph,
  contextOf: (index: number) => string,
  confidence: Float64Array,
  name: string,
): number {
  const own = graph.nodes.flatMap((node, index) =>
    node.kind === "file" && contextOf(index) === name ? [confidence[index] ?? 0] : [],
  );
  const sum = own.reduce((total, value) => total + value, 0);
  return own.length === 0 ? 0 : Math.round((sum / own.length) * 100) / 100;
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
