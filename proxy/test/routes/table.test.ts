import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, test } from "@jest/globals";
import { PlanFileError } from "@strangler/platform";
import fc from "fast-check";
import { parseRoutes } from "../../src/routes/parse.ts";
import { covers } from "../../src/routes/pattern.ts";
import { findRoute } from "../../src/routes/table.ts";

describe("the most specific route wins, wherever it stands in the file", () => {
  const paths = ["/*", "/a/*", "/a/:x", "/a/b", "/a/:x/c", "/a/b/:y", "/a/b/*", "/", "/a/"];

  test.each([
    ["/", "/"],
    ["/a", "/a/*"],
    ["/a/", "/a/"],
    ["/a/b", "/a/b"],
    ["/a/z", "/a/:x"],
    ["/a/z/", "/a/*"],
    ["/a/z/c", "/a/:x/c"],
    ["/a/z/d", "/a/*"],
    ["/a/b/c", "/a/b/:y"],
    ["/a/b/", "/a/b/*"],
    ["/a/b/c/d", "/a/b/*"],
    ["/ab", "/*"],
    ["/A/b", "/*"],
    ["/z/z/z", "/*"],
  ])("%s goes to %s", (path, expected) => {
    expect(find(paths, "GET", path)).toBe(expected);
    expect(find([...paths].reverse(), "GET", path)).toBe(expected);
  });

  test("nothing matches where no route stands", () => {
    expect(find(["/a", "/b/:x", "/c/*"], "GET", "/b")).toBeUndefined();
    expect(find(["/a", "/b/:x", "/c/*"], "GET", "/b/")).toBeUndefined();
    expect(find(["/a", "/b/:x", "/c/*"], "GET", "/a/")).toBeUndefined();
    expect(find(["/a", "/b/:x", "/c/*"], "GET", "/cc")).toBeUndefined();
  });

  test("a route whose method does not fit is passed over for the next specific one", () => {
    const table = parse(["[GET] /a/:x", "[POST] /a/*", "/*"]);

    expect(findRoute(table, "GET", "/a/1")?.path).toBe("/a/:x");
    expect(findRoute(table, "POST", "/a/1")?.path).toBe("/a/*");
    expect(findRoute(table, "PUT", "/a/1")?.path).toBe("/*");
  });

  test("of two routes for the same path the one that names the method wins", () => {
    for (const lines of [
      ["/a", "[GET] /a"],
      ["[GET] /a", "/a"],
    ]) {
      const table = parse(lines);

      expect(findRoute(table, "GET", "/a")?.methods).toEqual(new Set(["GET"]));
      expect(findRoute(table, "POST", "/a")?.methods).toBeUndefined();
    }
  });

  test("of two routes for the same path the one with more conditions wins, then the one with exact values", () => {
    const lines = [
      `/a`,
      `/a headers: { X-Beta: true }`,
      `/a headers: { x-beta: "2" }`,
      `/a headers: { x-beta: true }, query: { preview: "1" }`,
      `/a query: { page: "a b", preview: "2" }`,
      `/* headers: { x-beta: true }`,
    ];
    const cases: [IncomingHttpHeaders, string, string | undefined][] = [
      [{}, "", "r0"],
      [{ "x-beta": "" }, "", "r1"],
      [{ "x-beta": "1" }, "?preview=2", "r1"],
      [{ "x-beta": "2" }, "", "r2"],
      [{ "x-beta": "3" }, "?preview=1", "r3"],
      [{}, "?preview=2&page=a+b", "r4"],
      [{}, "?preview=2&page=a%20b&page=c", "r4"],
      [{}, "?preview=2&page=c&page=a%20b", "r0"],
      [{ constructor: undefined as never }, "?Preview=2&page=a%20b", "r0"],
    ];

    for (const order of [lines, [...lines].reverse()]) {
      const table = parse(order);
      for (const [headers, query, expected] of cases) {
        const found = findRoute(table, "GET", "/a", headers, query)?.id ?? "";
        expect(order === lines ? found : `r${lines.length - 1 - Number(found.slice(1))}`).toBe(expected);
      }
      expect(findRoute(table, "GET", "/b", {}, "")).toBeUndefined();
      expect(findRoute(table, "GET", "/b", { "x-beta": "x" }, "")?.path).toBe("/*");
    }
  });

  test("a route that asks for a header is passed over by whoever only knows method and path", () => {
    expect(findRoute(parse([`/a headers: { x-beta: true }`]), "GET", "/a")).toBeUndefined();
    expect(findRoute(parse([`/a headers: { constructor: true }`]), "GET", "/a")).toBeUndefined();
  });

  test("whatever the routes and the request, their order in the file does not matter, and the winner covers the path", () => {
    const segment = fc.constantFrom("a", "b", ":x", ":y");
    const pattern = fc
      .tuple(fc.array(segment, { maxLength: 3 }), fc.boolean())
      .map(([segments, below]) => `/${segments.join("/")}${below ? `${segments.length > 0 ? "/" : ""}*` : ""}`);
    const condition = fc.constantFrom("", ` headers: { x-a: true }`, ` headers: { x-a: "1" }`, ` query: { q: true }`);
    const line = fc
      .tuple(fc.constantFrom("", "[GET] ", "[GET, POST] "), pattern, condition)
      .map((parts) => parts.join(""));
    const request = fc.record({
      method: fc.constantFrom("GET", "POST", "PUT"),
      path: fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 4 }).map((segments) => `/${segments.join("/")}`),
      headers: fc.constantFrom({}, { "x-a": "1" }, { "x-a": "2" }),
      query: fc.constantFrom("", "?q", "?q=1&r"),
    });
    let parsed = 0;
    fc.assert(
      fc.property(fc.uniqueArray(line, { maxLength: 6 }), request, (lines, { method, path, headers, query }) => {
        const table = tryParse(lines);
        const reversed = tryParse([...lines].reverse());
        expect(table === undefined).toBe(reversed === undefined);
        if (table === undefined || reversed === undefined) return;
        parsed += 1;
        const found = findRoute(table, method, path, headers, query);
        const again = findRoute(reversed, method, path, headers, query);

        expect(found?.path).toBe(again?.path);
        expect(found?.conditions).toEqual(again?.conditions);
        if (found !== undefined) expect(covers(found.pattern, path)).toBe(true);
        const alone = lines.map((each) => findRoute(parse([each]), method, path, headers, query));
        expect(found === undefined).toBe(alone.every((each) => each === undefined));
      }),
      { numRuns: 600 },
    );
    expect(parsed).toBeGreaterThan(100);
  });

  test("GET does not imply HEAD: a route says what it takes", () => {
    expect(findRoute(parse(["[GET] /a"]), "HEAD", "/a")).toBeUndefined();
  });
});

// --- internal ---

function find(paths: readonly string[], method: string, path: string): string | undefined {
  return findRoute(parse(paths), method, path)?.path;
}

/** undefined where two of the routes contest a request. */
function tryParse(lines: readonly string[]) {
  try {
    return parse(lines);
  } catch (error) {
    if (error instanceof PlanFileError) return undefined;
    throw error;
  }
}

function parse(lines: readonly string[]) {
  const routes = lines.map((line, index) => {
    const [, methods, path = "", conditions] = /^(?:(\[.*\]) )?(\S*)(?: (.*))?$/.exec(line) ?? [];
    const parts = [methods && `methods: ${methods}`, `path: "${path}"`, conditions];
    const match = `{ ${parts.filter((part) => part !== undefined).join(", ")} }`;
    return `  - { id: r${index}, match: ${match}, service: stock, stage: service }`;
  });
  const services = "services: { monolith: { url: http://127.0.0.1:1 }, stock: { url: http://127.0.0.1:2 } }";
  return parseRoutes("routes.yaml", `${services}\nroutes:\n${routes.join("\n")}\n`).table;
}
