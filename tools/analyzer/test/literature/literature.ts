import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findBalanced } from "../../src/contexts/balance.ts";
import type { WeightedEdge } from "../../src/contexts/network.ts";
import { sizesOf, type CallEdge, type Partition } from "../../src/findings/metrics/partition.ts";
import {
  interfaceNumber,
  interPartitionCalls,
  nonExtremeDistribution,
  structuralModularity,
} from "../../src/findings/metrics/published.ts";

export const APPLICATIONS = ["daytrader", "acmeair", "jpetstore", "plants"] as const;
export type Application = (typeof APPLICATIONS)[number];

/** The five metrics of Mono2Micro's evaluation. */
export type Scores = { bcp: number; icp: number; sm: number; ifn: number; ned: number };
export const METRICS = ["icp", "sm", "ifn", "ned"] as const;

export type Tool = "Mono2Micro" | "FoSCI" | "CoGCN" | "Bunch" | "MEM";
type Row = Record<Tool, number | null>;

/** Published medians over all K, without outliers. Null: not printed, or at odds with the single runs beside it. */
export const MEDIANS: Record<Application, Record<(typeof METRICS)[number], Row>> = {
  daytrader: {
    icp: { Mono2Micro: 0.346, FoSCI: 0.748, CoGCN: 0.455, Bunch: 0.572, MEM: 0.355 },
    sm: { Mono2Micro: 0.078, FoSCI: 0.092, CoGCN: 0.086, Bunch: 0.269, MEM: 0.089 },
    ifn: { Mono2Micro: 1.922, FoSCI: 3.489, CoGCN: 2.88, Bunch: null, MEM: 4.2 },
    ned: { Mono2Micro: 0.338, FoSCI: 0.697, CoGCN: 0.663, Bunch: 0.582, MEM: 1 },
  },
  acmeair: {
    icp: { Mono2Micro: 0.527, FoSCI: 0.706, CoGCN: 0.444, Bunch: 0.55, MEM: 0.589 },
    sm: { Mono2Micro: 0.072, FoSCI: 0.095, CoGCN: 0.038, Bunch: 0.177, MEM: 0.097 },
    ifn: { Mono2Micro: 3.375, FoSCI: 4.375, CoGCN: 2.846, Bunch: 3.875, MEM: 4.333 },
    ned: { Mono2Micro: 0.429, FoSCI: 0.407, CoGCN: 0.25, Bunch: 0.692, MEM: 0.464 },
  },
  jpetstore: {
    icp: { Mono2Micro: 0.333, FoSCI: 0.478, CoGCN: 0.582, Bunch: 0.477, MEM: 0.434 },
    sm: { Mono2Micro: 0.054, FoSCI: 0.044, CoGCN: 0.091, Bunch: null, MEM: 0.124 },
    ifn: { Mono2Micro: 1.857, FoSCI: 3.75, CoGCN: 2.533, Bunch: null, MEM: 3.429 },
    ned: { Mono2Micro: 0.257, FoSCI: 0.516, CoGCN: 0.392, Bunch: 0.667, MEM: 1 },
  },
  plants: {
    icp: { Mono2Micro: 0.381, FoSCI: 0.682, CoGCN: 0.571, Bunch: 0.501, MEM: 0.32 },
    sm: { Mono2Micro: 0.078, FoSCI: 0.135, CoGCN: 0.133, Bunch: 0.155, MEM: 0.21 },
    ifn: { Mono2Micro: 6, FoSCI: 4.875, CoGCN: 4.875, Bunch: 6.357, MEM: 4.75 },
    ned: { Mono2Micro: 0.038, FoSCI: 0.538, CoGCN: 0.5, Bunch: 0.346, MEM: 0.231 },
  },
};

/** Single rows of the published spreadsheet whose partitions are here. */
export const PUBLISHED: { application: Application; partition: string; scores: Scores }[] = [
  {
    application: "acmeair",
    partition: "mono2micro-13",
    scores: { bcp: 0.917, icp: 0.498, sm: 0.063, ifn: 3, ned: 0.429 },
  },
  { application: "acmeair", partition: "cogcn-5", scores: { bcp: 1.314, icp: 0.306, sm: 0.087, ifn: 2.8, ned: 0.071 } },
  { application: "acmeair", partition: "cogcn-9", scores: { bcp: 1.1, icp: 0.444, sm: -0.01, ifn: 2.556, ned: 0.25 } },
  {
    application: "jpetstore",
    partition: "mono2micro-3",
    scores: { bcp: 3.363, icp: 0.234, sm: 0.053, ifn: 5.667, ned: 0 },
  },
  {
    application: "jpetstore",
    partition: "mono2micro-5",
    scores: { bcp: 2.911, icp: 0.318, sm: 0.094, ifn: 4.4, ned: 0 },
  },
  {
    application: "jpetstore",
    partition: "mono2micro-13",
    scores: { bcp: 1.664, icp: 0.348, sm: 0.062, ifn: 2.083, ned: 0.297 },
  },
  { application: "daytrader", partition: "mem-9", scores: { bcp: 1.84, icp: 0.267, sm: 0.09, ifn: 2.643, ned: 1 } },
  { application: "plants", partition: "mem-4", scores: { bcp: 1.902, icp: 0.32, sm: 0.21, ifn: 4.75, ned: 0.231 } },
  { application: "plants", partition: "mem-12", scores: { bcp: 2.035, icp: 0.417, sm: 0.25, ifn: 5, ned: 0.346 } },
];

