import type { CookieRule } from "./cookies.ts";
import { rewriteSetCookie } from "./cookies.ts";
import { rewriteAddress, rewriteRefresh } from "./redirects.ts";

/** How the answers to one route are changed. Made once, when the routes are parsed. */
export type Rewrite = {
  readonly cookies: CookieRule | undefined;
  /** The origins that are the upstreams' own; undefined: addresses stay as they are. */
  readonly ours: ReadonlySet<string> | undefined;
};

/** Whose answer it is, and for whom: origins. */
export type Sides = { readonly upstream: string | undefined; readonly customer: string };

/** Changes the fields of an answer in place; they are name and value in turn. */
export function rewriteAnswer(fields: string[], { cookies, ours }: Rewrite, sides: Sides): void {
  for (let index = 0; index < fields.length; index += 2) {
    const change = CHANGES[(fields[index] ?? "").toLowerCase()];
    if (change === undefined) continue;
    const value = fields[index + 1] ?? "";
    if (change === "cookie") fields[index + 1] = cookies === undefined ? value : rewriteSetCookie(value, cookies);
    else if (ours !== undefined)
      fields[index + 1] = change(value, (origin) => origin === sides.upstream || ours.has(origin), sides.customer);
  }
}

// --- internal ---

const CHANGES: Readonly<Record<string, "cookie" | typeof rewriteAddress>> = Object.assign(
  Object.create(null) as Record<string, never>,
  {
    "set-cookie": "cookie",
    location: rewriteAddress,
    "content-location": rewriteAddress,
    refresh: rewriteRefresh,
  },
);
