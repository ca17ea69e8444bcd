import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createBuckets } from "../src/index.ts";
import { startUpstream, type Upstream } from "./kit/upstream.ts";
import { routesText, withProxy, type TestProxy } from "./kit/with-proxy.ts";

let monolith: Upstream;
let stock: Upstream;

beforeAll(async () => {
  monolith = await startUpstream("monolith");
  stock = await startUpstream("stock");
});
afterAll(() => Promise.all([monolith.close(), stock.close()]));

describe("a canary", () => {
  test("gives each customer the side of her bucket, every time", () =>
    withCanary(30, async (proxy) => {
      const bucketOf = await createBuckets();
      for (let customer = 0; customer < 60; customer += 1) {
        const cookie = `theme=dark; sid=customer-${customer}; x=y`;
        const expected = bucketOf("items", `customer-${customer}`) < 3_000 ? "stock" : "monolith";

        expect((await ask(proxy, { cookie })).servedBy).toBe(expected);
        expect((await ask(proxy, { cookie })).servedBy).toBe(expected);
      }
    }));

  test("names a customer without a cookie itself, and keeps her side from the first answer on", () =>
    withCanary(50, async (proxy) => {
      const sides = new Set<string>();
      for (let customer = 0; customer < 24; customer += 1) {
        const first = await ask(proxy, {});
        const cookie = first.setCookie[0] ?? "";
        sides.add(first.servedBy);

        expect(cookie).toMatch(/^strangler-customer=[\w-]{22}; Path=\/; Max-Age=31536000; HttpOnly; SameSite=Lax$/);
        const [pair = ""] = cookie.split(";", 1);
        const again = await ask(proxy, { cookie: `a=1; ${pair}; b=2` });
        expect(again).toEqual({ servedBy: first.servedBy, setCookie: [] });
      }
      expect([...sides].sort()).toEqual(["monolith", "stock"]);
    }));

  test("does not show its cookie to the upstreams", () =>
    withCanary(0, async (proxy) => {
      await ask(proxy, { cookie: "a=1; strangler-customer=AAAAAAAAAAAAAAAAAAAAAA; b=2" });
      expect(monolith.requests.at(-1)?.headers.cookie).toBe("a=1; b=2");

      await ask(proxy, { cookie: "strangler-customer=AAAAAAAAAAAAAAAAAAAAAA" });
      expect(monolith.requests.at(-1)?.headers).not.toHaveProperty("cookie");
    }));

  test("takes no cookie of its name that it did not make", () =>
    withCanary(50, async (proxy) => {
      const { setCookie } = await ask(proxy, { cookie: "strangler-customer=me" });

      expect(setCookie).toHaveLength(1);
    }));

  test("marks its cookie Secure where the customer came by https", () =>
    withCanary(
      50,
      async (proxy) => {
        const { setCookie } = await ask(proxy, { "x-forwarded-proto": "https" });

        expect(setCookie[0]).toMatch(/; Secure$/);
      },
      ["127.0.0.1"],
    ));

  test("sets no cookie on routes without a canary", () =>
    withProxy({ routes: routesText(monolith.url, stock.url, "stage: service") }, async (proxy) => {
      expect((await ask(proxy, {})).setCookie).toEqual([]);
    }));

  test("is overridden by a tester's header, which the upstream does not see", () =>
    withCanary(0, async (proxy) => {
      expect((await ask(proxy, { "x-strangler-route": "always" })).servedBy).toBe("stock");
      expect(stock.requests.at(-1)?.headers).not.toHaveProperty("x-strangler-route");
      expect((await ask(proxy, { "x-strangler-route": "never" })).servedBy).toBe("monolith");
      expect((await ask(proxy, { "x-strangler-route": "perhaps" })).servedBy).toBe("monolith");
    }));
});

// --- internal ---

function withCanary(percent: number, use: (proxy: TestProxy) => Promise<void>, trusted: string[] = []): Promise<void> {
  return withProxy({ routes: routesText(monolith.url, stock.url, `stage: canary\npercent: ${percent}`), trusted }, use);
}

async function ask(proxy: TestProxy, headers: Record<string, string>) {
  const answer = await fetch(`${proxy.url}/items/1`, { headers });
  await answer.text();
  return { servedBy: answer.headers.get("x-served-by") ?? "", setCookie: answer.headers.getSetCookie() };
}
