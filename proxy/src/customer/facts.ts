import type { RequestFacts } from "../decide.ts";
import type { OwnWrites } from "../own-writes/own-writes.ts";
import type { Route } from "../routes/route.ts";
import { bucketOf } from "./hash.ts";
import { findCustomer, mintCustomer, type Asker } from "./identify.ts";
import type { Keyring } from "./keyring.ts";
import { findOverride, type OverrideRule } from "./override.ts";

/** What a decision may know of who asks. */
export type CustomerFacts = Pick<RequestFacts, "bucket" | "override" | "ownWrite"> & {
  /** The name that she has been given just now and is to get as a cookie. */
  readonly minted: string | undefined;
};

/** Where it does not matter who asks. */
export const NOBODY: CustomerFacts = { bucket: undefined, override: undefined, ownWrite: false, minted: undefined };

export type CustomerFactsOptions = {
  keyring: Keyring;
  ownWrites: Pick<OwnWrites, "holds">;
  /** Milliseconds since 1970. */
  now: () => number;
};

/** Finds out who asks on a route, as far as its decision depends on it. */
export function createCustomerFacts({ keyring, ownWrites, now }: CustomerFactsOptions) {
  return (route: Route, rule: OverrideRule | undefined, asker: Asker, method: string): CustomerFacts => {
    const override = rule && findOverride(rule, asker.headers, route.id, keyring, now)?.choice;
    if (route.stage !== "canary") return { ...NOBODY, override };
    const known = findCustomer(route.keys, asker, keyring);
    const customer = known ?? mintCustomer(keyring);
    const bucket = bucketOf(route.hash, route.id, customer.key);
    const ownWrite =
      override === undefined &&
      bucket < route.share &&
      isSafe(method) &&
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