/** One configuration for all four; the window is NED's own. */
const CONFIGURATION = { seeds: 16, resolutions: [0.5, 0.75, 1, 1.4, 2, 3], window: { fewest: 5, most: 20 } };

/** A published partition, class -> part; the artificial class that stands for the outside left out. */
export function readPartition(application: Application, name: string): Partition {
  const parts = read<number | string>(`published/${application}.${name}.json`);
  return {
    partOf: new Map(withoutRoot(parts).map(([member, part]) => [member, String(part)])),
    edges: callsOf(application),
  };
}

/** Our division of the application's call graph. */
export function divide(application: Application): Partition {
  const edges = callsOf(application);
  const members = [...new Set(edges.flatMap(({ from, to }) => [from, to]))].filter((name) => name !== ROOT).sort();
  const labels = findBalanced(members.length, undirected(members, edges), CONFIGURATION);
  return { partOf: new Map(members.map((member, index) => [member, String(labels[index])])), edges };
}

/** True where ours is strictly better than the other: SM is better up, the others down. */
export function isBetter(metric: (typeof METRICS)[number], ours: number, other: number): boolean {
  return metric === "sm" ? ours > other : ours < other;
}

export function scoresOf(application: Application, partition: Partition): Scores {
  const useCases = new Map(Object.entries(read<string[]>(`${application}.use-cases.json`)));
  return {
    bcp: three(businessContextPurity(partition, useCases)),
    icp: three(interPartitionCalls(partition, "logarithmic")),
    sm: three(structuralModularity(partition)),
    ifn: three(interfaceNumber(partition)),
    ned: three(nonExtremeDistribution(partition)),
  };
}

// --- internal ---

const ROOT = "Root";

/** BCP, business context purity: mean over parts of ln(number of use cases in the part). Down is better. */
function businessContextPurity(partition: Partition, useCases: ReadonlyMap<string, readonly string[]>): number {
  const cases = new Map([...sizesOf(partition).keys()].map((part) => [part, new Set<string>()]));
  for (const [member, part] of partition.partOf) {
    for (const useCase of useCases.get(member) ?? []) cases.get(part)?.add(useCase);
  }
  const sum = [...cases.values()].reduce((total, { size }) => total + (size === 0 ? 0 : Math.log(size)), 0);
  return cases.size === 0 ? 0 : sum / cases.size;
}

function read<Value>(file: string): Record<string, Value> {
  return JSON.parse(readFileSync(join(import.meta.dirname, file), "utf8")) as Record<string, Value>;
}

function withoutRoot<Value>(entries: Record<string, Value>): [string, Value][] {
  return Object.entries(entries).filter(([member]) => member !== ROOT);
}

function callsOf(application: Application): CallEdge[] {
  return Object.entries(read<number>(`${application}.calls.json`)).map(([pair, volume]) => {
    const [from = "", to = ""] = pair.split("--");
    return { from, to, volume };
  });
}

function undirected(members: readonly string[], calls: readonly CallEdge[]): WeightedEdge[] {
  const numbers = new Map(members.map((member, index) => [member, index]));
  const edges = new Map<string, WeightedEdge>();
  for (const { from, to, volume } of calls) {
    const [a, b] = [numbers.get(from), numbers.get(to)].sort((x = -1, y = -1) => x - y);
    if (a === undefined || b === undefined || a === b) continue;
    const weight = (edges.get(`${a} ${b}`)?.weight ?? 0) + Math.log(volume) + 1;
    edges.set(`${a} ${b}`, { a, b, weight });
  }
  // Whole numbers, because sums of them do not depend on their order.
  return [...edges.values()].map((edge) => ({ ...edge, weight: Math.round(edge.weight * 1000) }));
}

function three(value: number): number {
  return Math.round(value * 1000) / 1000;
}
