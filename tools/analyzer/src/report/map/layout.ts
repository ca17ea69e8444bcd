import {
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type SimulationNodeDatum,
} from "d3-force";
import type { Analysis } from "../../analysis.ts";
import { SHARED } from "../../contexts/contexts.ts";
import type { SeamKind } from "../../findings/seams.ts";
import { sortedBy } from "../../order.ts";

/** The contexts as circles on a plane and what ties them, ready to draw. Units are pixels at zoom 1. */
export type ContextMap = {
  width: number;
  height: number;
  circles: Circle[];
  /** One for each unordered pair, the most expensive last, so that it is drawn on top. */
  links: MapLink[];
};

export type Circle = { name: string; x: number; y: number; r: number; files: number; tables: number; routes: number };

export type MapLink = { a: string; b: string; cost: number; seams: Partial<Record<SeamKind, number>> };

/** The proposal as a map: the area of a circle is its number of files, neighbours are what is tied most. Deterministic. */
export function layOutContexts(analysis: Analysis): ContextMap {
  const links = linksOf(analysis);
  const nodes = nodesOf(analysis);
  settle(nodes, links);
  return fit(nodes, links);
}

// --- internal ---

type Node = SimulationNodeDatum & Circle;

/** Radius of a context with one file, and of the smallest circle that can hold its name. */
const FILE_RADIUS = 7;
const SMALLEST = 26;
const GAP = 26;
const STEPS = 400;

function linksOf({ ties }: Analysis): MapLink[] {
  const links = new Map<string, MapLink>();
  for (const { from, to, cost, seams } of ties) {
    const [a, b] = from < to ? [from, to] : [to, from];
    const link = links.get(`${a}\0${b}`) ?? { a, b, cost: 0, seams: {} };
    link.cost += cost;
    for (const [kind, count] of Object.entries(seams) as [SeamKind, number][]) {
      if (count > 0) link.seams[kind] = (link.seams[kind] ?? 0) + count;
    }
    links.set(`${a}\0${b}`, link);
  }
  return sortedBy(
    [...links.values()].map((link) => ({ ...link, cost: Math.round(link.cost * 100) / 100 })),
    (x) => x.cost,
    (x) => x.a,
    (x) => x.b,
  );
}

function nodesOf({ contexts, tables, routes }: Analysis): Node[] {
  const shown = contexts.filter(({ name }) => name !== SHARED);
  return shown.map(({ name, files }, index) => {
    // On a ring to begin with, so that nothing depends on chance.
    const angle = (2 * Math.PI * index) / shown.length;
    const ring = 60 * Math.sqrt(shown.length);
    return {
      name,
      x: ring * Math.cos(angle),
      y: ring * Math.sin(angle),
      r: Math.max(SMALLEST, FILE_RADIUS * Math.sqrt(files.length)),
      files: files.length,
      tables: tables.filter(({ context }) => context === name).length,
      routes: routes.filter(({ context }) => context === name).length,
    };
  });
}

function settle(nodes: Node[], links: readonly MapLink[]): void {
  const most = Math.max(1, ...links.map(({ cost }) => cost));
  const springs = links.map(({ a, b, cost }) => ({
    source: a,
    target: b,
    strength: 0.02 + 0.3 * Math.sqrt(cost / most),
  }));
  forceSimulation(nodes)
    .force(
      "ties",
      forceLink<Node, (typeof springs)[number]>(springs)
        .id(({ name }) => name)
        .distance(150)
        .strength(({ strength }) => strength),
    )
    .force(
      "repulsion",
      forceManyBody<Node>().strength(({ r }) => -12 * r),
    )
    .force("width", forceX<Node>().strength(0.05))
    .force("height", forceY<Node>().strength(0.09)) // screens are wider than high
    .force("collision", forceCollide<Node>(({ r }) => r + GAP).iterations(4))
    .stop()
    .tick(STEPS);
}

function fit(nodes: readonly Node[], links: MapLink[]): ContextMap {
  const place = ({ x, y }: Node): { x: number; y: number } => ({ x: x ?? 0, y: y ?? 0 });
  const left = Math.min(0, ...nodes.map((node) => place(node).x - node.r)) - GAP;
  const top = Math.min(0, ...nodes.map((node) => place(node).y - node.r)) - GAP;
  const right = Math.max(0, ...nodes.map((node) => place(node).x + node.r)) + GAP;
  const bottom = Math.max(0, ...nodes.map((node) => place(node).y + node.r)) + GAP;
  return {
    width: Math.round(right - left),
    height: Math.round(bottom - top),
    circles: nodes.map((node) => ({
      name: node.name,
      x: round(place(node).x - left),
      y: round(place(node).y - top),
      r: round(node.r),
      files: node.files,
      tables: node.tables,
      routes: node.routes,
    })),
    links,
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
