import { describe, expect, test } from "@jest/globals";
import { ELEMENTS } from "../../src/export/elements.ts";
import { EXPORT_ENGINES, type ExportEngine } from "../../src/export/engines.ts";
import { exportRoutes, type RoutesExport } from "../../src/export/export-routes.ts";
import { elementOf, findLosses } from "../../src/export/losses.ts";
import { routesJsonSchema } from "../../src/routes/json-schema.ts";
import { parseRoutes } from "../../src/routes/parse.ts";
import { EVERYTHING } from "./everything.ts";
import { schemaFields } from "./schema-fields.ts";

function exported(engine: ExportEngine, text: string): RoutesExport {
  return exportRoutes(engine, parseRoutes("routes.yaml", text));
}

/** The files without the line that names the version, which is another for every change. */
function textOf({ files }: RoutesExport): string {
  return files.map(({ name, text }) => `${name}\n${text.replaceAll(/routes.version.*/g, "")}`).join("\n");
}

// A field that an engine expresses must show in what is written for it: what is changed, and into what.
const CHANGES: Readonly<Record<string, readonly [string, string]>> = {
  "services.*.url": ["http://127.0.0.1:8100", "http://127.0.0.1:8199"],
  "services.*.instances": ["http://10.0.0.2:80", "http://10.0.0.9:80"],
  "services.*.health.path": ["path: /healthz", "path: /other"],
  "services.*.health.everySeconds": ["everySeconds: 7", "everySeconds: 8"],
  "services.*.health.withinSeconds": ["withinSeconds: 2", "withinSeconds: 3"],
  "services.*.health.healthyAfter": ["healthyAfter: 4", "healthyAfter: 5"],
  "services.*.health.unhealthyAfter": ["unhealthyAfter: 6", "unhealthyAfter: 7"],
  "services.*.ejection.failures": ["failures: 9", "failures: 10"],
  "services.*.ejection.seconds": ["seconds: 11,", "seconds: 12,"],
  "services.*.ejection.atMostSeconds": ["atMostSeconds: 99", "atMostSeconds: 98"],
  "services.*.ejection.atMostPercent": ["atMostPercent: 40", "atMostPercent: 41"],
  "services.*.host": ["host: upstream", "host: preserve"],
  "forwarded.port": ["port: true", "port: false"],
  "sticky.keys.[].cookie": ["- cookie: sid", "- cookie: other"],
  "sticky.cookie": [
    "keys:\n    - cookie: sid\n    - header: x-user\n    - claim: sub\n    - address: true",
    "cookie: sid",
  ],
  "sticky.keys.[].address": ["    - address: true\n", ""],
  "sticky.hash": ["  hash: murmur2-range\n", ""],
  "routes.[].id": ["id: browse", "id: look"],
  "routes.[].match.path": ["path: /browse/:id", "path: /look/:id"],
  "routes.[].match.methods": ["methods: [GET, HEAD]", "methods: [GET]"],
  "routes.[].match.headers": ['x-beta: "1"', 'x-beta: "2"'],
  "routes.[].match.query": ["preview: yes", "preview: no"],
  "routes.[].service": ["service: press\n    stage: service", "service: stock\n    stage: service"],
  "routes.[].stage": ["service: press\n    stage: service", "service: press\n    stage: monolith"],
  "routes.[].percent": ["percent: 12.5", "percent: 12.51"],
  "routes.[].hash": ["hash: xxh32-mod", "hash: murmur2-range"],
  "routes.[].keys.[].cookie": ["[{ cookie: member }", "[{ cookie: other }"],
  "routes.[].keys.[].address": [", { address: true }]", "]"],
  "routes.[].shadow.sample": ["sample: 25", "sample: 26"],
  "routes.[].shadow.methods": ["methods: [GET, POST]", "methods: [HEAD, POST]"],
  "routes.[].shadow.credentials": ["credentials: drop", "credentials: pass"],
};

const fields = schemaFields(routesJsonSchema());

