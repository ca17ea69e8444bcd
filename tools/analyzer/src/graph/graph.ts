/** What ties two nodes; each layer has a weight of its own. */
export type Layer = "import" | "type" | "table" | "foreign-key" | "transaction" | "name" | "vocabulary";

/** `file:src/note.ts`, `table:posts` or `word:note`: everything that can be evidence for belonging together. */
export type NodeKind = "file" | "table" | "word";
export type GraphNode = { id: string; kind: NodeKind; name: string };

/** `a` and `b` are positions in `nodes`, a < b. `weight` is a whole number: sums do not depend on their order. */
export type GraphEdge = { a: number; b: number; weight: number; layers: Partial<Record<Layer, number>> };

/** One weighted, layered, undirected graph; nodes sorted by id, edges by their ends. Serializable. */
export type Graph = {
  nodes: GraphNode[];
  edges: GraphEdge[];
  /** 0..1: how well the imports alone keep the parts of the tree apart. */
  separation: number;
};

/** Weights of one are this many units. */
const UNITS = 1_000;

/** Collects ties in any order and gives back one canonical graph. */
export type GraphBuilder = {
  node(kind: NodeKind, name: string): string;
  tie(a: string, b: string, layer: Layer, weight: number): void;
  build(): Pick<Graph, "nodes" | "edges">;
};

export function createGraphBuilder(): GraphBuilder {
  const nodes = new Map<string, GraphNode>();
  const ties = new Map<string, { a: string; b: string; layers: Partial<Record<Layer, number>> }>();
  return {
    node(kind, name) {
      const id = `${kind}:${name}`;
      nodes.set(id, { id, kind, name });
      return id;
    },
    tie(a, b, layer, weight) {
      const units = Math.round(weight * UNITS);
      if (a === b || !(units > 0)) return;
      const [first, second] = a < b ? [a, b] : [b, a];
      const key = `${first}\0${second}`;
      const tie = ties.get(key) ?? { a: first, b: second, layers: {} };
      tie.layers[layer] = (tie.layers[layer] ?? 0) + units;
      ties.set(key, tie);
    },
    build() {
      const sorted = [...nodes.values()].sort((x, y) => (x.id < y.id ? -1 : 1));
      const position = new Map(sorted.map((node, index) => [node.id, index]));
      const edges = [...ties.values()].flatMap(({ a, b, layers }): GraphEdge[] => {
        const [from, to] = [position.get(a), position.get(b)];
        if (from === undefined || to === undefined) return [];
        const weight = Object.values(layers).reduce((sum, units) => sum + units, 0);
        return [{ a: from, b: to, weight, layers }];
      });
      return { nodes: sorted, edges: edges.sort((x, y) => x.a - y.a || x.b - y.b) };
    },
  };
}
