import { UsageError } from "../errors.ts";
import type { Facts } from "../facts.ts";
import type { Graph } from "../graph/graph.ts";
import type { Contexts } from "./contexts.ts";
import { describeContexts } from "./describe-contexts.ts";
import { divide, type Division } from "./divide.ts";
import { countGroups, mergeToCount } from "./merge-groups.ts";
import { nameGroups } from "./name-contexts.ts";
import { readPins, type Blocks, type Pins } from "./pins.ts";
import { mayMerge, placeBlocks, type Held } from "./place-blocks.ts";

export type ProposeOptions = {
  /** So many contexts, besides `shared`; as near as the code and the pins allow. */
  contexts?: number | undefined;
  /** Few and large or many and small; a number multiplies the usual resolution of 1. */
  granularity?: keyof typeof GRANULARITIES | number | undefined;
  /** What people have decided beforehand; always kept. */
  pins?: Pins | undefined;
};

export const GRANULARITIES = { coarse: 0.5, medium: 1, fine: 2 } as const;

/**
 * Divides the graph into contexts. The same graph gives the same answer, whatever order its facts came in. Throws
 * UsageError for a number that cannot be meant, PartUnknownError for a pin that names nothing, and
 * PinsImpossibleError for pins that contradict each other.
 */
export function proposeContexts(facts: Facts, graph: Graph, options: ProposeOptions = {}): Contexts {
  const granularity = granularityOf(options);
  const wanted = wantedOf(options);
  const pins = readPins(graph, options.pins ?? {});
  const placed = divideAtLeast(facts, withPins(graph, pins), { granularity, wanted, pins });
  const groups = wanted === null ? placed.groups : mergeDown(graph, placed, wanted, pins);
  const named = new Map(
    [...placed.held].flatMap(([group, blocks]) => blocks.flatMap((index) => namesOf(pins, group, index))),
  );
  return describeContexts(facts, graph, {
    groups,
    confidence: placed.confidence,
    names: nameGroups(graph, groups, named),
    pinned: new Set(pins.blocks.flatMap(({ context, members }) => (context === null ? [] : members))),
  });
}

// --- internal ---

/** What has fewer files and tables is a detail of another context. */
const FEWEST_MEMBERS = 3;

function granularityOf({ granularity = "medium" }: ProposeOptions): number {
  const factor = typeof granularity === "number" ? granularity : GRANULARITIES[granularity];
  if (factor > 0 && Number.isFinite(factor)) return factor;
  throw new UsageError(`Granularity ${granularity} cannot be meant: give coarse, medium, fine or a number above 0.`);
}

function wantedOf({ contexts }: ProposeOptions): number | null {
  if (contexts === undefined) return null;
  if (Number.isInteger(contexts) && contexts > 0) return contexts;
  throw new UsageError(`${contexts} contexts cannot be meant: give a whole number above 0.`);
}

// Parts that are placed as one stand as one in the graph: whatever ties any of them ties the first.
function withPins(graph: Graph, { blocks }: Blocks): Graph {
  const first = new Map(blocks.flatMap(({ members }) => members.map((node) => [node, members[0] ?? node])));
  if (first.size === 0) return graph;
  const edges = graph.edges.map((edge) => {
    const [from, to] = [first.get(edge.a) ?? edge.a, first.get(edge.b) ?? edge.b];
    return { ...edge, a: Math.min(from, to), b: Math.max(from, to) };
  });
  return { ...graph, edges: edges.filter(({ a, b }) => a !== b) };
}

/** Each finer than the one before, the last down to single files. */
const FINER = [1, 1.5, 2.25, 3.4, 5, 7.5, 11, 17, 25, 40];
const SMALL_FROM = 3;
const SINGLE_FROM = 6;

type Placed = Division & { held: Held };
type AtLeast = { granularity: number; wanted: number | null; pins: Blocks };

function divideAtLeast(facts: Facts, graph: Graph, { granularity, wanted, pins }: AtLeast): Placed {
  let placed: Placed | null = null;
  for (const [step, factor] of FINER.entries()) {
    const fewestMembers = step < SMALL_FROM ? FEWEST_MEMBERS : step < SINGLE_FROM ? 2 : 1;
    const { groups, confidence } = divide(facts, graph, { granularity: granularity * factor, fewestMembers });
    placed = { ...placeBlocks(graph, groups, pins), confidence };
    if (wanted === null || countGroups(graph, placed.groups) >= wanted) break;
  }
  return placed ?? { groups: new Int32Array(graph.nodes.length), confidence: new Float64Array(), held: new Map() };
}

function mergeDown(graph: Graph, { groups, held }: Placed, wanted: number, pins: Blocks): Division["groups"] {
  return mergeToCount(graph, groups, wanted, {
    mayMerge: (a, b) => mayMerge(pins, held, a, b),
    onMerge: (kept, given) => {
      held.set(kept, [...(held.get(kept) ?? []), ...(held.get(given) ?? [])]);
      held.delete(given);
    },
  });
}

function namesOf({ blocks }: Blocks, group: number, index: number): [number, string][] {
  const context = blocks[index]?.context ?? null;
  return context === null ? [] : [[group, context]];
}
