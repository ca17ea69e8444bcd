import type { Route } from "../facts.ts";
import { sortedBy } from "../order.ts";
import type { RouterRef, SourceFacts, Text } from "../source-facts.ts";
import type { Origin, Symbols } from "./symbols.ts";
import { fillConstants } from "./text-values.ts";

/**
 * Full paths of all routes. A router may be mounted several times, in other files, under several prefixes, and inside
 * routers that are mounted themselves; every way from an application to a route gives one line.
 */
export function linkRoutes(symbols: Symbols): Route[] {
  const network = createNetwork(symbols);
  const prefixes = spreadPrefixes(network);
  const routes = [...symbols.files.values()].flatMap((facts) =>
    facts.routing.routes.flatMap((route) => {
      const node = network.find(facts, route.on);
      if (node === null) return [];
      const mounts = prefixes.get(node);
      const path = pathText(symbols, facts.path, route.path);
      const handler = handlerOf(symbols, facts, route);
      return [...(mounts?.paths ?? [""])].map((prefix): Route => ({
        file: facts.path,
        line: route.line,
        method: route.method,
        path: joinPaths(prefix, path),
        handler,
        mounted: mounts?.mounted ?? false,
        framework: "express",
      }));
    }),
  );
  return sortedBy(
    routes,
    (x) => x.path,
    (x) => x.method,
    (x) => x.file,
    (x) => x.line,
  );
}

// --- internal ---

/** Routers as nodes `file\0key`, and how one reaches the next. */
type Network = {
  applications: string[];
  edges: Map<string, { to: string; path: string }[]>;
  find(facts: SourceFacts, ref: RouterRef): string | null;
};

function createNetwork(symbols: Symbols): Network {
  const find = (facts: SourceFacts, ref: RouterRef): string | null => findNode(symbols, facts, ref, 0);
  const edges: Network["edges"] = new Map();
  const connect = (from: string | null, to: string | null, path: string): void => {
    if (from !== null && to !== null && from !== to) edges.set(from, [...(edges.get(from) ?? []), { to, path }]);
  };
  const applications: string[] = [];
  for (const facts of symbols.files.values()) {
    const { routing, path } = facts;
    for (const router of routing.routers) if (router.app) applications.push(nodeKey(path, router.key));
    for (const mount of routing.mounts) {
      connect(find(facts, mount.on), find(facts, mount.target), pathText(symbols, path, mount.path));
    }
    for (const pass of routing.passes) connect(find(facts, pass.router), parameterNode(symbols, facts, pass), "");
  }
  return { applications, edges, find };
}

function nodeKey(file: string, key: string): string {
  return `${file}\0${key}`;
}

const MOST_NAMES = 10;

function findNode(symbols: Symbols, facts: SourceFacts, ref: RouterRef, depth: number): string | null {
  if (depth > MOST_NAMES) return null;
  switch (ref.kind) {
    case "declared":
      return nodeKey(facts.path, ref.key);
    case "parameter":
      return nodeKey(facts.path, `${ref.function}(${ref.index})`);
    case "require": {
      const target = requiredFile(symbols, facts, ref.specifier);
      return target === null ? null : nodeOfExport(symbols, target, "default", depth);
    }
    case "call": {
      const origin = symbols.originOf(facts.path, ref.name);
      return origin && nodeOfReturn(symbols, origin.file, origin.name, depth);
    }
    case "name": {
      const origin = symbols.originOf(facts.path, ref.name);
      return origin && nodeOfName(symbols, origin.file, origin.name, depth);
    }
  }
}

function nodeOfExport(symbols: Symbols, file: string, name: string, depth: number): string | null {
  const origin = symbols.originOfExport(file, name);
  return origin && nodeOfName(symbols, origin.file, origin.name, depth);
}

function nodeOfName(symbols: Symbols, file: string, name: string, depth: number): string | null {
  const facts = symbols.files.get(file);
  if (!facts) return null;
  if (facts.routing.routers.some((router) => router.key === name)) return nodeKey(file, name);
  // `module.exports = router` makes the module itself the router; a default export may be an expression.
  if (name === "*" || name === "default") {
    const whole = facts.exports.find((fact) => fact.name === "default");
    if (whole?.local && whole.local !== name) return nodeOfName(symbols, file, whole.local, depth);
    return nodeOfReturn(symbols, file, "default", depth);
  }
  return null;
}

