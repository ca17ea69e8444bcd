import type { LimitPlan } from "./admission-plan.ts";
import type { Count } from "./counters.ts";

// draft-ietf-httpapi-ratelimit-headers-10, which is no RFC: two structured lists (RFC 9651) whose members are named by the policy.
// `q` is the quota, `w` the window in seconds, `r` what remains, `t` the seconds until it is whole again.

/** One limit and how far it is used up. */
export type Usage = { limit: LimitPlan; count: Count };

export function isExhausted({ limit, count }: Usage): boolean {
  return count.requests > limit.requests;
}

/** Seconds until the limit lets requests through again; at least 1. */
export function secondsLeft({ count }: Usage): number {
  return Math.max(1, Math.ceil(count.endsInMs / 1_000));
}

/** The fields that tell limits and what is left of them, name and value in turn. */
export function rateLimitFields(usages: readonly Usage[]): string[] {
  if (usages.length === 0) return [];
  return [
    "ratelimit-policy",
    usages.map(({ limit }) => `"${limit.by.from}";q=${limit.requests};w=${limit.perSeconds}`).join(", "),
    "ratelimit",
    usages.map((usage) => `"${usage.limit.by.from}";r=${remaining(usage)};t=${secondsLeft(usage)}`).join(", "),
  ];
}

// --- internal ---

function remaining({ limit, count }: Usage): number {
  return Math.max(0, limit.requests - count.requests);
}
