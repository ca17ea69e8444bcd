import type { Facts } from "../facts.ts";
import type { Graph } from "../graph/graph.ts";
import { askManyTimes } from "./answers.ts";
import { mergeSmallGroups, NO_GROUP, type Groups } from "./groups.ts";
import { mergeTied } from "./merge-groups.ts";
import { findMedian } from "./median.ts";
import { separateSharedFiles } from "./shared.ts";

export type DivideOptions = {
  /** 1 is the usual; higher gives more and smaller groups. */
  granularity: number;
  /** What has fewer files and tables is a detail of another group. */
  fewestMembers: number;
};

/** `confidence`, 0..1 for every node: the share of answers that put it with its group. */
export type Division = { groups: Groups; confidence: Float64Array };

/** Divides the graph in two steps: without the shared code, the rest falls apart more clearly. */
export function divide(facts: Facts, graph: Graph, options: DivideOptions): Division {
  const first = divideOnce(facts, graph, options);
  // Shared code holds together what has nothing else in common.
  const isShared = (index: number): boolean => graph.nodes[index]?.kind === "file" && first.groups[index] === NO_GROUP;
  const rest = { ...graph, edges: graph.edges.filter(({ a, b }) => !isShared(a) && !isShared(b)) };
  const { groups, confidence } = divideOnce(facts, rest, options);
  const least = between(ENTANGLED_MERGE, SEPARATED_MERGE, graph.separation) * options.granularity;
  return { groups: mergeTied(rest, groups, least), confidence };
}

// --- internal ---

/** A small graph is asked more often, because there one tie more or less changes much; a large one costs time. */
const ANSWERS_TIMES_NODES = 80_000;
const FEWEST_ANSWERS = 8;
const MOST_ANSWERS = 64;

function answersFor(nodes: number): number {
  return Math.max(FEWEST_ANSWERS, Math.min(MOST_ANSWERS, Math.round(ANSWERS_TIMES_NODES / Math.max(1, nodes))));
}

/**
 * Finer than plain modularity, which swallows small contexts of a large system; but where the imports keep the parts
 * of a tree apart, the parts are meant to be large.
 */
const ENTANGLED_RESOLUTION = 1.4;
const SEPARATED_RESOLUTION = 0.8;

/**
 * Whole groups are then compared once more: two are one where the tie between them is so many times what chance would
 * give. Where imports run everywhere, every pair is tied and that says nothing; where they keep parts apart, groups
 * that are tied at all are pieces of one part.
 */
const ENTANGLED_MERGE = 3;
const SEPARATED_MERGE = 0.55;

function between(entangled: number, separated: number, separation: number): number {
  return entangled + (separated - entangled) * separation;
}

function divideOnce(facts: Facts, graph: Graph, options: DivideOptions): Division {
  const usual = between(ENTANGLED_RESOLUTION, SEPARATED_RESOLUTION, graph.separation);
  const resolution = usual * options.granularity;
  const answers = answersFor(graph.nodes.length);
  const asked = askManyTimes(graph.nodes.length, graph.edges, { answers, resolution });
  const { labels, confidence } = findMedian(graph.nodes.length, graph.edges, asked);
  const merged = mergeSmallGroups(graph, labels, options.fewestMembers);
  const separated = separateSharedFiles(facts, graph, merged);
  return { groups: mergeSmallGroups(graph, separated, options.fewestMembers), confidence };
}
