import { describe, expect, test } from "@jest/globals";
import { HTTPRoute, type IHTTPRoute } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute";
import { parseAllDocuments } from "yaml";
import { exportRoutes } from "../../src/export/export-routes.ts";
import { parseRoutes } from "../../src/routes/parse.ts";
import { EVERYTHING } from "./everything.ts";
import { sampleRoutes } from "./samples.ts";

function httpRoutes(text: string): IHTTPRoute[] {
  const { files } = exportRoutes("gateway-api", parseRoutes("routes.yaml", text));
  return parseAllDocuments(files[0]?.text ?? "").map((document) => document.toJS() as IHTTPRoute);
}

const upstreams = ["http://127.0.0.1:8100", "http://127.0.0.1:8101", "http://127.0.0.1:8102"];

function ruleAt(routes: readonly IHTTPRoute[], path: string) {
  const rules = routes.flatMap(({ spec }) => spec.rules ?? []);
  return rules.filter(({ matches }) => matches?.some((match) => match.path?.value === path));
}

describe("the routes for the Gateway API", () => {
  test.each([...EVERYTHING, sampleRoutes(upstreams, "xxh32-mod")])("are what its schema asks for", (text) => {
    for (const route of httpRoutes(text)) expect(() => new HTTPRoute(route).validate()).not.toThrow();
  });

  test("a broken object is found by that schema", () => {
    const [route] = httpRoutes(EVERYTHING[1] ?? "");
    const broken = { ...route, spec: { ...route?.spec, rules: [{ matches: [{ method: "BREW" }] }] } };

    expect(() => new HTTPRoute(broken as unknown as IHTTPRoute).validate()).toThrow();
  });

  test("keep within sixteen rules an object, and end with the monolith", () => {
    const routes = httpRoutes(sampleRoutes(upstreams, "xxh32-mod"));

    expect(routes.length).toBeGreaterThan(1);
    expect(Math.max(...routes.map(({ spec }) => spec.rules?.length ?? 0))).toBeLessThanOrEqual(16);
    expect(routes.at(-1)?.spec.rules?.at(-1)).toMatchObject({
      matches: [{ path: { type: "PathPrefix", value: "/" } }],
      backendRefs: [{ name: "monolith", port: 8100 }],
    });
  });

  test("give a canary's share as weights, and mirror reads only", () => {
    const routes = httpRoutes(sampleRoutes(upstreams, "xxh32-mod"));

    expect(ruleAt(routes, "/items")[0]?.backendRefs).toMatchObject([
      { name: "stock", weight: 3_750 },
      { name: "monolith", weight: 6_250 },
    ]);
    const [reads, others] = ruleAt(routes, "/watched");
    expect(reads?.matches?.map(({ method }) => method)).toEqual(["GET", "HEAD"]);
    expect(reads?.filters).toContainEqual({
      type: "RequestMirror",
      requestMirror: { backendRef: { name: "stock", port: 8101 } },
    });
    expect(others?.filters?.some(({ type }) => type === "RequestMirror")).toBe(false);
  });
});
