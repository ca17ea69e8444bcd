import { SHARED, type Contexts } from "../contexts/contexts.ts";
import type { Graph, Layer } from "../graph/graph.ts";
import { sortedBy } from "../order.ts";

/** What ties one file to one context. Weights in the graph's units; `share` of all its ties, 0..1. */
export type ContextTie = {
  context: string;
  weight: number;
  share: number;
  layers: Partial<Record<Layer, number>>;
  /** The strongest single ties: files, tables and words, best first. */
  strongest: { to: string; weight: number; layers: Layer[] }[];
};

const MOST_TIES = 5;

/**
 * The evidence for a file's place, context by context, strongest first. Words belong to no context: what two files
 * share through a word counts for the contexts of the other files that say it, in proportion.
 */
export function tiesOf(graph: Graph, contexts: Contexts, file: string): ContextTie[] {
  const node = graph.nodes.findIndex(({ kind, name }) => kind === "file" && name === file);
  const ties = new Map<string, ContextTie>();
  for (const edge of edgesOf(graph, node)) {
    for (const { context, share } of contextsOf(graph, contexts, edge.other, node)) {
      const tie = ties.get(context) ?? { context, weight: 0, share: 0, layers: {}, strongest: [] };
      ties.set(context, tie);
      add(tie, graph.nodes[edge.other]?.id ?? "", edge, share);
    }
  }
  const all = [...ties.values()].reduce((sum, { weight }) => sum + weight, 0);
  return sortedBy(
    [...ties.values()].map((tie) => finish(tie, all)),
    (tie) => -tie.weight,
    (tie) => tie.context,
  );
}

// --- internal ---

type Edge = { other: number; weight: number; layers: Partial<Record<Layer, number>> };

function edgesOf(graph: Graph, node: number): Edge[] {
  return graph.edges.flatMap(({ a, b, weight, layers }) =>
    a === node ? [{ other: b, weight, layers }] : b === node ? [{ other: a, weight, layers }] : [],
  );
}

function contextsOf(
  graph: Graph,
  contexts: Contexts,
  node: number,
  except: number,
): { context: string; share: number }[] {
  const { kind, name } = graph.nodes[node] ?? { kind: "word", name: "" };
  if (kind === "file") return [{ context: contexts.files[name] ?? SHARED, share: 1 }];
  if (kind === "table") return [{ context: contexts.tables[name] ?? SHARED, share: 1 }];
  const bearers = edgesOf(graph, node).filter(({ other }) => other !== except);
  const all = bearers.reduce((sum, { weight }) => sum + weight, 0);
  return bearers.flatMap(({ other, weight }) => {
    const bearer = graph.nodes[other];
    const context = bearer && (bearer.kind === "file" ? contexts.files[bearer.name] : contexts.tables[bearer.name]);
    return [{ context: context ?? SHARED, share: weight / all }];
  });
}

function add(tie: ContextTie, to: string, { weight, layers }: Edge, share: number): void {
  tie.weight += weight * share;
  for (const [layer, units] of Object.entries(layers) as [Layer, number][]) {
    tie.layers[layer] = (tie.layers[layer] ?? 0) + units * share;
  }
  const known = tie.strongest.find((entry) => entry.to === to);
  if (known) known.weight += weight * share;
  else tie.strongest.push({ to, weight: weight * share, layers: Object.keys(layers) as Layer[] });
}

function finish(tie: ContextTie, all: number): ContextTie {
  const layers = Object.entries(tie.layers).map(([layer, units]) => [layer, Math.round(units)]);
  return {
    ...tie,
    weight: Math.round(tie.weight),
    share: Math.round((100 * tie.weight) / all) / 100,
    layers: Object.fromEntries(layers) as ContextTie["layers"],
    strongest: sortedBy(
      tie.strongest,
      (entry) => -entry.weight,
      (entry) => entry.to,
    )
      .slice(0, MOST_TIES)
      .map((entry) => ({ ...entry, weight: Math.round(entry.weight) })),
  };
}
