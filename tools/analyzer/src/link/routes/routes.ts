import type { Problem, Route } from "../../facts.ts";
import { sortedBy } from "../../order.ts";
import type { Layout } from "../../resolve/layout.ts";
import type { Symbols } from "../symbols.ts";
import { fileRoutes } from "./file-routes.ts";
import { handlerOf } from "./handlers.ts";
import { nestRoutes } from "./nest.ts";
import { findWays, joinPaths, type FoundRoute, type Network } from "./network.ts";
import { createPlay } from "./play.ts";
import { HOLE } from "./texts.ts";
import { playAll } from "./trials.ts";

/**
 * Full paths of all routes. A router may be mounted several times, in other files, under several prefixes, and inside
 * routers that are mounted themselves; every way from an application to a route gives one line.
 */
export function linkRoutes(symbols: Symbols, layout: Layout): { routes: Route[]; problems: Problem[] } {
  const play = createPlay(symbols);
  playAll(play);
  const found = [
    ...withoutLooseCopies(routerRoutes(symbols, play.network)),
    ...nestRoutes(play),
    ...fileRoutes(symbols, layout),
  ];
  const routes = sortedBy(
    withoutRepeats(found),
    (x) => x.path,
    (x) => x.method,
    (x) => x.file,
    (x) => x.line,
  );
  return { routes, problems: play.endedIn === null ? [] : [unfinished(play.endedIn, play.most)] };
}

// --- internal ---

function unfinished(file: string, most: number): Problem {
  const reason = `setting up the routes takes more than ${most} steps here; what would come after them is left out`;
  return { file, line: null, reason };
}

function routerRoutes(symbols: Symbols, network: Network): Route[] {
  const ways = findWays(network);
  return network.routes.flatMap((route) => {
    const { framework, prefix } = route.on;
    const way = ways.get(route.on);
    if (!way?.mounted && saysNothing(route)) return [];
    return [...(way?.paths ?? [prefix])].map((before): Route => ({
      file: route.file,
      line: route.line,
      method: route.method,
      path: joinPaths(framework, before, route.path),
      handler: handlerOf(symbols, route),
      mounted: way?.mounted ?? false,
      framework,
    }));
  });
}

// A helper that was run for a trial, with no router and no path: nothing is known of what it would be called with.
function saysNothing({ trial, path }: FoundRoute): boolean {
  return trial !== null && path === HOLE;
}

// A router that is made and mounted somewhere, and made once more for a trial, counts as mounted.
function withoutLooseCopies(routes: readonly Route[]): Route[] {
  const mounted = new Set(routes.filter((route) => route.mounted).map(site));
  return routes.filter((route) => route.mounted || !mounted.has(site(route)));
}

// Code that is played twice gives the same routes twice.
function withoutRepeats(routes: readonly Route[]): Route[] {
  return [...new Map(routes.map((route) => [`${site(route)}\0${route.path}`, route])).values()];
}

function site({ file, line, method, handler }: Route): string {
  return [file, line, method, handler.file, handler.line].join("\0");
}
