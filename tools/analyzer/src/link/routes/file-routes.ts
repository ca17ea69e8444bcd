import type { Route } from "../../facts.ts";
import type { Layout } from "../../resolve/layout.ts";
import type { SourceFacts } from "../../source-facts.ts";
import type { Symbols } from "../symbols.ts";

/** Routes whose path is the place of their file, where a dependency says that a framework reads it so. */
export function fileRoutes(symbols: Symbols, layout: Layout): Route[] {
  const used = usedPackages(symbols, layout);
  const rules = RULES.filter(({ packages }) => packages.some((name) => used.has(name)));
  if (rules.length === 0) return [];
  return [...symbols.files.values()].flatMap((facts) => {
    for (const rule of rules) {
      const match = rule.file.exec(facts.path);
      if (match) return routesOf(symbols, facts, rule, match);
    }
    return [];
  });
}

// --- internal ---

type Rule = {
  packages: readonly string[];
  /** What comes before the first group is the place of the application, the first group the path of the route. */
  file: RegExp;
  /** What stands before the path. */
  prefix: string;
  /** Exports named like methods, each one route; or one default export for `method`, named by the second group. */
  methods: "exports" | "name";
};

const CODE = String.raw`\.[mc]?[jt]sx?$`;

const RULES: readonly Rule[] = [
  { packages: ["next"], file: new RegExp(`(?:^|/)pages/api/(.*?)${CODE}`), prefix: "/api/", methods: "name" },
  { packages: ["next"], file: new RegExp(`(?:^|/)app/((?:.*/)?)route${CODE}`), prefix: "/", methods: "exports" },
  {
    packages: ["@medusajs/medusa", "@medusajs/framework"],
    file: new RegExp(`(?:^|/)api/((?:.*/)?)route${CODE}`),
    prefix: "/",
    methods: "exports",
  },
  {
    packages: ["@sveltejs/kit"],
    file: new RegExp(`(?:^|/)routes/((?:.*/)?)\\+server${CODE}`),
    prefix: "/",
    methods: "exports",
  },
  {
    packages: ["nuxt", "nitropack"],
    file: new RegExp(`(?:^|/)server/(api/.*?)(?:\\.(get|post|put|patch|delete))?${CODE}`),
    prefix: "/",
    methods: "name",
  },
  {
    packages: ["nuxt", "nitropack"],
    file: new RegExp(`(?:^|/)server/routes/(.*?)(?:\\.(get|post|put|patch|delete))?${CODE}`),
    prefix: "/",
    methods: "name",
  },
];

const METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]);

function usedPackages(symbols: Symbols, layout: Layout): Set<string> {
  const declared = layout.packages.flatMap(({ name, dependencies }) => [
    ...dependencies,
    ...(name === null ? [] : [name]),
  ]);
  const imported = [...symbols.resolutions.values()].flatMap((list) =>
    list.flatMap((resolution) => (resolution.kind === "package" ? [resolution.name] : [])),
  );
  return new Set([...declared, ...imported]);
}

function routesOf(symbols: Symbols, facts: SourceFacts, rule: Rule, match: RegExpExecArray): Route[] {
  const path = pathOf(rule.prefix, match[1] ?? "");
  if (path === null) return [];
  const names = facts.exports.map(({ name }) => name);
  if (rule.methods === "exports") {
    const methods = [...new Set(names)].filter((name) => METHODS.has(name));
    return methods.map((name) => routeOf(symbols, facts, name, name, path));
  }
  const method = match[2]?.toUpperCase() ?? "ALL";
  return names.includes("default") ? [routeOf(symbols, facts, method, "default", path)] : [];
}

function routeOf(symbols: Symbols, facts: SourceFacts, method: string, name: string, path: string): Route {
  const origin = symbols.originOfExport(facts.path, name) ?? { file: facts.path, name };
  const wanted = origin.name === "*" ? "default" : origin.name;
  const known = symbols.files.get(origin.file)?.functions.find((fact) => fact.name === wanted);
  const line = known?.line ?? 1;
  const here = origin.file === facts.path ? line : 1;
  const handler = { file: origin.file, line, name: known?.name ?? name };
  return { file: facts.path, line: here, method, path, handler, mounted: true, framework: "files" };
}

/** `(group)` is no part of the path, `[id]` is a parameter, `[...rest]` takes what follows, `_folder` is private. */
function pathOf(prefix: string, place: string): string | null {
  const segments = place.split("/").filter((segment) => segment !== "" && segment !== "index");
  if (segments.some((segment) => segment.startsWith("_"))) return null;
  const kept = segments.filter((segment) => !/^(?:\(.*\)|@.*)$/.test(segment)).map(parameter);
  const path = `${prefix}${kept.join("/")}`;
  return path.length > 1 ? path.replace(/\/$/, "") : path;
}

function parameter(segment: string): string {
  return segment
    .replace(/^\[\[\.\.\.(\w+)\]\]$/, "*$1?")
    .replace(/^\[\.\.\.(\w+)\]$/, "*$1")
    .replaceAll(/\[{1,2}(\w+)(?:=\w+)?\]{1,2}/g, ":$1");
}
