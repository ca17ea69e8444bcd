import { SHARED, type Contexts } from "../contexts/contexts.ts";
import type { Facts } from "../facts.ts";
import type { Cycle } from "./cycles.ts";
import { innerContexts } from "./libraries.ts";
import type { Metrics } from "./metrics.ts";
import type { TableOwnership } from "./ownership.ts";
import { round } from "./seam-costs.ts";
import type { TransactionFinding } from "./transactions.ts";

/** Whether to split at all. */
export type Verdict = {
  answer: "split" | "modularise-first" | "stay-a-monolith";
  /** In one sentence. */
  because: string;
  reasons: Reason[];
};

/** One number held against its threshold. */
export type Reason = {
  measure: Measure;
  value: number;
  threshold: number;
  speaks: "for" | "against";
  sentence: string;
};

/** What the verdict rests on. */
export type Evidence = {
  facts: Facts;
  contexts: Contexts;
  tables: readonly TableOwnership[];
  transactions: readonly TransactionFinding[];
  cycles: readonly Cycle[];
  metrics: Metrics;
};

/** Holds the numbers against their thresholds. They come from the code alone: how many teams there are, it cannot know. */
export function giveVerdict(evidence: Evidence): Verdict {
  const reasons = THRESHOLDS.flatMap((line): (Reason & { then: Consequence })[] => {
    const value = line.value(evidence);
    if (value === null) return [];
    const passed = line.atLeast === undefined ? value <= (line.atMost ?? 0) : value >= line.atLeast;
    const threshold = line.atLeast ?? line.atMost ?? 0;
    const sentence = `${line.says(round(value))}; ${line.why}`;
    return [
      {
        measure: line.measure,
        value: round(value),
        threshold,
        speaks: passed ? "for" : "against",
        sentence,
        then: line.then,
      },
    ];
  });
  const against = (then: Consequence): Reason[] =>
    reasons.filter((reason) => reason.then === then && reason.speaks === "against");
  const answer =
    against("stay").length > 0
      ? "stay-a-monolith"
      : against("modularise").length >= MANY
        ? "modularise-first"
        : "split";
  return {
    answer,
    because: becauseOf(answer, against("stay"), against("modularise")),
    reasons: reasons.map(withoutConsequence),
  };
}

// --- internal ---

type Consequence = "stay" | "modularise";
type Measure =
  | "files"
  | "contexts"
  | "foreign-writes"
  | "spanning-transactions"
  | "data-purity"
  | "calls-across"
  | "cycles-across"
  | "confidence";

/** One number may be bad luck; two say that the borders are not there yet. */
const MANY = 2;

type Threshold = {
  measure: Measure;
  atLeast?: number;
  atMost?: number;
  then: Consequence;
  /** Null where the code has nothing of the kind. */
  value: (evidence: Evidence) => number | null;
  says: (value: number) => string;
  why: string;
};

const THRESHOLDS: readonly Threshold[] = [
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

function becauseOf(answer: Verdict["answer"], stay: readonly Reason[], modularise: readonly Reason[]): string {
  const causes = (answer === "stay-a-monolith" ? stay : modularise).map(({ sentence }) => sentence.split("; ")[0]);
  if (causes.length === 0) return "every number is on the side of a split";
  const listed = causes.join("; ");
  return answer === "split" ? `one number speaks against it, the others for it: ${listed}` : listed;
}

function withoutConsequence({ measure, value, threshold, speaks, sentence }: Reason): Reason {
  return { measure, value, threshold, speaks, sentence };
}

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

function percent(share: number): number {
  return Math.round(100 * share);
}
