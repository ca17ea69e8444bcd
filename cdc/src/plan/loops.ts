// Streams that feed each other. A row that comes back to where it began would travel for ever, unless two streams say that they are the
// two ways of one: then neither carries what the other has written.

import type { Contradiction, PlannedStream } from "./contradictions.ts";

/** Complains of the stream whose target feeds, through others, its own source. */
export function findLoops(streams: Readonly<Record<string, PlannedStream>>): Contradiction[] {
  const edges = Object.entries(streams).flatMap(([stream, plan]) =>
    (isHalf(streams, stream) ? [] : plan.tables).map(({ from, to }, place) => ({
      stream,
      place,
      from: node(plan.source, from),
      to: node(plan.target, to),
    })),
  );
  const complaints: Contradiction[] = [];
  const told = new Set<string>();
  for (const edge of edges) {
    const way = findWay(edges, edge.to, edge.from);
    if (way === undefined || told.has(edge.stream)) continue;
    for (const { stream } of [edge, ...way]) told.add(stream);
    const others = [...new Set(way.map(({ stream }) => `"${stream}"`))].join(", ");
    complaints.push({
      path: ["streams", edge.stream, "tables", edge.place, "to"],
      reason: `what "${edge.stream}" writes comes back to its own source through ${others}, so its rows would go round for ever.`,
      suggestion: "Take one of them out, or let two streams name each other under `reverse`.",
    });
  }
  return complaints;
}

// --- internal ---

// Of a pair, only the one that comes first counts.
function isHalf(streams: Readonly<Record<string, PlannedStream>>, name: string): boolean {
  const other = streams[name]?.reverse;
  if (other === undefined || streams[other]?.reverse !== name) return false;
  return Object.keys(streams).indexOf(other) < Object.keys(streams).indexOf(name);
}

type Edge = { stream: string; place: number; from: string; to: string };

function node(database: string, table: string): string {
  return JSON.stringify([database, table]);
}

function findWay(edges: readonly Edge[], start: string, end: string): Edge[] | undefined {
  const ways: { at: string; way: Edge[] }[] = [{ at: start, way: [] }];
  const seen = new Set([start]);
  for (let next = ways.shift(); next !== undefined; next = ways.shift()) {
    if (next.at === end && next.way.length > 0) return next.way;
    for (const edge of edges) {
      if (edge.from !== next.at || (seen.has(edge.to) && edge.to !== end)) continue;
      seen.add(edge.to);
      ways.push({ at: edge.to, way: [...next.way, edge] });
    }
  }
  return undefined;
}
