import { describe, expect, test } from "@jest/globals";
import { PlanFileError } from "@strangler/platform";
import { parseRoutes } from "../../src/routes/parse.ts";
import type { Listener } from "../../src/routes/loops.ts";

// Each case: what is wrong, the file with the wrong part, and what the person who wrote it reads.
// <1> is replaced by a route that is in order.
const CASES: readonly [string, string, string][] = [
  ["an empty file", "", `routes.yaml:1:1: the document: Invalid input: expected object, received null.`],
  ["a list", "- a\n", `routes.yaml:1:1: the document: Invalid input: expected object, received array.`],
  ["a tab", "services:\n\tmonolith: 1\n", `routes.yaml:2:1: not valid YAML: Tabs are not allowed as indentation.`],
  [
    "a bracket left open",
    "services: { monolith: { url: http://a\nroutes: []\n",
    `routes.yaml:2:1: not valid YAML: Flow map in block collection must be sufficiently indented`,
  ],
  ["a key twice", "services: {}\nservices: {}\n", `routes.yaml:2:1: not valid YAML: Map keys must be unique.`],
  ["no services", "routes: []\n", `routes.yaml:1:1: services: Invalid input: expected record, received undefined.`],
  ["no routes", `services: { monolith: { url: "http://a:1" } }\n`, `routes: Invalid input: expected array`],
  [
    "an unknown key",
    file(`rotes: []\n`),
    `routes.yaml:4:1: "rotes" is not known in the document. Did you mean "routes"?`,
  ],
  [
    "an unknown key in a route",
    file(route("stagee: x")),
    `routes.yaml:9:5: "stagee" is not known in routes.0. Did you mean "stage"?`,
  ],
  ["no monolith", file("", { services: ["stock"] }), `routes.yaml:1:1: "services" does not name the monolith;`],
  [
    "an address without scheme",
    file("", { url: "127.0.0.1:80" }),
    `services.monolith.url: an address is http://host:port`,
  ],
  [
    "an address with a path",
    file("", { url: "http://a:1/x" }),
    `services.monolith.url: an address is http://host:port`,
  ],
  ["an address with a password", file("", { url: "http://u:p@a:1" }), `services.monolith.url: an address is http`],
  [
    "an address of another kind",
    file("", { url: "ftp://a:1" }),
    `services.monolith.url: an address is http://host:port`,
  ],
  [
    "a service in capitals",
    file("", { services: ["monolith", "Stock"] }),
    `consists of small letters, digits and hyphens`,
  ],
  ["a cookie with a blank", file("sticky: { cookie: a b }\n"), `routes.yaml:4:11: sticky.cookie: not a cookie's name.`],
  [
    "a header with a colon",
    file(`override: { header: "a:" }\n`),
    `routes.yaml:4:13: override.header: not a header's name.`,
  ],
  [
    "an override that is nowhere",
    file("override: { unsigned: true }\n"),
    `routes.yaml:4:1: override: name the header, the cookie, or both.`,
  ],
  [
    "a key that is none",
    file("sticky: { keys: [{ session: sid }] }\n"),
    `sticky.keys.0: a key is one of cookie: NAME, claim: NAME, header: NAME, address: true.`,
  ],
  [
    "a key that nobody verifies",
    file(route("keys: [{ claim: sub }]")),
    `route "items" knows customers by a claim only, but verifies no token. Add "auth", or another key behind the claim.`,
  ],
  [
    "a key that is never looked at",
    file(route("keys: [{ address: true }, { cookie: sid }]")),
    `routes.0.keys: every request has an address, so no key behind it is ever looked at: put it last.`,
  ],
  ["two ways to name a customer", file("sticky: { cookie: a, keys: [{ cookie: b }] }\n"), `write one of them.`],
  ["an unknown hash", file(route("hash: md5")), `routes.0.hash: a hash is one of xxh32-mod, murmur2-range.`],
  [
    "own writes without an end",
    file(route("ownWrites: {}")),
    `routes.0.ownWrites: say until which stream has applied the write (stream), or for how long (forMs).`,
  ],
  [
    "own writes of an unknown stream",
    file(`streams: { stock: { url: "http://a:1" } }\n${routes(route("ownWrites: { stream: stok }"))}`),
    `routes.yaml:10:5: route "items" waits for the stream "stok", which "streams" does not list. Did you mean "stock"?`,
  ],
  [
    "own writes on a route that only writes",
    file(route("ownWrites: { forMs: 5 }", { match: "match: { methods: [POST], path: /a }" })),
    `route "items" has ownWrites but takes no reads`,
  ],
  ["no id", file(route("", { id: "" })), `routes.0.id: Invalid input: expected string, received undefined.`],
  ["an id with blanks", file(route("", { id: "id: my route" })), `a route's id consists of small letters`],
  ["no match", file(route("", { match: "" })), `routes.0.match: Invalid input: expected object, received undefined.`],
  ["an unknown stage", file(route("", { stage: "stage: cannary" })), `"cannary" is no stage: did you mean "canary".`],
  [
    "another unknown stage",
    file(route("", { stage: "stage: 7" })),
    `7 is no stage: it is one of monolith, shadow, canary`,
  ],
  [
    "an unknown method",
    file(route("", { match: "match: { methods: [GE], path: /a }" })),
    `"GE" is no method: did you mean "GET".`,
  ],
  ["no methods at all", file(route("", { match: "match: { methods: [], path: /a }" })), `at least one method`],
  [
    "an unknown service",
    file(route("", { service: "service: stok" })),
    `routes.yaml:7:5: route "items" names the service "stok", which "services" does not list. Did you mean "stock"?`,
  ],
  [
    "a service far from any",
    file(route("", { service: "service: zebra" })),
    `names the service "zebra", which "services" does not list. Known are: stock.`,
  ],
  [
    "the monolith as a service",
    file(route("", { service: "service: monolith" })),
    `routes.yaml:7:5: route "items" moves to the monolith, where it already is. Name the service it moves to;`,
  ],
  [
    "an id twice",
    file(`${route("")}${route("", { match: "match: { path: /b }" })}`),
    `routes.yaml:9:5: the id "items" is taken by the route in line 5.`,
  ],
  [
    "the same thing twice",
    file(`${route("")}${route("", { id: "id: other" })}`),
    `routes.yaml:10:5: routes "items" and "other" both match every method /a.`,
  ],
  [
    "the same thing under other names",
    file(
      route("", { match: "match: { methods: [GET, HEAD], path: /a/:id }" }) +
        route("", { id: "id: other", match: "match: { methods: [POST, HEAD], path: /a/:slug }" }),
    ),
    `routes "items" and "other" both match HEAD /a/:slug. Take the method out of one of them`,
  ],
  [
    "the same conditions twice",
    file(
      route("", { match: `match: { path: /a, headers: { X-A: "1", x-b: true } }` }) +
        route("", { id: "id: other", match: `match: { path: /a, headers: { x-a: "1" }, query: { q: true } }` }),
    ),
    `routes.yaml:10:5: routes "items" and "other" both match every method /a, and neither says more about the request. Let the one`,
  ],
  [
    "a route that names methods against one that has conditions",
    file(
      route("", { match: "match: { path: /a, headers: { x-a: true } }" }) +
        route("", { id: "id: other", match: "match: { methods: [GET], path: /a }" }),
    ),
    `routes "items" and "other" both match GET /a, and neither says more about the request.`,
  ],
  [
    "a header that ends at the proxy",
    file(route("", { match: "match: { path: /a, headers: { Connection: true } }" })),
    `no route can depend on this header`,
  ],
  [
    "a condition that is neither a text nor true",
    file(route("", { match: "match: { path: /a, query: { page: 2 } }" })),
    `a condition is the exact value in quotes, or true: it only has to be there.`,
  ],
  [
    "canary without percent",
    file(route("", { stage: "stage: canary" })),
    `routes.yaml:8:5: route "items" is in stage canary without a percent. Add "percent: 10"`,
  ],
  [
    "percent without canary",
    file(route("percent: 10")),
    `routes.yaml:9:5: route "items" has a percent, but its stage is monolith. Set "stage: canary"`,
  ],
  ["percent above 100", file(route("percent: 101", { stage: "stage: canary" })), `routes.0.percent: Too big`],
  ["percent below 0", file(route("percent: -1", { stage: "stage: canary" })), `routes.0.percent: Too small`],
  ["percent too fine", file(route("percent: 0.005", { stage: "stage: canary" })), `multiple of 0.01`],
  ["percent as a word", file(route("percent: ten", { stage: "stage: canary" })), `routes.0.percent: Invalid input`],
  ["a path without slash", path("a/b"), `the path "a/b" must begin with a slash. Write "/a/b".`],
  ["a star in the middle", path("/a/*/b"), `in "/a/*/b" a * may only stand alone, as the last segment.`],
  ["a star in a word", path("/a*"), `in "/a*" a * may only stand alone, as the last segment.`],
  ["a nameless parameter", path("/a/:"), `":" is not a parameter's name.`],
  ["a path with dots", path("/a/../b"), `the path "/a/../b" can never match: the path contains a dot segment.`],
  ["a path with a query", path("/a?b=1"), `can never match: the path contains a # or a ?.`],
  ["a path with two slashes", path("/a//b"), `can never match: the path has an empty segment.`],
  ["a path not in canonical form", path("/caf%c3%a9"), `it is not in canonical form. Write "/caf%C3%A9".`],
  ["a path in plain letters that must be encoded", path("/café"), `it is not in canonical form. Write "/caf%C3%A9".`],
];