describe("no field of the routes file is lost in silence", () => {
  test("the example has every field that the schema knows", () => {
    const used = schemaFieldsUsedIn(EVERYTHING);

    expect(fields.filter((field) => !used.has(field))).toEqual([]);
  });

  test("one element gives an account of each", () => {
    expect(fields.filter((field) => elementOf(field) === undefined)).toEqual([]);
  });

  test.each(EXPORT_ENGINES)("%s: each is reported, or shows in what is written", (engine) => {
    const documents = EVERYTHING.map((text) => ({ text, whole: exported(engine, text) }));
    const losses = new Set(documents.flatMap(({ whole }) => whole.report.map(({ element }) => element)));

    const silent = fields.filter((field) => {
      const element = elementOf(field);
      const isReported = element !== undefined && losses.has(element.name);
      // What an engine is said to express must show; what it is not must be reported.
      return element?.on[engine].how === "expressed" ? isReported || !shows(engine, field, documents) : !isReported;
    });

    expect(silent).toEqual([]);
  });

  test("a field that nobody has thought of is reported by its name", () => {
    const { document } = parseRoutes("routes.yaml", EVERYTHING[0] ?? "");
    const [route, ...others] = document.routes;
    const grown = { ...document, routes: [{ ...route, teleport: { to: "mars" } }, ...others] } as typeof document;

    const losses = findLosses("nginx", grown).filter(({ element }) => element.includes("teleport"));

    expect(losses).toMatchObject([{ route: route?.id, element: "routes.[].teleport.to", severity: "lost" }]);
  });
});

describe("the report of an export", () => {
  test("names the route, the element, the engine, how bad it is, why, and what to do", () => {
    const { report } = exported("haproxy", EVERYTHING[0] ?? "");

    expect(report.find(({ element }) => element === "stage: shadow")).toEqual({
      route: "watched",
      element: "stage: shadow",
      engine: "haproxy",
      severity: "lost",
      why: "HAProxy has no mirror of its own: the service is not asked.",
      whatToDo: expect.stringContaining("SPOE"),
    });
  });

  test("says that no token is verified", () => {
    for (const engine of EXPORT_ENGINES) {
      const { report } = exported(engine, EVERYTHING[0] ?? "");
      expect(report).toContainEqual(
        expect.objectContaining({ route: "browse", element: "auth and jwt", severity: "lost" }),
      );
    }
  });

  test("every element has a name of its own", () => {
    const names = ELEMENTS.map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
  });
});

/** Whether another value of the field makes another configuration, in every example that has it. */
function shows(engine: ExportEngine, field: string, documents: { text: string; whole: RoutesExport }[]): boolean {
  const [before, after] = CHANGES[field] ?? CHANGES[nearestAbove(field)] ?? ["no change is known", ""];
  const changed = documents.filter(({ text }) => text.includes(before));
  return (
    changed.length > 0 &&
    changed.every(({ text, whole }) => textOf(exported(engine, text.replace(before, after))) !== textOf(whole))
  );
}

function nearestAbove(field: string): string {
  const above = Object.keys(CHANGES).filter((known) => field.startsWith(`${known}.`));
  return above.sort((a, b) => b.length - a.length)[0] ?? "";
}

/** The fields of the schema that the example has, in the schema's own spelling. */
function schemaFieldsUsedIn(texts: readonly string[]): Set<string> {
  const used = new Set<string>();
  for (const text of texts) collect(parseRoutes("routes.yaml", text).document, "", used);
  return used;
}

function collect(value: unknown, at: string, used: Set<string>): void {
  used.add(at);
  if (typeof value !== "object" || value === null) return;
  for (const [name, entry] of Object.entries(value)) {
    const step = Array.isArray(value) ? "[]" : name;
    const prefix = at === "" ? "" : `${at}.`;
    collect(entry, `${prefix}${step}`, used);
    collect(entry, `${prefix}*`, used);
  }
}
