import { z } from "zod";
import type { Route } from "../facts.ts";
import { byText, sortedBy } from "../order.ts";
import { parseYamlFile } from "../yaml-file.ts";
import { insertAtEnd } from "./insert-yaml.ts";
import { routePattern } from "./route-pattern.ts";

/** What `plan/routes.yaml` becomes, and what a person has to look at. */
export type RoutesDraft = { text: string; notes: string[] };

const NEW_FILE = `# yaml-language-server: $schema=./schema/routes.schema.json
services:
  monolith: { url: "http://127.0.0.1:8100" }

sticky: { cookie: sid }

routes: []
`;

/** The first port that a proposed service may listen on; the monolith's own comes before it. */
const FIRST_PORT = 8101;

/**
 * Proposes a route for every path that a context answers, all at stage `monolith`: nothing moves by it. Reads and
 * writes of one path are routes of their own, because reads move long before writes do.
 */
export function draftRoutes(
  file: string,
  before: string | null,
  context: string,
  routes: readonly Route[],
): RoutesDraft {
  const text = before ?? NEW_FILE;
  const plan = readPlan(file, text);
  const proposed = groupRoutes(context, routes).filter(({ id, match }) => !plan.has(id, match));
  const notes = proposed.flatMap(({ id, note }) => (note === null ? [] : [`${id}: ${note}`]));
  if (proposed.length === 0) return { text, notes };

  const service = `${context}: { url: "http://127.0.0.1:${plan.freePort}" }`;
  const withService = plan.services.has(context) ? text : insertAtEnd(file, text, "services", [service]);
  return {
    text: insertAtEnd(
      file,
      withService,
      "routes",
      proposed.flatMap((route) => ["", ...renderRoute(context, route)]),
    ),
    notes,
  };
}

// --- internal ---

type ProposedRoute = { id: string; match: { methods: string[] | null; path: string }; note: string | null };

const READS = new Set(["GET", "HEAD"]);

function groupRoutes(context: string, routes: readonly Route[]): ProposedRoute[] {
  const groups = new Map<
    string,
    { path: string; methods: Set<string>; reads: boolean; exact: boolean; from: Set<string> }
  >();
  for (const route of routes) {
    const { path, exact } = routePattern(route.path);
    const reads = READS.has(route.method);
    const key = `${path}\0${reads}`;
    const group = groups.get(key) ?? { path, methods: new Set(), reads, exact: true, from: new Set() };
    for (const method of reads ? READS : [route.method]) group.methods.add(method);
    group.exact &&= exact;
    group.from.add(route.path);
    groups.set(key, group);
  }
  const taken = new Set<string>();
  return sortedBy(
    [...groups.values()],
    (x) => x.path,
    (x) => Number(!x.reads),
  ).map(({ path, methods, reads, exact, from }) => ({
    id: freeId([context, ...wordsOf(path, context), ...(reads ? [] : ["write"])].join("-"), taken),
    match: { methods: methods.has("ALL") ? null : [...methods].sort(byText), path },
    note: exact ? null : `${path} takes more than ${[...from].sort(byText).join(", ")}`,
  }));
}

function wordsOf(path: string, context: string): string[] {
  const words = path
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "" && word !== context);
  return words.length > 0 ? words : ["root"];
}

function freeId(wanted: string, taken: Set<string>): string {
  let id = wanted;
  for (let number = 2; taken.has(id); number++) id = `${wanted}-${number}`;
  taken.add(id);
  return id;
}

function renderRoute(context: string, { id, match: { methods, path } }: ProposedRoute): string[] {
  const which = methods === null ? "" : `methods: [${methods.join(", ")}], `;
  return [
    `- id: ${id}`,
    `  match: { ${which}path: ${JSON.stringify(path)} }`,
    `  service: ${context}`,
    "  stage: monolith",
  ];
}

type Plan = { services: Set<string>; freePort: number; has(id: string, match: ProposedRoute["match"]): boolean };

function readPlan(file: string, text: string): Plan {
  const plan = record(parseYamlFile(file, text, z.unknown()));
  const services = record(plan["services"]);
  const routes = (Array.isArray(plan["routes"]) ? plan["routes"] : []).map(record);
  const ids = new Set(routes.map(({ id }) => id));
  const matches = new Set(routes.map(({ match }) => matchKey(record(match)["methods"], record(match)["path"])));
  const ports = Object.values(services).map((service) =>
    Number(/:(\d+)/.exec(String(record(service)["url"]))?.[1] ?? 0),
  );
  return {
    services: new Set(Object.keys(services)),
    freePort: Math.max(FIRST_PORT - 1, ...ports) + 1,
    has: (id, { methods, path }) => ids.has(id) || matches.has(matchKey(methods, path)),
  };
}

function matchKey(methods: unknown, path: unknown): string {
  const names: unknown[] = Array.isArray(methods) ? methods : [];
  return `${names.map(String).sort(byText).join()} ${String(path)}`;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
