import type { Claims } from "../customer/identify.ts";

/** The claim of that name, or at that path (`realm_access.roles`). A name that contains dots is found as it stands. */
export function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

/** Whether one of the wanted roles is among those of the token: a list, or words as in `scope` (RFC 8693 section 4.2). */
export function hasRole(claims: Claims, rolesClaim: string, wanted: ReadonlySet<string>): boolean {
  const held = claimAt(claims, rolesClaim);
  if (typeof held === "string") return held.split(" ").some((role) => wanted.has(role));
  return Array.isArray(held) && held.some((role) => typeof role === "string" && wanted.has(role));
}

/**
 * A claim as the value of a header; undefined where it cannot be one unambiguously: objects, texts beyond visible ASCII, and lists whose
 * parts contain the comma that parts them.
 */
export function headerValueOf(claim: unknown): string | undefined {
  if (Array.isArray(claim)) {
    const parts = claim.map(headerValueOf);
    return parts.every((part) => part !== undefined && !part.includes(",")) ? parts.join(",") : undefined;
  }
  const text = typeof claim === "number" || typeof claim === "boolean" ? String(claim) : claim;
  return typeof text === "string" && VISIBLE.test(text) ? text : undefined;
}

// --- internal ---

const VISIBLE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
