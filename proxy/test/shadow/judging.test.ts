import { describe, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import type { RequestListener } from "node:http";
import { gzipSync } from "node:zlib";
import { waitFor } from "@strangler/platform";
import { sendRaw } from "../kit/raw.ts";
import { answer, counted, mismatches, shadowReport, withSides } from "./sides.ts";

describe("the report", () => {
  test("tells what is wrong from what the monolith itself says differently every time", () => {
    const said = (price: number) => () => ({ price, requestId: randomUUID(), shuffled: shuffle([1, 2, 3, 4, 5]) });
    return withSides(
      answer(said(100)),
      answer(said(99)),
      async (proxy) => {
        for (let request = 0; request < 12; request += 1) await (await fetch(`${proxy.url}/items/${request}`)).text();
        await counted(proxy, 12);
        const [route] = await waitFor("the verdicts", async () => {
          const { routes } = await shadowReport(proxy);
          return routes[0]?.fields.some(({ verdict }) => verdict === "undecided") === false && routes;
        });

        expect(route?.fields.map(({ field, kind, verdict }) => `${field} ${kind}: ${verdict}`)).toEqual([
          "/price primitive: real",
          expect.stringMatching(/^\/(?:requestId primitive|shuffled ordering): noise$/),
          expect.stringMatching(/^\/(?:requestId primitive|shuffled ordering): noise$/),
        ]);
        expect(route).toMatchObject({ route: "items", service: "stock", compared: 12, askedTwice: 12 });
        const shown = route?.samples.find(({ id }) => id === route.fields[0]?.sample);
        expect(shown?.differences).toContainEqual(
          expect.objectContaining({ field: "/price", control: "100", candidate: "99" }),
        );
        // Once they are known, the noisy fields are no news.
        expect(route?.samples.at(-1)?.differences.map(({ field }) => field)).toEqual(["/price"]);
      },
      { shadow: { controls: 64 } },
    );
  });

  test("counts apart the answers in which only noise differed, and keeps no samples of them", () =>
    withSides(
      answer(() => ({ at: randomUUID() })),
      answer(() => ({ at: randomUUID() })),
      async (proxy) => {
        for (let request = 0; request < 20; request += 1) await (await fetch(`${proxy.url}/items/${request}`)).text();

        const { different, onlyNoise } = await counted(proxy, 20);
        expect(different).toBe(20);
        expect(onlyNoise).toBeGreaterThan(10);
        expect((await mismatches(proxy)).length).toBe(different - onlyNoise);
      },
    ));

  test("does not take for wrong what was only late", () => {
    let caughtUp = false;
    return withSides(
      answer({ stock: 1 }),
      answer(() => ({ stock: caughtUp ? 1 : 2 })),
      async (proxy) => {
        await (await fetch(`${proxy.url}/items/1`)).text();
        await counted(proxy, 1);
        caughtUp = true;

        const field = await waitFor("a verdict", async () => {
          const [found] = (await shadowReport(proxy)).routes[0]?.fields ?? [];
          return found !== undefined && found.verdict !== "undecided" && found;
        });
        expect(field).toMatchObject({ field: "/stock", raw: 1, verdict: "noise", changed: 1, stayed: 0 });
      },
    );
  });

  test("asks the monolith again as a shadow, and never with a method that changes something", () =>
    withSides(
      whenRead,
      whenRead,
      async (proxy, { control, candidate }) => {
        await (await fetch(`${proxy.url}/items/1`, { headers: { cookie: "sid=1", range: "bytes=0-9" } })).text();
        await (await fetch(`${proxy.url}/items/1`, { method: "POST", body: "once" })).text();
        expect(await counted(proxy, 2)).toMatchObject({ equal: 2 });

        const [asked, again, posted] = control.requests;
        expect(asked?.headers).not.toHaveProperty("x-strangler-shadow");
        expect(again).toMatchObject({ method: "GET", headers: { "x-strangler-shadow": "1", cookie: "sid=1" } });
        expect(again?.headers).not.toHaveProperty("range");
        expect(posted).toMatchObject({ method: "POST", body: "once" });
        expect(control.requests).toHaveLength(3);
        expect(candidate.requests.map(({ method, body }) => `${method} ${body}`)).toEqual(["GET ", "POST once"]);
      },
      { rule: "{ methods: [GET, POST] }" },
    ));

  test("never asks half a question, of which the monolith did not wait for the rest", () =>
    withSides(
      answer({}),
      whenRead,
      async (proxy, { candidate }) => {
        const head = "POST /items/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n";
        await sendRaw(proxy.url, `${head}half`);

        expect(await counted(proxy, 1)).toMatchObject({ droppedBecause: { "not comparable": 1 } });
        expect(candidate.requests).toHaveLength(0);
      },
      { rule: "{ methods: [POST] }" },
    ));
});

describe("a route's shadow rules", () => {
  test("choose what is compared, and how much of it", () =>
    withSides(
      answer({ a: 1, at: 1 }),
      answer({ a: 1, at: 2 }),
      async (proxy, { candidate }) => {
        for (let request = 0; request < 5; request += 1) await (await fetch(`${proxy.url}/items/1`)).text();

        expect(await counted(proxy, 0)).toMatchObject({ compared: 0, unsampled: 5 });
        expect(candidate.requests).toHaveLength(0);
      },
      { rule: "{ sample: 0 }" },
    ));

  test("ignore what they name, with the reason kept beside", () =>
    withSides(
      answer({ a: 1, at: 1 }),
      answer({ a: 1, at: 2 }),
      async (proxy) => {
        await (await fetch(`${proxy.url}/items/1`)).text();

        expect(await counted(proxy, 1)).toMatchObject({ equal: 1 });
        expect((await shadowReport(proxy)).routes[0]?.rules.ignore).toEqual([
          { path: "/at", reason: "time of the answer" },
        ]);
      },
      { rule: `{ ignore: [{ path: /at, reason: "time of the answer" }] }` },
    ));

  test("can keep the customer's credentials from the candidate", () =>
    withSides(
      answer({}),
      answer({}),
      async (proxy, { candidate }) => {
        await (await fetch(`${proxy.url}/items/1`, { headers: { cookie: "sid=1", authorization: "Bearer t" } })).text();
        await counted(proxy, 1);

        expect(candidate.requests[0]?.headers).not.toHaveProperty("cookie");
        expect(candidate.requests[0]?.headers).not.toHaveProperty("authorization");
      },
      { rule: "{ credentials: drop }" },
    ));

  test("must say why something is ignored", () =>
    withSides(answer({}), answer({}), async (proxy) => {
      const before = (await shadowReport(proxy)).routes.length;
      await proxy.writeRoutes(`services: { monolith: { url: "http://127.0.0.1:1" }, stock: { url: "http://127.0.0.1:2" } }
routes: [{ id: items, match: { path: /x }, service: stock, stage: shadow, shadow: { ignore: [{ path: /at }] } }]
`);
      const refused = await waitFor("the refusal", async () => {
        const report = (await (await fetch(`${proxy.adminUrl}/routes`)).json()) as { reloadError: unknown };
        return report.reloadError ?? undefined;
      });
      expect(JSON.stringify(refused)).toContain("reason");
      expect(before).toBe(0);
    }));
});

test("a redirect is the same whether it names the host that was asked or not", () =>
  withSides(
    (request, response) => void response.writeHead(302, { location: `http://${request.headers.host}/items/2` }).end(),
    (_request, response) => void response.writeHead(302, { location: "/items/2" }).end(),
    async (proxy) => {
      await fetch(`${proxy.url}/items/1`, { redirect: "manual" });

      expect(await counted(proxy, 1)).toMatchObject({ equal: 1 });
    },
  ));

test("what is held for all experiments together is bounded", () =>
  withSides(
    answer({ a: "x".repeat(50_000) }),
    answer({ a: "x".repeat(50_000) }),
    async (proxy, { candidate }) => {
      await Promise.all([1, 2, 3, 4].map(async (id) => (await fetch(`${proxy.url}/items/${id}`)).text()));

      const { compared, failedBecause, droppedBecause } = await counted(proxy, 4);
      expect(compared).toBe(0);
      expect((failedBecause.memory ?? 0) + (droppedBecause.memory ?? 0)).toBe(4);
      expect(candidate.requests.length).toBe(failedBecause.memory ?? 0);
    },
    { shadow: { heldBytes: 80_000 } },
  ));

test("and so is what unpacking adds to it", () => {
  const packed: RequestListener = (_request, response) => {
    response.writeHead(200, { "content-type": "text/plain", "content-encoding": "gzip" });
    response.end(gzipSync("x".repeat(50_000)));
  };
  return withSides(
    packed,
    packed,
    async (proxy) => {
      await (await fetch(`${proxy.url}/items/1`)).text();

      expect(await counted(proxy, 1)).toMatchObject({ failedBecause: { memory: 1 } });
    },
    { shadow: { heldBytes: 80_000 } },
  );
});

// --- internal ---

/** Answers when it has the whole question. */
const whenRead: RequestListener = (request, response) => void request.on("end", () => answer({})(request, response));

function shuffle(list: readonly number[]): number[] {
  return list
    .map((value) => ({ value, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value);
}
