import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { writeFamily } from "../../src/telemetry/exposition.ts";
import { FAMILIES } from "../../src/telemetry/metric-families.ts";
import { startUpstream, type Upstream } from "../kit/upstream.ts";
import { routesText, withProxy, type TestProxy } from "../kit/with-proxy.ts";
import { parseMetrics, type ParsedFamily } from "./parse-metrics.ts";

const HISTOGRAMS = ["strangler_request_duration_seconds", "strangler_routes_swap_seconds"];

let monolith: Upstream;
let stock: Upstream;

beforeAll(async () => {
  monolith = await startUpstream("monolith");
  stock = await startUpstream("stock", (request, response) => {
    response.writeHead(request.url?.includes("bad") === true ? 500 : 200).end("stock");
  });
});
afterAll(() => Promise.all([monolith.close(), stock.close()]));

describe("the metrics", () => {
  test("tell the rate, the errors and the durations of every route and side, in a text that a strict reader accepts", () =>
    withShop("stage: service", async (proxy) => {
      for (const path of ["/items/1", "/items/2", "/items/bad?secret=1", "/elsewhere"]) {
        await (await fetch(proxy.url + path)).arrayBuffer();
      }

      const metrics = await waitFor("the last request", async () => {
        const read = await readMetrics(proxy);
        return valueOf(read, "strangler_requests_total", { route: "(no route)" }) === 1 ? read : undefined;
      });
      const items = { route: "items", side: "service" };
      expect(valueOf(metrics, "strangler_requests_total", { ...items, status: "2xx" })).toBe(2);
      expect(valueOf(metrics, "strangler_requests_total", { ...items, status: "5xx" })).toBe(1);
      expect(valueOf(metrics, "strangler_upstream_faults_total", items)).toBe(1);
      expect(JSON.stringify([...metrics])).not.toMatch(/secret|bad/);

      const durations = samplesOf(metrics, "strangler_request_duration_seconds").filter(
        ({ labels }) => labels["route"] === "items" && labels["side"] === "service",
      );
      const buckets = durations.filter(({ name }) => name.endsWith("_bucket")).map(({ value }) => value);
      expect(buckets).toEqual([...buckets].sort((a, b) => a - b));
      expect(buckets.at(-1)).toBe(3);
      expect(durations.find(({ name }) => name.endsWith("_count"))?.value).toBe(3);
      expect(durations.find(({ name }) => name.endsWith("_sum"))?.value).toBeGreaterThan(0);
    }));

  test("are named and typed as Prometheus wants it: totals for counters, seconds for times", () =>
    withShop("stage: shadow", async (proxy) => {
      await (await fetch(`${proxy.url}/items/1`)).arrayBuffer();

      const metrics = await readMetrics(proxy);
      const own = [...metrics].filter(([name]) => name.startsWith("strangler_"));
      expect(own.length).toBeGreaterThan(10);
      for (const [name, { type, help, samples }] of own) {
        expect({ name, counter: type === "counter" }).toEqual({ name, counter: name.endsWith("_total") });
        expect({ name, known: ["counter", "gauge", "histogram"].includes(type) }).toEqual({ name, known: true });
        expect(help).toMatch(/^[A-Z0-9].*\.$/);
        expect(samples.every(({ value }) => value >= 0)).toBe(true);
        if (type === "histogram") expect(HISTOGRAMS).toContain(name);
      }
      expect(new Set(FAMILIES.map(({ name }) => name)).size).toBe(FAMILIES.length);
    }));

  test("say that the newest routes are not in force", () =>
    withShop("stage: shadow", async (proxy) => {
      expect(valueOf(await readMetrics(proxy), "strangler_routes_refused", {})).toBe(0);
      await proxy.writeRoutes("routes: 7\n");

      await waitFor("the refusal", async () => valueOf(await readMetrics(proxy), "strangler_routes_refused", {}) === 1);
      expect(valueOf(await readMetrics(proxy), "strangler_reloads_total", { result: "refused" })).toBe(1);
    }));

  test("write labels so that whatever stands in them is read back", () => {
    const odd = 'back\\slash, "quote", new\nline';

    const [family] = parseMetrics(writeFamily("odd_info", "gauge", "Odd.\nVery.", [[{ route: odd }, 1]])).values();

    expect(family?.samples).toEqual([{ name: "odd_info", labels: { route: odd }, value: 1 }]);
  });
});

// --- internal ---

function withShop(stage: string, use: (proxy: TestProxy) => Promise<void>): Promise<void> {
  return withProxy({ routes: routesText(monolith.url, stock.url, stage) }, use);
}

async function readMetrics({ adminUrl }: TestProxy): Promise<Map<string, ParsedFamily>> {
  return parseMetrics(await (await fetch(`${adminUrl}/metrics`)).text());
}

function samplesOf(metrics: ReadonlyMap<string, ParsedFamily>, name: string): ParsedFamily["samples"] {
  return metrics.get(name)?.samples ?? [];
}

function valueOf(
  metrics: ReadonlyMap<string, ParsedFamily>,
  name: string,
  wanted: Record<string, string>,
): number | undefined {
  return samplesOf(metrics, name).find(({ labels }) =>
    Object.entries(wanted).every(([label, value]) => labels[label] === value),
  )?.value;
}
