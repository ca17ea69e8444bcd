import type { IncomingHttpHeaders } from "node:http";
import { meets } from "./conditions.ts";
import { splitPath } from "./pattern.ts";
import type { Route } from "./route.ts";
import { moreSpecificFirst } from "./specificity.ts";

// The most specific route wins, wherever it stands in the file. Segments are compared from left to right: a literal
// beats `:parameter`, which beats `*`. Of two routes for the same paths the one that says more about its requests beats the other
// (`specificity.ts`). A route whose method or conditions do not fit is passed over, and the next specific one is asked.

/** Routes compiled for look-up: a tree whose edges are path segments. Never changed after it was made. */
export type RouteTable = { readonly root: Branch };

type Branch = {
  literals: Map<string, Branch>;
  parameter: Branch | undefined;
  here: Route[];
  below: Route[];
};

/** Compiles routes. They must not match the same thing twice; `parseRoutes` sees to that. */
export function createRouteTable(routes: readonly Route[]): RouteTable {
  const root = createBranch();
  for (const route of routes) {
    const branch = grow(root, route);
    const list = route.pattern.below ? branch.below : branch.here;
    list.push(route);
    list.sort(moreSpecificFirst);
  }
  return { root };
}

/**
 * The most specific route that covers the method, the canonical path and, where routes ask for them, the header (names in small
 * letters) and the query (with its question mark, or "").
 */
export function findRoute(
  table: RouteTable,
  method: string,
  path: string,
  headers: IncomingHttpHeaders = {},
  query = "",
): Route | undefined {
  return search(table.root, splitPath(path), 0, { method, headers, query });
}

// --- internal ---

function createBranch(): Branch {
  return { literals: new Map(), parameter: undefined, here: [], below: [] };
}

function grow(root: Branch, route: Route): Branch {
  let branch = root;
  for (const segment of route.pattern.segments) {
    if (segment === null) {
      branch = branch.parameter ??= createBranch();
    } else {
      const next = branch.literals.get(segment) ?? createBranch();
      branch.literals.set(segment, next);
      branch = next;
    }
  }
  return branch;
}

// Beside the path.
type Asked = { method: string; headers: IncomingHttpHeaders; query: string };

function search(branch: Branch, segments: readonly string[], depth: number, asked: Asked): Route | undefined {
  const segment = segments[depth];
  if (segment === undefined) return pick(branch.here, asked) ?? pick(branch.below, asked);
  const literal = branch.literals.get(segment);
  const viaLiteral = literal && search(literal, segments, depth + 1, asked);
  if (viaLiteral) return viaLiteral;
  // An empty segment is a trailing slash, not a value.
  const viaParameter =
    branch.parameter && segment !== "" ? search(branch.parameter, segments, depth + 1, asked) : undefined;
  return viaParameter ?? pick(branch.below, asked);
}

function pick(routes: readonly Route[], { method, headers, query }: Asked): Route | undefined {
  for (const route of routes) {
    if (route.methods !== undefined && !route.methods.has(method)) continue;
    if (route.conditions === undefined || meets(route.conditions, headers, query)) return route;
  }
  return undefined;
}
