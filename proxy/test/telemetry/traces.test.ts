import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { readConfig } from "../../src/config.ts";
import type { TracingConfig } from "../../src/telemetry/tracing-config.ts";
import { findClosedPort, startUpstream, type Upstream } from "../kit/upstream.ts";
import { routesText, withProxy, type TestProxy } from "../kit/with-proxy.ts";
import { startCollector, type SentSpan } from "./collector.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const CALLER = "b7ad6b7169203331";
const ENGINES = ["wire", "undici", "http-proxy-middleware"] as const;

let monolith: Upstream;
let stock: Upstream;

beforeAll(async () => {
  monolith = await startUpstream("monolith", (request, response) => {
    response.writeHead(request.url?.includes("bad") === true ? 503 : 200).end("monolith");
  });
  stock = await startUpstream("stock");
});
afterAll(() => Promise.all([monolith.close(), stock.close()]));

describe.each(ENGINES)("a request through %s", (engine) => {
  test("is told to the collector with its decision, and goes on with the caller's trace", () =>
    withTraces({ stage: "stage: service", engine }, async (proxy, spans) => {
      await get(`${proxy.url}/items/7?secret=1`, { traceparent: `00-${TRACE}-${CALLER}-01`, "x-request-id": "r-1" });

      const [server, client] = await waitFor("both spans", () => pairOf(spans()));
      expect(server).toMatchObject({
        traceId: TRACE,
        parentSpanId: CALLER,
        name: "GET /items/*",
        attributes: {
          "http.request.method": "GET",
          "http.response.status_code": 200,
          "http.route": "/items/*",
          "url.path": "/items/7",
          "strangler.route": "items",
          "strangler.stage": "service",
          "strangler.side": "service",
          "strangler.because": "stage",
          "strangler.upstream": "stock",
          "strangler.request_id": "r-1",
        },
      });
      expect(client).toMatchObject({
        traceId: TRACE,
        parentSpanId: server.spanId,
        attributes: { "server.address": "127.0.0.1", "server.port": stock.port, "http.response.status_code": 200 },
      });
      // The upstream's own spans hang below the attempt.
      expect(stock.requests.at(-1)?.headers["traceparent"]).toBe(`00-${TRACE}-${client.spanId}-01`);
      expect(JSON.stringify(spans())).not.toContain("secret");
    }));
});

