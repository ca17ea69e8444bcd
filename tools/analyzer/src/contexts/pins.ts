import { PartUnknownError, PinsImpossibleError } from "../errors.ts";
import type { Graph } from "../graph/graph.ts";
import { byText } from "../order.ts";
import { SHARED } from "./contexts.ts";

/** What a person has decided beforehand. Files by path, tables by name; where both exist, the file is meant. */
export type Pins = {
  /** The parts of one list always share a context. */
  together?: readonly (readonly string[])[];
  /** Any two parts of one list never do. */
  apart?: readonly (readonly string[])[];
  /** Parts that belong to a context of that name. `shared` is allowed. */
  contexts?: Readonly<Record<string, readonly string[]>>;
};

/** Parts that are placed as one. `members` are positions in the graph's nodes. */
export type Block = { members: number[]; context: string | null };

/** `apart.get(i)` are the blocks that never share a context with block `i`. */
export type Blocks = { blocks: Block[]; apart: Map<number, Set<number>> };

/**
 * Pins as blocks of the graph. Throws PartUnknownError where a pin names nothing of the code, and PinsImpossibleError
 * with every contradiction.
 */
export function readPins(graph: Graph, pins: Pins): Blocks {
  const find = finder(graph);
  const unions = createUnions(graph.nodes.length);
  const named = Object.entries(pins.contexts ?? {}).sort(([a], [b]) => byText(a, b));
  for (const list of [...(pins.together ?? []), ...named.map(([, parts]) => parts)]) unions.join(list.map(find));
  const wishes = named.flatMap(([context, parts]) => parts.map((part) => ({ context, root: unions.root(find(part)) })));
  const pairs = (pins.apart ?? []).flatMap((list) => pairsOf(list.map(find)));
  assertPossible(graph, unions, wishes, pairs);

  const pinned = [...(pins.together ?? []), ...(pins.apart ?? []), ...Object.values(pins.contexts ?? {})]
    .flat()
    .map(find);
  const members = new Map<number, number[]>();
  for (const node of [...new Set(pinned)].sort((a, b) => a - b)) {
    members.set(unions.root(node), [...(members.get(unions.root(node)) ?? []), node]);
  }
  const roots = [...members.keys()];
  const contextOf = new Map(wishes.map(({ root, context }) => [root, context]));
  const blocks = [...members].map(([root, list]) => ({ members: list, context: contextOf.get(root) ?? null }));
  return {
    blocks,
    apart: conflicts(
      blocks,
      pairs.map(([a, b]) => [roots.indexOf(unions.root(a)), roots.indexOf(unions.root(b))]),
    ),
  };
}

// --- internal ---

function finder(graph: Graph): (part: string) => number {
  const position = new Map(graph.nodes.map(({ id }, index) => [id, index]));
  const known = graph.nodes.filter(({ kind }) => kind !== "word").map(({ name }) => name);
  return (part) => {
    const found = position.get(`file:${part}`) ?? position.get(`table:${part}`);
    if (found === undefined) throw new PartUnknownError(part, known);
    return found;
  };
}

type Unions = { root(node: number): number; join(nodes: readonly number[]): void };

function createUnions(size: number): Unions {
  const above = Int32Array.from({ length: size }, (_, node) => node);
  const root = (node: number): number => (above[node] === node ? node : root(above[node] ?? node));
  return {
    root,
    join(nodes) {
      const [first, ...others] = nodes.map(root).sort((a, b) => a - b);
      for (const other of others) above[other] = first ?? other;
    },
  };
}

function pairsOf(nodes: readonly number[]): [number, number][] {
  return nodes.flatMap((a, index) => nodes.slice(index + 1).map((b): [number, number] => [a, b]));
}

function assertPossible(
  graph: Graph,
  unions: Unions,
  wishes: readonly { context: string; root: number }[],
  pairs: readonly [number, number][],
): void {
  const name = (node: number): string => graph.nodes[node]?.name ?? "";
  const torn = wishes.flatMap(({ context, root }, index) => {
    const earlier = wishes.slice(0, index).find((wish) => wish.root === root && wish.context !== context);
    return earlier
      ? [`"${name(root)}" and what it is held together with belong to "${earlier.context}" and to "${context}"`]
      : [];
  });
  const glued = pairs
    .filter(([a, b]) => unions.root(a) === unions.root(b))
    .map(([a, b]) =>
      a === b ? `"${name(a)}" is held apart from itself` : `"${name(a)}" and "${name(b)}" are held together and apart`,
    );
  const reasons = [...new Set([...torn, ...glued])];
  if (reasons.length > 0) throw new PinsImpossibleError(reasons);
}

function conflicts(blocks: readonly Block[], pairs: readonly (readonly [number, number])[]): Blocks["apart"] {
  const apart = new Map<number, Set<number>>(blocks.map((_, index) => [index, new Set()]));
  const add = (a: number, b: number): void => {
    apart.get(a)?.add(b);
    apart.get(b)?.add(a);
  };
  for (const [a, b] of pairs) add(a, b);
  blocks.forEach(({ context }, a) => {
    blocks.forEach((other, b) => {
      if (context !== null && other.context !== null && context !== other.context) add(a, b);
    });
  });
  return apart;
}

/** Blocks that people sent to the shared code. */
export function isForShared(block: Block | undefined): boolean {
  return block?.context === SHARED;
}
