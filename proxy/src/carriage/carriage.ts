import type { z } from "zod";
import type { Rewrite } from "../rewrite/rewrite.ts";
import type { rewriteFields } from "../rewrite/rewrite-fields.ts";
import type { forwardedField, routeCarriageFields, serviceCarriageFields } from "./carriage-fields.ts";
import { toUpgradeRule, type UpgradeRule } from "./upgrade-rule.ts";

/** How the requests of one route are carried. Made once, when the routes are parsed. */
export type Carriage = {
  /** undefined: the route says nothing of it. */
  readonly upgrade: UpgradeRule | undefined;
  readonly bodyBytes: number | undefined;
  readonly idempotencyKey: boolean;
  readonly rewrite: Rewrite | undefined;
};

/** What all routes of a file have in common. */
export type CarriagePlan = {
  /** Whether any answer is rewritten at all. */
  readonly rewrites: boolean;
  /** Whether some route says who may open a WebSocket. Then the others have none. */
  readonly namesUpgrades: boolean;
  readonly forwarded: z.output<typeof forwardedField>;
};

type RouteEntry = {
  readonly [Name in keyof typeof routeCarriageFields]?: z.output<(typeof routeCarriageFields)[Name]>;
};
type ServiceEntry = {
  readonly [Name in keyof typeof serviceCarriageFields]?: z.output<(typeof serviceCarriageFields)[Name]>;
};

/** undefined where the route says nothing of all this. `ours` are the origins of the upstreams. */
export function toCarriage(entry: RouteEntry, ours: ReadonlySet<string>): Carriage | undefined {
  const { upgrade, bodyBytes, idempotencyKey, rewrite } = entry;
  if ([upgrade, bodyBytes, idempotencyKey, rewrite].every((field) => field === undefined)) return undefined;
  return Object.freeze({
    upgrade: toUpgradeRule(upgrade),
    bodyBytes,
    idempotencyKey: idempotencyKey === true,
    rewrite: rewrite && toRewrite(rewrite, ours),
  });
}

/** How the answers of a service are rewritten. One that sees its own Host redirects to it, unless it is told otherwise. */
export function toServiceRewrite({ host, rewrite }: ServiceEntry, ours: ReadonlySet<string>): Rewrite | undefined {
  if (rewrite === undefined && host !== "upstream") return undefined;
  return toRewrite({ redirects: host === "upstream", ...rewrite }, ours);
}

/** Looks at a whole file. */
export function planCarriage(
  routes: readonly RouteEntry[],
  services: readonly ServiceEntry[],
  forwarded: CarriagePlan["forwarded"] = {},
): CarriagePlan {
  return Object.freeze({
    rewrites: [...routes, ...services].some(
      (entry) => entry.rewrite !== undefined || ("host" in entry && entry.host === "upstream"),
    ),
    namesUpgrades: routes.some(({ upgrade }) => upgrade !== undefined),
    forwarded,
  });
}

// --- internal ---

function toRewrite({ cookies, redirects }: z.output<typeof rewriteFields>, ours: ReadonlySet<string>): Rewrite {
  return Object.freeze({ cookies, ours: redirects === true ? ours : undefined });
}
