import { SHARED, type Context } from "../contexts/contexts.ts";
import type { Route } from "../facts.ts";
import type { TableOwnership } from "./ownership.ts";
import type { Seam, SeamKind } from "./seams.ts";

/** One context as a candidate for the first extraction. */
export type Suggestion = {
  context: string;
  files: number;
  tables: number;
  routes: number;
  /** Seams in both directions, by kind. */
  seams: Record<SeamKind, number>;
  /** Of these, the ones where the others depend on this context. */
  inbound: number;
  /** What it takes to cut all its seams, in units of one call. */
  cost: number;
  /** Cost for each file, table and route that gains its freedom: the order of the list. */
  costPerPart: number;
  reasons: string[];
};

/**
 * What one seam costs to cut, in units of one call. A call becomes a request; a join or a read needs an API or a
 * replicated copy; a foreign write needs an owner; a transaction needs a saga or an outbox.
 */
const COST: Record<SeamKind, number> = {
  call: 1,
  type: 0.2,
  "foreign-key": 1,
  join: 3,
  access: 3,
  trigger: 8,
  transaction: 12,
};

/** The contexts in the order in which extracting them pays: cheap to cut, and more than a handful of files. */
export function suggestExtractions(
  contexts: readonly Context[],
  tables: readonly TableOwnership[],
  routes: readonly (Route & { context: string })[],
  seams: readonly Seam[],
): Suggestion[] {
  return contexts
    .filter((context) => context.name !== SHARED)
    .map((context) => judge(context, tables, routes, seams))
    .filter((suggestion) => suggestion.tables + suggestion.routes > 0 || contexts.length <= 2 || tables.length === 0)
    .sort((a, b) => a.costPerPart - b.costPerPart || b.files - a.files || (a.context < b.context ? -1 : 1));
}

// --- internal ---

/** A context smaller than this gains too little: its cost is spread over as many parts all the same. */
const FEW_PARTS = 5;

function judge(
  { name, files }: Context,
  tables: readonly TableOwnership[],
  routes: readonly (Route & { context: string })[],
  seams: readonly Seam[],
): Suggestion {
  const own = seams.filter(({ from, to }) => from === name || to === name);
  const counts = countKinds(own);
  const cost = own.reduce((sum, { kind }) => sum + COST[kind], 0);
  const owned = tables.filter(({ context }) => context === name);
  const ownRoutes = routes.filter(({ context }) => context === name).length;
  return {
    context: name,
    files: files.length,
    tables: owned.length,
    routes: ownRoutes,
    seams: counts,
    inbound: own.filter(({ to }) => to === name).length,
    cost: round(cost),
    costPerPart: round(cost / Math.max(files.length + owned.length + ownRoutes, FEW_PARTS)),
    reasons: reasonsFor(name, files.length, owned, ownRoutes, own, counts),
  };
}

function countKinds(seams: readonly Seam[]): Record<SeamKind, number> {
  const counts = { call: 0, type: 0, access: 0, join: 0, "foreign-key": 0, transaction: 0, trigger: 0 };
  for (const { kind } of seams) counts[kind] += 1;
  return counts;
}

function reasonsFor(
  name: string,
  files: number,
  owned: readonly TableOwnership[],
  routes: number,
  seams: readonly Seam[],
  counts: Record<SeamKind, number>,
): string[] {
  const incoming = seams.filter(({ to, kind }) => to === name && kind === "call").length;
  const accesses = ({ side, mode }: { side: "from" | "to"; mode: string }): number =>
    seams.filter((seam) => seam.kind === "access" && seam[side] === name && seam.target === mode).length;
  const contested = owned.filter((table) => table.contested).map((table) => table.name);
  return [
    `it is whole: ${plural(files, "file")}, ${plural(owned.length, "table")}, ${plural(routes, "route")}`,
    `${plural(counts.call, "call")} to cut, ${incoming} of them from outside`,
    counts.transaction === 0
      ? "no transaction spans it and another context"
      : `${plural(counts.transaction, "transaction")} with another context: a saga or an outbox`,
    `${plural(counts.join, "join")} and ${plural(counts["foreign-key"], "foreign key")} across its border`,
    `others write its tables in ${plural(accesses({ side: "to", mode: "write" }), "place")} and read them in ` +
      `${accesses({ side: "to", mode: "read" })}; it writes theirs in ${accesses({ side: "from", mode: "write" })} ` +
      `and reads them in ${accesses({ side: "from", mode: "read" })}`,
    ...(counts.trigger > 0 ? [`${plural(counts.trigger, "trigger")} across its border`] : []),
    ...(contested.length > 0 ? [`other contexts write ${contested.join(", ")}`] : []),
  ];
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
