import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { bucketOf, createKeyring, signOverride } from "../src/index.ts";
import { startUpstream, type Upstream } from "./kit/upstream.ts";
import { routesText, withProxy, type TestProxy, type WithProxyOptions } from "./kit/with-proxy.ts";

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
      for (let customer = 0; customer < 60; customer += 1) {
        const cookie = `theme=dark; sid=customer-${customer}; x=y`;
        const expected = bucketOf("xxh32-mod", "items", `customer-${customer}`) < 3_000 ? "stock" : "monolith";

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
      { trusted: ["127.0.0.1"] },
    ));

  test("sets no cookie on routes without a canary", () =>
    withProxy({ routes: routesText(monolith.url, stock.url, "stage: service") }, async (proxy) => {
      expect((await ask(proxy, {})).setCookie).toEqual([]);
    }));

  test("knows the name that it has given her only with its signature, where there is a secret", () =>
    withCanary(
      50,
      async (proxy) => {
        const first = await ask(proxy, {});
        const [pair = ""] = (first.setCookie[0] ?? "").split(";", 1);
        expect(pair).toMatch(/^strangler-customer=[\w-]{22}\.[\w-]{22}$/);

        expect(await ask(proxy, { cookie: pair })).toEqual({ servedBy: first.servedBy, setCookie: [] });
        for (const forged of [pair.slice(0, -23), `${pair.slice(0, -1)}_`, pair.replace(/=./, "=_")]) {
          if (forged !== pair) expect((await ask(proxy, { cookie: forged })).setCookie).toHaveLength(1);
        }
      },
      { secrets: SECRETS },
    ));

  test("looks for her name in the order that the plan says, and mints none where every request has an address", () =>
    withProxy(
      {
        routes: routesText(
          monolith.url,
          stock.url,
          `stage: canary\npercent: 30\nhash: murmur2-range\nkeys: [{ header: X-Account }, { cookie: sid }, { address: true }]`,
        ),
        trusted: ["127.0.0.1"],
      },
      async (proxy) => {
        for (let number = 0; number < 20; number += 1) {
          const named = { "x-account": `a${number}`, cookie: `sid=c${number}`, "x-forwarded-for": `10.0.0.${number}` };
          const inside = (key: string) => (bucketOf("murmur2-range", "items", key) < 3_000 ? "stock" : "monolith");

          expect(await ask(proxy, named)).toEqual({ servedBy: inside(`a${number}`), setCookie: [] });
          expect((await ask(proxy, { ...named, "x-account": "" })).servedBy).toBe(inside(`c${number}`));
          expect(await ask(proxy, { "x-forwarded-for": `6.6.6.6, 10.0.0.${number}` })).toEqual({
            servedBy: inside(`10.0.0.${number}`),
            setCookie: [],
          });
        }
      },
    ));

  test("is overridden by a tester's header where the plan takes unsigned ones, and the upstream does not see it", () =>
    withCanary(0, async (proxy) => {
      expect((await ask(proxy, { "x-strangler-route": "always" })).servedBy).toBe("stock");
      expect(stock.requests.at(-1)?.headers).not.toHaveProperty("x-strangler-route");
      expect((await ask(proxy, { "x-strangler-route": "never" })).servedBy).toBe("monolith");
      expect((await ask(proxy, { "x-strangler-route": "perhaps" })).servedBy).toBe("monolith");
    }));

  test("is overridden by signed values only, everywhere else: for their route, until they expire, with any secret that is known", () =>
    withProxy(
      {
        routes: routesText(monolith.url, stock.url, "stage: canary\npercent: 0").replace(
          /^override:.*$/m,
          "override: { header: x-strangler-route, cookie: tester }",
        ),
        secrets: SECRETS,
      },
      async (proxy) => {
        const soon = Math.floor(Date.now() / 1_000) + 60;
        const grant = { choice: "always", until: soon, route: "items" } as const;
        const [newest = "", older = ""] = SECRETS;
        const value = signOverride(grant, createKeyring([newest]));
        const served = async (headers: Record<string, string>) => (await ask(proxy, headers)).servedBy;

        expect(await served({ "x-strangler-route": value })).toBe("stock");
        expect(await served({ cookie: `a=1; tester=${value}; b=2` })).toBe("stock");
        expect(stock.requests.at(-1)?.headers.cookie).toBe("a=1; b=2");
        expect(await served({ "x-strangler-route": signOverride(grant, createKeyring([older])) })).toBe("stock");

        expect(await served({ "x-strangler-route": "always" })).toBe("monolith");
        for (const refused of [
          signOverride({ ...grant, until: soon - 120 }, createKeyring(SECRETS)),
          signOverride({ ...grant, route: "pages" }, createKeyring(SECRETS)),
          signOverride(grant, createKeyring(["a-secret-that-this-proxy-does-not-know"])),
          value.replace("always", "never"),
          value.replace(".items.", ".*."),
        ]) {
          expect(await served({ "x-strangler-route": refused })).toBe("monolith");
        }
      },
    ));

  test("says what cannot be had without a secret, and lets nobody choose", () =>
    withProxy(
      {
        routes: routesText(monolith.url, stock.url, "stage: canary\npercent: 0\nownWrites: { forMs: 5 }").replace(
          ", unsigned: true",
          "",
        ),
      },
      async (proxy) => {
        expect((await ask(proxy, { "x-strangler-route": "always" })).servedBy).toBe("monolith");
        expect(proxy.log.map(({ msg }) => msg)).toContain(
          "PROXY_SECRET is not set: no tester can choose a side, and other replicas do not know who has just written here",
        );
      },
    ));

  test("refuses what has run in a circle, and says so", () =>
    withCanary(0, async (proxy) => {
      const start = monolith.requests.length;
      await ask(proxy, {});
      const mark = String(monolith.requests[start]?.headers["cdn-loop"]);
      await ask(proxy, { "cdn-loop": "another" });
      expect(monolith.requests.at(-1)?.headers["cdn-loop"]).toBe(`another, ${mark}`);

      const answer = await fetch(`${proxy.url}/items/1`, { headers: { "cdn-loop": `another, ${mark}, third` } });

      expect(answer.status).toBe(508);
      expect(await answer.json()).toMatchObject({ title: "Loop Detected" });
    }));
});

// --- internal ---

const SECRETS = ["the-secret-that-signs-from-today-on", "the-secret-that-signed-until-yesterday"];

function withCanary(
  percent: number,
  use: (proxy: TestProxy) => Promise<void>,
  options: Partial<WithProxyOptions> = {},
): Promise<void> {
  const routes = routesText(monolith.url, stock.url, `stage: canary\npercent: ${percent}`);
  return withProxy({ routes, ...options }, use);
}

async function ask(proxy: TestProxy, headers: Record<string, string>) {
  const answer = await fetch(`${proxy.url}/items/1`, { headers });
  await answer.text();
  return { servedBy: answer.headers.get("x-served-by") ?? "", setCookie: answer.headers.getSetCookie() };
}
