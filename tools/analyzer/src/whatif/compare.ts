import type { Analysis } from "../analysis.ts";
import { round } from "../round.ts";
import { SEAM_KINDS } from "../findings/seams.ts";

/** One figure before and after; `better` says which way is the good one, null where that is a matter of opinion. */
export type Figure = { name: string; before: number; after: number; better: "up" | "down" | null };

export type Comparison = {
  figures: Figure[];
  /** Tables that change hands. */
  tables: { name: string; before: string; after: string }[];
  verdict: { before: string; after: string };
};

/** What a change of the division does to every number of the analysis. Pure. */
export function compare(before: Analysis, after: Analysis): Comparison {
  return {
    figures: FIGURES.map(({ name, better, read }) => ({ name, better, before: read(before), after: read(after) })),
    tables: after.tables.flatMap(({ name, context }) => {
      const owner = before.tables.find((table) => table.name === name)?.context ?? context;
      return owner === context ? [] : [{ name, before: owner, after: context }];
    }),
    verdict: { before: before.verdict.answer, after: after.verdict.answer },
  };
}

// --- internal ---

const FIGURES: readonly { name: string; better: Figure["better"]; read: (analysis: Analysis) => number }[] = [
  {
    name: "cost of all seams",
    better: "down",
    read: ({ ties }) => round(ties.reduce((sum, { cost }) => sum + cost, 0)),
  },
  ...SEAM_KINDS.map((kind) => ({
    name: `seams: ${kind}`,
    better: "down" as const,
    read: ({ seams }: Analysis) => seams.filter((seam) => seam.kind === kind).length,
  })),
  {
    name: "contested tables",
    better: "down",
    read: ({ tables }) => tables.filter(({ contested }) => contested).length,
  },
  { name: "contexts", better: null, read: ({ metrics }) => metrics.contexts },
  { name: "largest context, share", better: null, read: ({ metrics }) => metrics.largest },
  { name: "structural modularity (SM)", better: "up", read: ({ metrics }) => metrics.structuralModularity },
  { name: "calls across (ICP)", better: "down", read: ({ metrics }) => metrics.interPartitionCalls.logarithmic },
  { name: "interfaces (IFN)", better: "down", read: ({ metrics }) => metrics.interfaceNumber },
  { name: "extreme sizes (NED)", better: "down", read: ({ metrics }) => metrics.nonExtremeDistribution },
  { name: "TurboMQ", better: "up", read: ({ metrics }) => metrics.turboMq },
  { name: "cohesion", better: "up", read: ({ metrics }) => metrics.cohesion },
  { name: "coupling", better: "down", read: ({ metrics }) => metrics.coupling },
  { name: "data purity", better: "up", read: ({ metrics }) => metrics.dataPurity.normalised },
  { name: "transaction purity", better: "up", read: ({ metrics }) => metrics.transactionPurity.normalised },
  { name: "cost of extraction", better: "down", read: ({ extraction }) => extraction.cost },
];