describe("a wrong routes file says where, why, and what was probably meant", () => {
  test.each(CASES)("%s", (_what, text, expected) => {
    expect(complaint(text)).toContain(expected);
  });

  test("routes whose conditions cannot both be met, or of which one says more, are in order", () => {
    const matches = [
      `{ path: /a }`,
      `{ path: /a, headers: { x-a: "1" } }`,
      `{ path: /a, headers: { x-a: "2" } }`,
      `{ path: /a, headers: { x-a: true } }`,
      `{ methods: [GET], path: /a, headers: { x-a: "1" } }`,
      `{ methods: [POST], path: /a, headers: { x-a: "1" } }`,
    ];
    const routes = matches.map((match, index) => route("", { id: `id: r${index}`, match: `match: ${match}` }));

    expect(parseRoutes("routes.yaml", file(routes.join(""))).routes).toHaveLength(matches.length);
  });

  test.each([
    ["http://127.0.0.1:8080", "127.0.0.1"],
    ["http://localhost:8080", "127.0.0.1"],
    ["http://0.0.0.0:8080", "127.0.0.1"],
    ["http://127.0.0.9:8080", "0.0.0.0"],
    ["http://[::1]:8080", "::"],
    ["http://[::1]:8080", "::1"],
    ["http://Proxy.Example:8080", "proxy.example"],
  ])("an upstream at %s is the proxy itself, listening at %s", (url, host) => {
    const listeners = [
      { host: "10.0.0.9", port: 9 },
      { host, port: 8080 },
    ];

    expect(complaint(file("", { url }), {}, listeners)).toContain(
      `routes.yaml:2:3: the service "monolith" is said to listen at ${url}, where this proxy listens: it would ask itself.`,
    );
    expect(() => parseRoutes("routes.yaml", file("", { url }), {}, [{ host, port: 8081 }])).not.toThrow();
  });

  test("an address from the environment can be the proxy itself, too", () => {
    const listeners = [{ host: "127.0.0.1", port: 8080 }];

    expect(complaint(file(""), { stock: "http://127.0.0.1:8080" }, listeners)).toContain(`the service "stock"`);
    expect(() => parseRoutes("routes.yaml", file(""), { stock: "http://127.0.0.2:8080" }, listeners)).not.toThrow();
  });

  test("every problem is named, not only the first", () => {
    const text = file(`${route("", { service: "service: stok" })}${route("percent: 3")}`);

    const lines = complaint(text).split("\n");

    expect(lines.map((line) => /:(\d+):/.exec(line)?.[1])).toEqual(["7", "9", "10", "13"]);
  });
});

