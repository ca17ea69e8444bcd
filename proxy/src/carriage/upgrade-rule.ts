import type { OwnAnswer } from "../guard/answer.ts";

/** Who may open a WebSocket on a route: nobody, anybody, or pages from these origins. */
export type UpgradeRule = { readonly allowed: boolean; readonly origins: ReadonlySet<string> | undefined };

/** From `upgrade: true`, `upgrade: false` or `upgrade: {origins: [...]}`. */
export function toUpgradeRule(
  field: boolean | { readonly origins: readonly string[] } | undefined,
): UpgradeRule | undefined {
  if (field === undefined) return undefined;
  if (typeof field === "boolean") return { allowed: field, origins: undefined };
  return { allowed: true, origins: new Set(field.origins) };
}

/**
 * Why an upgrade is refused; undefined where it may pass. A browser always says which page it is for (RFC 6455 section 10.2); who says
 * nothing is no browser, and no page of somebody else's can have made her do it.
 */
export function upgradeRefusal(
  rule: UpgradeRule | undefined,
  namesUpgrades: boolean,
  origin: string | undefined,
): OwnAnswer | undefined {
  if (rule === undefined ? namesUpgrades : !rule.allowed) return NOT_HERE;
  return rule?.origins === undefined || origin === undefined || rule.origins.has(origin) ? undefined : NOT_FROM_THERE;
}

// --- internal ---

const NOT_HERE: OwnAnswer = { status: 404, title: "Not Found", detail: "There is no WebSocket at this address." };

const NOT_FROM_THERE: OwnAnswer = {
  status: 403,
  title: "Forbidden",
  detail: "Pages of this origin may not open a WebSocket here.",
};
