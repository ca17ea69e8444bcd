import type { RequestFacts } from "../decide.ts";
import type { RequestHead } from "../guard/request-head.ts";
import type { OwnWrites } from "../own-writes/own-writes.ts";
import type { Route } from "../routes/route.ts";
import { bucketOf } from "./hash.ts";
import { findCustomer, mintCustomer, type Asker, type Claims } from "./identify.ts";
import type { Keyring } from "./keyring.ts";
import { findOverride, type OverrideRule } from "./override.ts";

/** What a decision may know of who asks. */
export type CustomerFacts = Required<Pick<RequestFacts, "bucket" | "override" | "ownWrite">> & {
  /** The name that she has been given just now and is to get as a cookie. */
  readonly minted: string | undefined;
};

/** Where it does not matter who asks. */
export const NOBODY: CustomerFacts = { bucket: undefined, override: undefined, ownWrite: false, minted: undefined };

export type CustomerFactsOptions = {
  keyring: Keyring;
  ownWrites: Pick<OwnWrites, "holds">;
  askerOf: (request: RequestHead, claims: Claims | undefined) => Asker;
  /** Milliseconds since 1970. */
  now: () => number;
};

/** Finds out who asks on a route, as far as its decision depends on it. */
export function createCustomerFacts({ keyring, ownWrites, askerOf, now }: CustomerFactsOptions) {
  return (
    route: Route,
    rule: OverrideRule | undefined,
    request: RequestHead,
    claims: Claims | undefined,
  ): CustomerFacts => {
    const override = rule && findOverride(rule, request.headers, route.id, keyring, now)?.choice;
    if (route.stage !== "canary") return override === undefined ? NOBODY : { ...NOBODY, override };
    const asker = askerOf(request, claims);
    const known = findCustomer(route.keys, asker, keyring);
    const customer = known ?? mintCustomer(keyring);
    const bucket = bucketOf(route.hash, route.id, customer.key);
    const ownWrite =
      override === undefined &&
      bucket < route.share &&
      isSafe(request.method ?? "") &&
      isGuarded(route) &&
      ownWrites.holds(route, customer.key, asker.headers.cookie);
    return { bucket, override, ownWrite, minted: known === undefined ? customer.key : undefined };
  };
}

/** Whether the method asks for nothing to be changed (RFC 9110 section 9.2.1). */
export function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

// --- internal ---

function isGuarded(route: Route): route is Route & { ownWrites: NonNullable<Route["ownWrites"]> } {
  return route.ownWrites !== undefined;
}