// --- internal ---

function complaint(text: string, ...rest: [overrides?: Record<string, string>, listeners?: Listener[]]): string {
  try {
    parseRoutes("routes.yaml", text, ...rest);
  } catch (error) {
    if (error instanceof PlanFileError) return error.message;
    throw error;
  }
  throw new Error("the file was accepted");
}

type FileParts = { services?: string[]; url?: string };

function file(rest: string, { services = ["monolith", "stock"], url = "http://127.0.0.1:1" }: FileParts = {}): string {
  const list = services.map((name) => `  ${name}: { url: "${url}" }`);
  const body = rest.includes("routes:")
    ? rest
    : rest.includes("  - ")
      ? `routes:\n${rest}`
      : rest === ""
        ? "routes: []\n"
        : `${rest}routes: []\n`;
  return `services:\n${list.join("\n")}\n${body}`;
}

function routes(list: string): string {
  return `routes:\n${list}`;
}

type RouteParts = { id?: string; match?: string; service?: string; stage?: string };

function route(
  last: string,
  {
    id = "id: items",
    match = "match: { path: /a }",
    service = "service: stock",
    stage = "stage: monolith",
  }: RouteParts = {},
): string {
  const lines = [id, match, service, stage, last].filter((line) => line !== "");
  return `${lines.map((line, index) => `  ${index === 0 ? "- " : "  "}${line}`).join("\n")}\n`;
}

function path(text: string): string {
  return file(route("", { match: `match: { path: "${text}" }` }));
}