describe("traces", () => {
  test("leave alone what the caller has decided not to sample, and say so to the upstream", () =>
    withTraces({ stage: "stage: service" }, async (proxy, spans) => {
      await get(`${proxy.url}/items/1`, { traceparent: `00-${TRACE}-${CALLER}-00` });
      await get(`${proxy.url}/items/2`, { traceparent: `00-${TRACE}-${CALLER}-01` });
      await waitFor("the sampled one", () => pairOf(spans()));

      const [first, second] = stock.requests.slice(-2).map(({ headers }) => headers["traceparent"]);
      expect(spans().map(({ attributes }) => attributes["url.path"])).not.toContain("/items/1");
      expect(first).toMatch(new RegExp(`^00-${TRACE}-(?!${CALLER})[0-9a-f]{16}-00$`));
      expect(second).toMatch(/-01$/);
    }));

  test("begin with the request where the caller has none, or none that is valid", () =>
    withTraces({ stage: "stage: service" }, async (proxy, spans) => {
      await get(`${proxy.url}/items/1`, { traceparent: `00-${"0".repeat(32)}-${CALLER}-01` });

      const [server] = await waitFor("both spans", () => pairOf(spans()));
      expect(server.parentSpanId ?? "").toBe("");
      expect(server.traceId).not.toMatch(/^0+$/);
    }));

  test("show an attempt that failed beside the one that answered", async () => {
    const closed = `http://127.0.0.1:${await findClosedPort()}`;
    await withTraces({ stage: "stage: service", service: closed }, async (proxy, spans) => {
      expect((await get(`${proxy.url}/items/1`)).status).toBe(200);

      const all = await waitFor("three spans", () => (spans().length === 3 ? spans() : undefined));
      const server = all.find(({ kind }) => kind === 2);
      const attempts = all.filter(({ kind }) => kind === 3);
      expect(server?.attributes).toMatchObject({ "http.response.status_code": 200, "strangler.rescued": true });
      expect(attempts.map(({ attributes, status }) => [attributes["strangler.upstream"], status.code])).toEqual([
        ["stock", 2],
        ["monolith", 0],
      ]);
    });
  });

  test("link what the candidate was asked to the request it repeats", () =>
    withTraces({ stage: "stage: shadow" }, async (proxy, spans) => {
      await get(`${proxy.url}/items/1`, { traceparent: `00-${TRACE}-${CALLER}-01` });

      const shadow = await waitFor("the shadow's span", () => spans().find(({ name }) => name === "shadow GET"));
      const control = spans().find(({ kind, name }) => kind === 3 && name === "GET");
      expect(shadow.traceId).not.toBe(TRACE);
      expect(shadow.links).toMatchObject([{ traceId: TRACE, spanId: control?.spanId }]);
      expect(shadow.attributes).toMatchObject({ "strangler.shadow": true, "server.port": stock.port });
      const asked = stock.requests.map(({ headers }) => headers["traceparent"]);
      expect(asked).toContain(`00-${shadow.traceId}-${shadow.spanId}-01`);
    }));

  test("tell an answer of 500 and more as an error of both sides", () =>
    withTraces({ stage: "stage: monolith" }, async (proxy, spans) => {
      await get(`${proxy.url}/items/bad`);

      const [server, client] = await waitFor("both spans", () => pairOf(spans()));
      expect([server.status.code, client.status.code]).toEqual([2, 2]);
      expect(server.attributes["error.type"]).toBe("503");
    }));

  test("cost requests nothing while the collector is away, and the log a line", async () => {
    const tracing = config({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await findClosedPort()}` });
    await withProxy({ routes: routesText(monolith.url, stock.url), tracing }, async (proxy) => {
      for (let request = 0; request < 20; request += 1) expect((await get(`${proxy.url}/items/1`)).status).toBe(200);

      const complaints = () => proxy.log.filter(({ msg }) => String(msg).includes("traces are not reaching"));
      await waitFor("the complaint", () => complaints().length > 0, { limitMs: 15_000 });
      expect(complaints()).toHaveLength(1);
    });
  }, 30_000);
});

describe("the configuration of traces", () => {
  test("is nothing without an endpoint", () => {
    expect(readConfig({}).tracing).toBeUndefined();
  });

  test("adds the path to the general endpoint, and takes the one for traces as it is", () => {
    expect(config({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/" })?.url).toBe(
      "http://collector:4318/v1/traces",
    );
    expect(
      config({
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318",
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://traces.example/in",
        OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
        OTEL_TRACES_SAMPLER_ARG: "0.1",
        OTEL_SERVICE_NAME: "edge",
      }),
    ).toEqual({ url: "https://traces.example/in", sampler: "parentbased_traceidratio", ratio: 0.1, service: "edge" });
  });

  test("names what is wrong in it", () => {
    expect(() => config({ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" })).toThrow("OTEL_EXPORTER_OTLP_ENDPOINT");
    expect(() => config({ OTEL_TRACES_SAMPLER: "sometimes" })).toThrow("OTEL_TRACES_SAMPLER");
  });
});

// --- internal ---

type TraceOptions = { stage: string; service?: string; engine?: (typeof ENGINES)[number] };

async function withTraces(
  { stage, service = stock.url, engine = "wire" }: TraceOptions,
  use: (proxy: TestProxy, spans: () => SentSpan[]) => Promise<void>,
): Promise<void> {
  const collector = await startCollector();
  const tracing = config({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.url });
  try {
    const routes = routesText(monolith.url, service, stage);
    await withProxy({ routes, engine, tracing }, (proxy) => use(proxy, () => collector.spans));
    expect(new Set(collector.services)).toEqual(new Set(["strangler-proxy"]));
  } finally {
    await collector.close();
  }
}

function config(variables: Record<string, string>): TracingConfig | undefined {
  return readConfig(variables).tracing;
}

async function get(url: string, headers: Record<string, string> = {}): Promise<Response> {
  const answer = await fetch(url, { headers });
  await answer.arrayBuffer();
  return answer;
}

function pairOf(spans: readonly SentSpan[]): [SentSpan, SentSpan] | undefined {
  const server = spans.find(({ kind }) => kind === 2);
  const client = spans.find(({ kind }) => kind === 3);
  return server && client && [server, client];
}