function nodeOfReturn(symbols: Symbols, file: string, name: string, depth: number): string | null {
  const facts = symbols.files.get(file);
  const returned = facts?.routing.returns[name === "*" ? "default" : name];
  return facts && returned ? findNode(symbols, facts, returned, depth + 1) : null;
}

function requiredFile(symbols: Symbols, facts: SourceFacts, specifier: string): string | null {
  const index = facts.imports.findIndex((statement) => statement.specifier === specifier);
  const resolution = symbols.resolutions.get(facts.path)?.[index];
  return resolution?.kind === "file" ? resolution.path : null;
}

function parameterNode(
  symbols: Symbols,
  facts: SourceFacts,
  pass: SourceFacts["routing"]["passes"][number],
): string | null {
  const required = pass.callee.startsWith("require:") ? pass.callee.slice("require:".length) : null;
  const file = required === null ? null : requiredFile(symbols, facts, required);
  const origin =
    required === null ? symbols.originOf(facts.path, pass.callee) : file === null ? null : { file, name: "default" };
  if (!origin) return null;
  return nodeKey(origin.file, `${origin.name === "*" ? "default" : origin.name}(${pass.index})`);
}

/** A router can be reached in so many ways before the rest is left out. */
const MOST_PREFIXES = 50;

type Prefixes = Map<string, { paths: Set<string>; mounted: boolean }>;

/**
 * From every application along all mounts; then from the routers that nothing mounts, so that what hangs below them
 * has at least the path that the code shows.
 */
function spreadPrefixes(network: Network): Prefixes {
  const prefixes: Prefixes = new Map();
  for (const node of network.applications) spreadFrom(network, node, prefixes, true);
  const targets = new Set([...network.edges.values()].flatMap((edges) => edges.map((edge) => edge.to)));
  for (const node of network.edges.keys()) {
    if (!prefixes.has(node) && !targets.has(node)) spreadFrom(network, node, prefixes, false);
  }
  return prefixes;
}

function spreadFrom(network: Network, root: string, prefixes: Prefixes, mounted: boolean): void {
  const waiting = [{ node: root, prefix: "", way: new Set([root]) }];
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const known = prefixes.get(next.node) ?? { paths: new Set<string>(), mounted };
    if (known.mounted !== mounted || known.paths.size >= MOST_PREFIXES) continue;
    prefixes.set(next.node, { ...known, paths: known.paths.add(next.prefix) });
    for (const { to, path } of network.edges.get(next.node) ?? []) {
      // Routers that mount each other go round only once.
      if (next.way.has(to)) continue;
      waiting.push({ node: to, prefix: joinPaths(next.prefix, path), way: new Set([...next.way, to]) });
    }
  }
}

function pathText(symbols: Symbols, file: string, path: Text): string {
  const parts = fillConstants(symbols, file, path);
  return parts.map((part) => (typeof part === "string" ? part : "?")).join("");
}

function joinPaths(prefix: string, path: string): string {
  const joined = `${prefix}/${path}`.replaceAll(/\/{2,}/g, "/");
  return joined.length > 1 ? joined.replace(/\/$/, "") : joined;
}

function handlerOf(
  symbols: Symbols,
  facts: SourceFacts,
  route: SourceFacts["routing"]["routes"][number],
): Route["handler"] {
  const here = { file: facts.path, line: route.line };
  const name = route.handlers.at(-1) ?? "";
  if (name === "") return { ...here, name: null };
  const origin = originOfHandler(symbols, facts, name);
  const line = origin && functionLine(symbols, origin);
  if (!origin || !symbols.files.has(origin.file)) return { ...here, name };
  if (line === null && origin.file === facts.path) return { ...here, name };
  return { file: origin.file, line: line ?? 1, name: origin.name };
}

function originOfHandler(symbols: Symbols, facts: SourceFacts, name: string): Origin | null {
  const required = /^require:(.*)#(.*)$/.exec(name);
  if (!required) return symbols.findFunction(facts.path, name) ?? symbols.originOf(facts.path, name);
  const [, specifier = "", member = ""] = required;
  const file = requiredFile(symbols, facts, specifier);
  return file === null ? null : (symbols.originOfExport(file, member) ?? { file, name: member });
}

function functionLine(symbols: Symbols, { file, name }: Origin): number | null {
  const functions = symbols.files.get(file)?.functions ?? [];
  const wanted = name === "*" ? "default" : name;
  return functions.find((fact) => fact.name === wanted)?.line ?? null;
}
