import { SHARED, type Contexts } from "../contexts/contexts.ts";
import type { Facts } from "../facts.ts";
import { percent } from "../round.ts";
import type { Cycle } from "./cycles.ts";
import { innerContexts } from "./libraries.ts";
import type { Metrics } from "./metrics.ts";
import type { TableOwnership } from "./ownership.ts";
import type { TransactionFinding } from "./transactions.ts";

/** What the verdict rests on. */
export type Evidence = {
  facts: Facts;
  contexts: Contexts;
  tables: readonly TableOwnership[];
  transactions: readonly TransactionFinding[];
  cycles: readonly Cycle[];
  metrics: Metrics;
};

/** What follows where a number is on the wrong side. */
export type Consequence = "stay" | "modularise";
export type Measure =
  | "files"
  | "contexts"
  | "foreign-writes"
  | "spanning-transactions"
  | "data-purity"
  | "calls-across"
  | "cycles-across"
  | "confidence";

export type Threshold = {
  measure: Measure;
  atLeast?: number;
  atMost?: number;
  then: Consequence;
  /** Null where the code has nothing of the kind. */
  value: (evidence: Evidence) => number | null;
  says: (value: number) => string;
  why: string;
};

export const THRESHOLDS: readonly Threshold[] = [
  {
    measure: "files",
    atLeast: 40,
    then: "stay",
    value: ({ facts }) => facts.files.filter(({ role }) => role === "source").length,
    says: (value) => `${value} source files`,
    why: "below 40 one person still knows them all, and every service brings a pipeline, a database and a network of its own",
  },
  {
    measure: "contexts",
    atLeast: 2,
    then: "stay",
    value: ({ facts, contexts, tables }) => standingContexts(facts, contexts, tables),
    says: (value) => `${value} contexts with tables or routes of their own`,
    why: "a service needs something that only it keeps or answers, and a split needs two of them",
  },
  {
    measure: "foreign-writes",
    atMost: 0.2,
    then: "modularise",
    value: ({ tables }) => foreignWrites(tables),
    says: (value) => `${percent(value)} % of the writes go to another context's tables`,
    why: "above 20 % owners are owners by name only: each of these writes becomes a remote call that can fail halfway",
  },
  {
    measure: "spanning-transactions",
    atMost: 0.25,
    then: "modularise",
    value: ({ transactions }) => spanningTransactions(transactions),
    says: (value) => `${percent(value)} % of the writing transactions span contexts`,
    why: "above 25 % sagas become the rule and not the exception",
  },
  {
    measure: "data-purity",
    atLeast: 0.6,
    then: "modularise",
    value: ({ metrics, tables }) => (tables.length === 0 ? null : metrics.dataPurity.normalised),
    says: (value) => `data purity ${value}`,
    why: "below 0.6 the typical table is used by several contexts alike, and nobody can say whose it is",
  },
  {
    measure: "calls-across",
    atMost: 0.5,
    then: "modularise",
    value: ({ metrics }) => metrics.interPartitionCalls.logarithmic,
    says: (value) => `${percent(value)} % of the calls between files cross a border`,
    why: "above 50 % a context talks more to others than to itself, and every answer would wait for the network",
  },
  {
    measure: "cycles-across",
    atMost: 0.2,
    then: "modularise",
    value: ({ facts, cycles }) => cyclicShare(facts, cycles),
    says: (value) => `${percent(value)} % of the files are in import cycles across contexts`,
    why: "above 20 % nothing can leave without pulling the rest along",
  },
  {
    measure: "confidence",
    atLeast: 0.6,
    then: "modularise",
    value: ({ contexts }) => meanConfidence(contexts),
    says: (value) => `the proposal's mean confidence is ${value}`,
    why: "below 0.6 another draw of lots would draw other borders",
  },
];

// --- internal ---

function standingContexts(facts: Facts, contexts: Contexts, tables: readonly TableOwnership[]): number {
  const inner = innerContexts(facts, contexts, tables);
  return contexts.contexts.filter(({ name }) => name !== SHARED && !inner.includes(name)).length;
}

function foreignWrites(tables: readonly TableOwnership[]): number | null {
  const writes = tables.flatMap(({ context, writers }) =>
    writers.flatMap((writer) => (writer.context === SHARED ? [] : writer.places.map(() => writer.context !== context))),
  );
  return writes.length === 0 ? null : writes.filter(Boolean).length / writes.length;
}

function spanningTransactions(transactions: readonly TransactionFinding[]): number | null {
  const writing = transactions.filter(({ writes }) => writes.length > 0);
  return writing.length === 0 ? null : writing.filter(({ writes }) => writes.length > 1).length / writing.length;
}

function cyclicShare(facts: Facts, cycles: readonly Cycle[]): number {
  const crossing = cycles.filter(({ contexts }) => contexts.filter((name) => name !== SHARED).length > 1);
  const cyclic = crossing.reduce((sum, { files }) => sum + files.length, 0);
  return facts.files.length === 0 ? 0 : cyclic / facts.files.length;
}

function meanConfidence({ contexts, settled }: Contexts): number | null {
  if (settled) return null; // people drew the borders, not a draw of lots
  const proposed = contexts.filter(({ name }) => name !== SHARED);
  const files = proposed.reduce((sum, context) => sum + context.files.length, 0);
  const sum = proposed.reduce((total, context) => total + context.confidence * context.files.length, 0);
  return files === 0 ? null : sum / files;
}
