import type { Route } from "../../facts.ts";
import { sortedBy } from "../../order.ts";
import type { Layout } from "../../resolve/layout.ts";
import type { Symbols } from "../symbols.ts";
import { fileRoutes } from "./file-routes.ts";
import { handlerOf } from "./handlers.ts";
import { nestRoutes } from "./nest.ts";
import { findWays, joinPaths, type Network } from "./network.ts";
import { createPlay } from "./play.ts";
import { playAll } from "./trials.ts";

/**
 * Full paths of all routes. A router may be mounted several times, in other files, under several prefixes, and inside
 * routers that are mounted themselves; every way from an application to a route gives one line.
 */
export function linkRoutes(symbols: Symbols, layout: Layout): Route[] {
  const play = createPlay(symbols);
  playAll(play);
  const found = [...routerRoutes(symbols, play.network), ...nestRoutes(play), ...fileRoutes(symbols, layout)];
  return sortedBy(
    withoutRepeats(found),
    (x) => x.path,
    (x) => x.method,
    (x) => x.file,
    (x) => x.line,
  );
}

// --- internal ---

function routerRoutes(symbols: Symbols, network: Network): Route[] {
  const ways = findWays(network);
  return network.routes.flatMap((route) => {
    const { framework, prefix } = route.on;
    const way = ways.get(route.on);
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

// Code that is played twice gives the same routes twice; one that is mounted somewhere needs no loose copy.
function withoutRepeats(routes: readonly Route[]): Route[] {
  const mounted = new Set(routes.filter((route) => route.mounted).map(site));
  const byKey = new Map<string, Route>();
  for (const route of routes) {
    if (route.mounted || !mounted.has(site(route))) byKey.set(`${site(route)} ${route.path}`, route);
  }
  return [...byKey.values()];
}

function site({ file, line, method, handler }: Route): string {
  return [file, line, method, handler.file, handler.line].join("\0");
}
