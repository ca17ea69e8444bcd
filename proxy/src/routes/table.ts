import { splitPath } from "./pattern.ts";
import type { Route } from "./route.ts";

// The most specific route wins, wherever it stands in the file. Segments are compared from left to right: a literal
// beats `:parameter`, which beats `*`. Of two routes for the same paths the one that names methods beats the one for all.
// A route whose method does not fit is passed over, and the next specific one is asked.

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
    list.sort((a, b) => Number(a.methods === undefined) - Number(b.methods === undefined));
  }
  return { root };
}

/** The most specific route that covers the method and the canonical path. */
export function findRoute(table: RouteTable, method: string, path: string): Route | undefined {
  return search(table.root, splitPath(path), 0, method);
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

function search(branch: Branch, segments: readonly string[], depth: number, method: string): Route | undefined {
  const segment = segments[depth];
  if (segment === undefined) return pick(branch.here, method) ?? pick(branch.below, method);
  const literal = branch.literals.get(segment);
  const viaLiteral = literal && search(literal, segments, depth + 1, method);
  if (viaLiteral) return viaLiteral;
  // An empty segment is a trailing slash, not a value.
  const viaParameter =
    branch.parameter && segment !== "" ? search(branch.parameter, segments, depth + 1, method) : undefined;
  return viaParameter ?? pick(branch.below, method);
}

function pick(routes: readonly Route[], method: string): Route | undefined {
  return routes.find((route) => route.methods === undefined || route.methods.has(method));
}
