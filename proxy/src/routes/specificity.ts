import { conditionsOf, excludeEachOther, type Condition } from "./conditions.ts";
import type { RouteEntry } from "./schema.ts";

// Of routes for the same paths, the one that says more about its requests wins: it names methods where the other does not, or
// has more conditions, or exact values where the other only wants something to be there. Where one says more in one way and the
// other in another, nobody could tell from the file which one wins, and such a file is refused.

/** What a route says about its requests beside the path. */
export type Claims = {
  /** undefined: every method. */
  readonly methods: ReadonlySet<string> | undefined;
  readonly conditions: readonly Condition[] | undefined;
};

/** Orders routes for the same paths: the first that fits a request is the one that wins. */
export function moreSpecificFirst(a: Claims, b: Claims): number {
  return saysMore(b, a, namesMethods) || saysMore(b, a, countConditions) || saysMore(b, a, countExact);
}

/** A method with which a request fits two routes for the same paths and neither wins; "every method" where both take all. */
export function findContestedMethod(a: Claims, b: Claims): string | undefined {
  const method = commonMethod(a.methods, b.methods);
  if (method === undefined || excludeEachOther(a.conditions ?? [], b.conditions ?? [])) return undefined;
  const byMethods = Math.sign(saysMore(a, b, namesMethods));
  const byConditions = Math.sign(saysMore(a, b, countConditions) || saysMore(a, b, countExact));
  return byMethods + byConditions === 0 ? method : undefined;
}

/** What the file says of the requests of a route, besides their path. */
export function claimsOf(match: RouteEntry["match"]): Claims {
  return {
    methods: match.methods === undefined ? undefined : new Set<string>(match.methods),
    conditions: conditionsOf(match),
  };
}

// --- internal ---

function saysMore(a: Claims, b: Claims, measure: (claims: Claims) => number): number {
  return measure(a) - measure(b);
}

function namesMethods({ methods }: Claims): number {
  return methods === undefined ? 0 : 1;
}

function countConditions({ conditions }: Claims): number {
  return conditions?.length ?? 0;
}

function countExact({ conditions }: Claims): number {
  return conditions?.filter(({ value }) => value !== undefined).length ?? 0;
}

function commonMethod(a: Claims["methods"], b: Claims["methods"]): string | undefined {
  if (a === undefined && b === undefined) return "every method";
  if (a === undefined || b === undefined) return [...(a ?? b ?? [])][0];
  return [...a].find((method) => b.has(method));
}
