import { meets, describeConditions } from "../routes/conditions.ts";
import { covers } from "../routes/pattern.ts";
import type { Route } from "../routes/route.ts";

/** A route for the same path that did not fit. */
export type PassedOver = { readonly id: string; readonly why: string };

type Asked = { method: string; path: string; headers: Readonly<Record<string, string>>; query: string };

const MOST = 10;

/** The routes that cover the path but not the request, with what they want. */
export function findPassedOver(routes: readonly Route[], { method, path, headers, query }: Asked): PassedOver[] {
  const found: PassedOver[] = [];
  for (const { id, methods, conditions, pattern } of routes) {
    if (found.length === MOST) break;
    if (!covers(pattern, path)) continue;
    if (methods !== undefined && !methods.has(method)) found.push({ id, why: `wants ${[...methods].join(" or ")}` });
    else if (conditions !== undefined && !meets(conditions, headers, query)) {
      found.push({ id, why: `wants ${describeConditions(conditions)}` });
    }
  }
  return found;
}
