import { describe, expect, test } from "@jest/globals";
import { HOSTILE_PATHS, UTF8_PATH } from "../../src/export/hostile-paths.ts";
import {
  canonicalPathExpression,
  decodedPathExpression,
  hasDelimiter,
  sentPathExpression,
} from "../../src/export/path-expression.ts";
import { queryExpression } from "../../src/export/condition-expression.ts";
import { listByPrecedence } from "../../src/export/precedence.ts";
import { canonicalPath } from "../../src/guard/canonical-path.ts";
import { meets } from "../../src/routes/conditions.ts";
import { parseRoutes } from "../../src/routes/parse.ts";
import type { Route } from "../../src/routes/route.ts";
import { findRoute } from "../../src/routes/table.ts";
import { createRandom } from "./samples.ts";

const random = createRandom(14);

function oneOf<Value>(values: readonly Value[]): Value {
  return values[Math.floor(random() * values.length)] as Value;
}

function some<Value>(most: number, values: readonly Value[]): Value[] {
  return Array.from({ length: Math.floor(random() * (most + 1)) }, () => oneOf(values));
}

const PIECES = [
  "/",
  "/",
  "a",
  "b",
  ".",
  "..",
  "%2e",
  "%2E",
  "%2f",
  "%5C",
  "\\",
  ";",
  "%3b",
  "%3B",
  "%25",
  "%32",
  "%65",
  "2e",
  "5c",
  "00",
];
const OCTETS = [
  "%00",
  "%1f",
  "%7F",
  "%c2",
  "%85",
  "%A0",
  "%e0",
  "%ed",
  "%F0",
  "%f4",
  "%90",
  "%bf",
  "%C3",
  "%BC",
  "%",
  "#",
  "~",
  "%7e",
];

describe("expressions for other engines", () => {
  test("refuse exactly the paths that the guard refuses", () => {
    const wrong: string[] = [];
    let refused = 0;
    for (let round = 0; round < 50_000; round += 1) {
      const path = `/${some(7, [...PIECES, ...OCTETS]).join("")}`;
      const expected = "refused" in canonicalPath(path);
      const found =
        HOSTILE_PATHS.some(({ expression }) => new RegExp(expression).test(path)) ||
        !new RegExp(`^${UTF8_PATH}$`).test(path);
      refused += Number(expected);
      if (found !== expected) wrong.push(path);
    }

    expect(wrong.slice(0, 10)).toEqual([]);
    expect(refused).toBeGreaterThan(10_000);
    expect(refused).toBeLessThan(48_000);
  });

  test("find the route that the tree finds, as the first of a list", () => {
    for (let round = 0; round < 200; round += 1) {
      const { routes, table } = parseRoutes("routes.yaml", randomRoutes());
      const list = listByPrecedence(table);
      expect(list).toHaveLength(routes.length);
      for (let request = 0; request < 50; request += 1) {
        const path = canonicalOf(
          `/${some(4, ["a", "b", "c", "%3B", ";", "%C3%BC", "x y".replace(" ", "%20")]).join("/")}`,
        );
        const method = oneOf(["GET", "POST"]);
        const headers: Record<string, string> = random() < 0.5 ? { "x-a": oneOf(["1", "2"]) } : {};

        const expected = findRoute(table, method, path, headers, "")?.id;

        const fits = (route: Route) =>
          (route.methods?.has(method) ?? true) && meets(route.conditions ?? [], headers, "");
        const byCanonical = list.find((route) => fits(route) && matches(canonicalPathExpression(route.pattern), path));
        const byDecoded = list.find(
          (route) =>
            fits(route) &&
            matches(decodedPathExpression(route.pattern), decodeURIComponent(path)) &&
            (!hasDelimiter(route.pattern) || matches(sentPathExpression(route.pattern), respelled(path))),
        );
        expect([byCanonical?.id, byDecoded?.id]).toEqual([expected, expected]);
      }
    }
  });

  test("compare query parameters as the decoded first of their name", () => {
    const names = ["a", "a b", "ä", "&="];
    for (let round = 0; round < 20_000; round += 1) {
      const query = some(3, [
        "a=1",
        "a=2",
        "%61=1",
        "a",
        "a=",
        "a+b=1",
        "a%20b=1",
        "%C3%A4=x+y",
        "%26%3D=1",
        "=1",
        "b=a=1",
        "",
        "a==1",
        "a=5%",
        "a=%35%25",
      ]).join("&");
      const name = oneOf(names);
      const value = oneOf([undefined, "", "1", "x y", "=1", "5%"]);

      const expected = meets([{ where: "query", name, value }], {}, `?${query}`);

      expect([query, name, value, new RegExp(queryExpression(name, value)).test(query)]).toEqual([
        query,
        name,
        value,
        expected,
      ]);
    }
  });
});

function matches(expression: string, text: string): boolean {
  return new RegExp(`^${expression}$`).test(text);
}

function canonicalOf(path: string): string {
  const canonical = canonicalPath(path);
  return "path" in canonical ? canonical.path : "/";
}

/** The same path with an unreserved character encoded. */
function respelled(path: string): string {
  return random() < 0.5
    ? path.replace(/\/([a-c])/, (_, letter: string) => `/%${letter.charCodeAt(0).toString(16)}`)
    : path;
}

// Routes that contest each other are left out, as `parseRoutes` would refuse the file.
function randomRoutes(): string {
  const shapes = new Set<string>();
  const entries = Array.from({ length: 12 }, (_, index) => {
    const path = `/${some(3, ["a", "b", ":x", "%3B", ";", "%C3%BC"]).join("/")}${oneOf(["", "", "/*"])}`.replaceAll(
      "//",
      "/",
    );
    const methods = oneOf(["", "methods: [GET], ", "methods: [POST], "]);
    const conditions = oneOf(["", "", 'headers: { x-a: "1" }, ', "headers: { x-a: true }, "]);
    const key = `${path.replaceAll(":x", ":")} ${methods === "" ? "" : "m"}${conditions === "" ? "" : "c"}`;
    const lonely = methods === "" && conditions === "" ? key : path.replaceAll(":x", ":");
    if (shapes.has(lonely) || shapes.has(key)) return "";
    shapes.add(key).add(lonely);
    return `  - { id: r${index}, match: { ${methods}${conditions}path: "${path}" }, service: stock, stage: service }`;
  });
  const lines = entries.filter((entry) => entry !== "");
  return ["services:", '  monolith: { url: "http://m" }', '  stock: { url: "http://s" }', "routes:", ...lines].join(
    "\n",
  );
}
