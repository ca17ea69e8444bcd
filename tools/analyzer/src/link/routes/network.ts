import type { Framework } from "../../facts.ts";
import type { FunctionCode } from "../../routing-code.ts";
import type { Value } from "./values.ts";

/** A router or an application while the program is played through. Each call that creates one gives its own. */
export type RouterNode = {
  framework: Framework;
  app: boolean;
  /** What all its routes and routers begin with. */
  prefix: string;
};

/** `trial`: the function that was run only because nothing seemed to call it; what it did counts only if that holds. */
export type Edge = { from: RouterNode; to: RouterNode; path: string; trial: FunctionCode | null };

export type FoundRoute = {
  on: RouterNode;
  method: string;
  path: string;
  file: string;
  line: number;
  handler: Value;
  /** How the code calls the handler, for one that cannot be found. */
  handlerName: string | null;
  trial: FunctionCode | null;
};

/** All routers, how one reaches the next, and what hangs on each. */
export type Network = { routers: RouterNode[]; edges: Edge[]; routes: FoundRoute[] };

/** The ways to a router: the paths in front of its routes, and whether an application stands at their beginning. */
export type Ways = { paths: Set<string>; mounted: boolean };

/**
 * From every application along all mounts; then from the routers that nothing mounts, so that what hangs below them
 * has at least the path that the code shows.
 */
export function findWays(network: Network): Map<RouterNode, Ways> {
  const ways = new Map<RouterNode, Ways>();
  const next = new Map<RouterNode, Edge[]>();
  const targets = new Set<RouterNode>();
  for (const edge of network.edges) {
    next.set(edge.from, [...(next.get(edge.from) ?? []), edge]);
    targets.add(edge.to);
  }
  const roots = network.routers.filter((router) => !targets.has(router));
  for (const root of roots.filter((router) => router.app)) spread(root, next, ways, true);
  // An application that only a loose router uses stands on its own; so does one that uses itself, by detours.
  for (const app of network.routers) if (app.app && !ways.has(app)) spread(app, next, ways, true);
  for (const root of roots.filter((router) => !router.app)) spread(root, next, ways, false);
  return ways;
}

/** Two pieces of a path as the framework joins them; a slash at the end means nothing. */
export function joinPaths(framework: Framework, prefix: string, path: string): string {
  const joined = addPath(framework, prefix, path);
  return joined.length > 1 ? joined.replace(/\/$/, "") : joined;
}

// --- internal ---

/** A router can be reached in so many ways before the rest is left out. */
const MOST_WAYS = 50;

// Koa writes pieces one after the other; the others set a slash between.
function addPath(framework: Framework, prefix: string, path: string): string {
  return `/${prefix}${framework === "koa" ? "" : "/"}${path}`.replaceAll(/\/{2,}/g, "/");
}

function spread(root: RouterNode, next: Map<RouterNode, Edge[]>, ways: Map<RouterNode, Ways>, mounted: boolean): void {
  const waiting = [{ node: root, prefix: root.prefix, passed: new Set([root]) }];
  for (let step = waiting.shift(); step; step = waiting.shift()) {
    const known = ways.get(step.node) ?? { paths: new Set<string>(), mounted };
    if (known.mounted !== mounted || known.paths.size >= MOST_WAYS) continue;
    ways.set(step.node, { ...known, paths: known.paths.add(step.prefix) });
    for (const { to, path } of next.get(step.node) ?? []) {
      // Routers that mount each other go round only once.
      if (step.passed.has(to)) continue;
      const prefix = addPath(to.framework, addPath(to.framework, step.prefix, path), to.prefix);
      waiting.push({ node: to, prefix, passed: new Set([...step.passed, to]) });
    }
  }
}
