import { SHARED, type Contexts } from "../contexts/contexts.ts";
import type { Facts, Place } from "../facts.ts";
import { sortedBy } from "../order.ts";
import { codeSeams } from "./code-seams.ts";
import { dataSeams } from "./data-seams.ts";
import { eventSeams } from "./event-seams.ts";
import type { TableOwnership } from "./ownership.ts";
import { chooseRemedies, type Remedy } from "./remedies.ts";
import type { TransactionFinding } from "./transactions.ts";

/** In the order of how hard they are to cut, hardest first. */
export const SEAM_KINDS = [
  "transaction",
  "trigger",
  "access",
  "join",
  "foreign-key",
  "call",
  "injection",
  "event",
  "type",
] as const;

/**
 * call: code uses a value of another context; injection: it asks a container for one; type: it uses only a type.
 * access: a query on another context's table. join: one query over tables of two contexts. transaction: one transaction
 * writes tables of two contexts. trigger: a write to one context's table touches another's. event: one context sends
 * what another waits for.
 */
export type SeamKind = (typeof SEAM_KINDS)[number];

/** One concrete tie between two contexts: `from` depends on `to`; an event goes from its sender to its listener. */
export type Seam = Place & {
  kind: SeamKind;
  from: string;
  to: string;
  /** What exactly: the name that is used, the tables that are joined or written, the event. */
  what: string;
  /** For code and events the file on the other side; for accesses and triggers whether rows are read or written. */
  target: string | null;
  /** Mentions of the name, tables in the transaction; 1 for the others. */
  weight: number;
  /** The pattern that would resolve it, and why this one, in a clause. */
  remedy: Remedy;
  because: string;
};

/** A seam before anybody has thought about how to cut it. */
export type Tear = Omit<Seam, "remedy" | "because">;

/** Every seam of the proposal. Ties to shared code are none: it goes along with whoever needs it. */
export function findSeams(
  facts: Facts,
  contexts: Contexts,
  tables: readonly TableOwnership[],
  transactions: readonly TransactionFinding[],
): Seam[] {
  const tears = [
    ...codeSeams(facts, contexts),
    ...dataSeams(facts, contexts, tables, transactions),
    ...eventSeams(facts, contexts),
  ].filter(({ from, to }) => from !== to && from !== SHARED && to !== SHARED);
  const sorted = sortedBy(
    unique(tears),
    (x) => x.from,
    (x) => x.to,
    (x) => x.kind,
    (x) => x.file,
    (x) => x.line,
    (x) => x.what,
    (x) => x.target ?? "",
  );
  return chooseRemedies(sorted, facts, contexts, tables, transactions);
}

export function countKinds(seams: readonly Tear[]): Record<SeamKind, number> {
  const counts = noSeams();
  for (const { kind } of seams) counts[kind] += 1;
  return counts;
}

// --- internal ---

/** Nothing of every kind: where counting starts. */
function noSeams(): Record<SeamKind, number> {
  return {
    transaction: 0,
    trigger: 0,
    access: 0,
    join: 0,
    "foreign-key": 0,
    call: 0,
    injection: 0,
    event: 0,
    type: 0,
  };
}

function unique(tears: readonly Tear[]): Tear[] {
  const key = (tear: Tear): string => Object.values(tear).join("\0");
  return [...new Map(tears.map((tear) => [key(tear), tear])).values()];
}
