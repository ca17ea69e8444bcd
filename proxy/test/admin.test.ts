import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import type { RouteReport } from "../src/index.ts";
import { sendRaw } from "./kit/raw.ts";
import { startUpstream, type Upstream } from "./kit/upstream.ts";
import { routesText, withProxy, type TestProxy, type WithProxyOptions } from "./kit/with-proxy.ts";

const TOKEN = "a-token-for-tests-only";

let monolith: Upstream;
let stock: Upstream;

beforeAll(async () => {
  monolith = await startUpstream("monolith", (request, response) => {
    response.writeHead(request.url?.startsWith("/items/bad") ? 500 : 200).end("monolith");
  });
  stock = await startUpstream("stock");
});
afterAll(() => Promise.all([monolith.close(), stock.close()]));

describe("the admin listener", () => {
  test("says that the proxy lives and is ready", () =>
    withShop(async ({ adminUrl }) => {
      expect((await fetch(`${adminUrl}/livez`)).status).toBe(200);
      expect((await fetch(`${adminUrl}/readyz`)).status).toBe(200);
    }));

  test("shows the routes in force with what was counted on each side", () =>
    withShop(async (proxy) => {
      await proxy.writeRoutes(routesText(monolith.url, stock.url, "stage: canary\npercent: 12.5\nreached: service"));
      await waitFor("the new routes", async () => (await report(proxy)).routes[0]?.stage === "canary");
      for (const path of ["/items/1", "/items/bad", "/elsewhere"]) {
        await (await fetch(proxy.url + path, { headers: { "x-strangler-route": "never" } })).text();
      }
      await (await fetch(`${proxy.url}/items/1`, { headers: { "x-strangler-route": "always" } })).text();

      const seen = await waitFor("the last request", async () => {
        const now = await report(proxy);
        return now.routes[0]?.candidate.requests === 1 ? now : undefined;
      });
      expect(seen).toMatchObject({
        version: expect.stringMatching(/^[0-9a-f]{12}$/) as unknown,
        upstreams: [
          { name: "monolith", url: monolith.url },
          { name: "stock", url: stock.url },
        ],
        routes: [
          {
            id: "items",
            methods: null,
            path: "/items/*",
            service: "stock",
            stage: "canary",
            percent: 12.5,
            reached: "service",
            monolith: { requests: 2, errors: 1, failures: 0 },
            candidate: { requests: 1, errors: 0, failures: 0 },
          },
        ],
        unrouted: { requests: 1 },
        reloadError: null,
      });
    }));

  test("gives Prometheus what it counts, under names of routes and never under paths", () =>
    withShop(async (proxy) => {
      await (await fetch(`${proxy.url}/items/bad?secret`)).text();
      await sendRaw(proxy.url, "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 2_000);

      const text = await (await fetch(`${proxy.adminUrl}/metrics`)).text();

      expect(text).toContain('strangler_requests_total{route="items",side="monolith",status="5xx"} 1');
      expect(text).toContain('strangler_request_duration_seconds_bucket{route="items",side="monolith",le="+Inf"} 1');
      expect(text).toContain('strangler_request_duration_seconds_count{route="items",side="monolith"} 1');
      expect(text).toContain('strangler_refused_total{status="405"} 1');
      expect(text).toMatch(/strangler_routes_info\{version="[0-9a-f]{12}"\} 1/);
      expect(text).toMatch(/^# TYPE strangler_requests_total counter$/m);
      expect(text).toMatch(/^process_cpu_seconds_total \d/m);
      expect(text).not.toMatch(/bad|secret/);
    }));

  test("clears mismatches for whoever has the token, and for nobody else", () =>
    withShop(
      async ({ adminUrl }) => {
        const clear = (headers: Record<string, string>) =>
          fetch(`${adminUrl}/shadow/mismatches`, { method: "DELETE", headers }).then(({ status }) => status);

        expect(await clear({})).toBe(401);
        expect(await clear({ authorization: TOKEN })).toBe(401);
        expect(await clear({ authorization: `Bearer ${TOKEN}x` })).toBe(401);
        expect(await clear({ authorization: `Bearer ${TOKEN}` })).toBe(200);
      },
      { adminToken: TOKEN },
    ));

  test("started without a token it lets nobody change anything", () =>
    withShop(async ({ adminUrl }) => {
      const answer = await fetch(`${adminUrl}/shadow/mismatches`, {
        method: "DELETE",
        headers: { authorization: "Bearer undefined" },
      });

      expect(answer.status).toBe(403);
      expect(await answer.json()).toMatchObject({ detail: expect.stringContaining("without ADMIN_TOKEN") as unknown });
    }));

  test("does not answer to a name that a stranger's page has pointed at it", () =>
    withShop(async ({ adminUrl }) => {
      const ask = (host: string) =>
        sendRaw(adminUrl, `GET /routes HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, 2_000);

      expect((await ask("evil.example")).status).toBe(403);
      expect((await ask("localhost:1")).status).toBe(200);
      expect((await ask("127.0.0.1")).status).toBe(200);
      expect((await ask("[::1]:8081")).status).toBe(200);
    }));

  test("names what there is to a question it does not know", () =>
    withShop(async ({ adminUrl }) => {
      const answer = await fetch(`${adminUrl}/nothing`);

      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ detail: expect.stringContaining("GET /routes") as unknown });
    }));

  test("is not reachable through the proxy", () =>
    withShop(async (proxy) => {
      expect(await (await fetch(`${proxy.url}/metrics`)).text()).toBe("monolith");
      expect(await (await fetch(`${proxy.url}/livez`)).text()).toBe("monolith");
    }));
});

// --- internal ---

function withShop(use: (proxy: TestProxy) => Promise<void>, options: Partial<WithProxyOptions> = {}): Promise<void> {
  return withProxy({ routes: routesText(monolith.url, stock.url), ...options }, use);
}

async function report(proxy: TestProxy): Promise<RouteReport> {
  return (await (await fetch(`${proxy.adminUrl}/routes`)).json()) as RouteReport;
}
