import { SHARED, type Contexts } from "../contexts/contexts.ts";
import type { Facts } from "../facts.ts";
import { cohesion, coupling, factors, turboMq } from "./metrics/cohesion.ts";
import type { CallEdge, Partition } from "./metrics/partition.ts";
import {
  interfaceNumber,
  interPartitionCalls,
  nonExtremeDistribution,
  structuralModularity,
} from "./metrics/published.ts";
import { purityOf, type Purity } from "./metrics/purity.ts";

/**
 * The proposal in the numbers of the literature; `metrics/` has each formula with its source. Members are the files of
 * the contexts, an edge is one file that uses another's code, its volume how often. Shared files are left out: every
 * context takes its own copy along.
 */
export type Metrics = {
  contexts: number;
  /** Share of the files in the largest context: one context is perfectly pure, and of no use. */
  largest: number;
  structuralModularity: number;
  interPartitionCalls: { logarithmic: number; plain: number };
  interfaceNumber: number;
  nonExtremeDistribution: number;
  turboMq: number;
  cohesion: number;
  coupling: number;
  /** Over all queries, and over those inside of transactions. */
  dataPurity: Purity;
  transactionPurity: Purity;
  byContext: Record<string, ContextMetrics>;
};

export type ContextMetrics = {
  files: number;
  /** CARGO's cohesion of this context alone. */
  cohesion: number;
  /** Of the accesses to its tables, the share that its own code makes. */
  purity: number;
};

/** Coupling, cohesion and purity of the proposal. */
export function measure(facts: Facts, contexts: Contexts, owners: ReadonlyMap<string, string>): Metrics {
  const partition = partitionOf(facts, contexts);
  const proposed = contexts.contexts.filter(({ name }) => name !== SHARED);
  const members = partition.partOf.size;
  const accesses = accessesOf(facts, contexts);
  const inTransactions = transactionAccesses(facts, contexts);
  const cohesive = factors(partition);
  return roundAll({
    contexts: proposed.length,
    largest: members === 0 ? 0 : Math.max(0, ...proposed.map(({ files }) => files.length)) / members,
    structuralModularity: structuralModularity(partition),
    interPartitionCalls: {
      logarithmic: interPartitionCalls(partition, "logarithmic"),
      plain: interPartitionCalls(partition, "plain"),
    },
    interfaceNumber: interfaceNumber(partition),
    nonExtremeDistribution: nonExtremeDistribution(partition),
    turboMq: turboMq(partition),
    cohesion: cohesion(partition),
    coupling: coupling(partition),
    dataPurity: purityOf(accesses, proposed.length),
    transactionPurity: purityOf(inTransactions, proposed.length),
    byContext: Object.fromEntries(
      proposed.map(({ name, files }): [string, ContextMetrics] => [
        name,
        { files: files.length, cohesion: cohesive.get(name) ?? 0, purity: ownShare(name, accesses, owners) },
      ]),
    ),
  });
}

// --- internal ---

function partitionOf(facts: Facts, contexts: Contexts): Partition {
  const partOf = new Map(Object.entries(contexts.files).filter(([, context]) => context !== SHARED));
  const edges = new Map<string, CallEdge>();
  for (const { file, to, kind, uses } of facts.links) {
    if (kind === "type" || kind === "reexport") continue;
    const key = `${file}\0${to}`;
    const known = edges.get(key)?.volume ?? 0;
    edges.set(key, { from: file, to, volume: known + Math.max(1, uses) });
  }
  return { partOf, edges: [...edges.values()] };
}

type Accesses = Map<string, string[]>;

function accessesOf(facts: Facts, contexts: Contexts): Accesses {
  const accesses: Accesses = new Map();
  for (const { file, tables } of facts.statements) {
    for (const { table } of tables) if (table !== null) note(accesses, table, contexts.files[file]);
  }
  return accesses;
}

function transactionAccesses(facts: Facts, contexts: Contexts): Accesses {
  const accesses: Accesses = new Map();
  for (const { tables } of facts.transactions) {
    for (const { table, file } of tables) note(accesses, table, contexts.files[file]);
  }
  return accesses;
}

function note(accesses: Accesses, table: string, context: string | undefined): void {
  if (context === undefined || context === SHARED) return;
  const list = accesses.get(table);
  if (list) list.push(context);
  else accesses.set(table, [context]);
}

function ownShare(name: string, accesses: Accesses, owners: ReadonlyMap<string, string>): number {
  const own = [...accesses].filter(([table]) => owners.get(table) === name).flatMap(([, list]) => list);
  return own.length === 0 ? 1 : own.filter((context) => context === name).length / own.length;
}

/** Four digits say enough, and sums in another order end the same. */
function roundAll<Value>(value: Value): Value {
  if (typeof value === "number") return (Math.round(value * 1e4) / 1e4) as Value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, roundAll(part)])) as Value;
}
