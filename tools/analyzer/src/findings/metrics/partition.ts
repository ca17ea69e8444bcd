import { countBy } from "../../count.ts";

/** One part of the code asks another; `volume` is how often. */
export type CallEdge = { from: string; to: string; volume: number };

/** Members of the graph and the part each one is in. */
export type Partition = {
  /** Every member that counts, with its part. Members without an edge count where sizes count. */
  partOf: ReadonlyMap<string, string>;
  edges: readonly CallEdge[];
};

export function sizesOf({ partOf }: Partition): Map<string, number> {
  return countBy(partOf.values());
}

/** Edges between two members, each with both parts; ends that are no member are left out. */
export function placedEdges({ partOf, edges }: Partition): (CallEdge & { source: string; target: string })[] {
  return edges.flatMap((edge) => {
    const [source, target] = [partOf.get(edge.from), partOf.get(edge.to)];
    return source === undefined || target === undefined ? [] : [{ ...edge, source, target }];
  });
}
