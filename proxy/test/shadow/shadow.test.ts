import { gzipSync } from "node:zlib";
import type { ServerResponse } from "node:http";
import { describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { findClosedPort } from "../kit/upstream.ts";
import { answer, counted, flood, mismatches, raw, withSides } from "./sides.ts";

describe("a shadowed request", () => {
  test("is answered by the monolith, and compared with the service's answer", () =>
    withSides(answer({ a: 1, b: 2 }), answer({ b: 2, a: 1 }), async (proxy, { control, candidate }) => {
      const response = await fetch(`${proxy.url}/items/1?q=1`, {
        headers: { cookie: "sid=s", authorization: "Bearer t" },
      });

      expect(response.headers.get("x-served-by")).toBe("monolith");
      expect(await response.json()).toEqual({ a: 1, b: 2 });
      expect(await counted(proxy, 1)).toMatchObject({ compared: 1, equal: 1, different: 0, failed: 0, dropped: 0 });
      expect(control.requests[0]).toMatchObject({ method: "GET", url: "/items/1?q=1" });
      // The candidate is asked as the same customer, and told that nobody waits for it.
      expect(candidate.requests[0]).toMatchObject({
        method: "GET",
        url: "/items/1?q=1",
        headers: {
          cookie: "sid=s",
          authorization: "Bearer t",
          "x-strangler-shadow": "1",
          host: new URL(proxy.url).host,
        },
      });
      expect(candidate.requests[0]?.headers["x-request-id"]).toBe(control.requests[0]?.headers["x-request-id"]);
    }));

  test("leaves a mismatch behind, with the place of the difference and without secrets", () =>
    withSides(answer({ items: [{ price: 100 }] }), answer({ items: [{ price: 99 }] }), async (proxy) => {
      const headers = {
        cookie: "sid=secret-1",
        authorization: "Bearer secret-2",
        accept: "application/json",
        "x-request-id": "r1",
      };
      await (await fetch(`${proxy.url}/items/1?q=tea&token=secret-3`, { headers })).text();
      expect(await counted(proxy, 1)).toMatchObject({ compared: 1, equal: 0, different: 1 });

      const kept = await mismatches(proxy);

      expect(JSON.stringify(kept)).not.toMatch(/secret/);
      expect(kept).toEqual([
        {
          id: expect.any(String) as unknown,
          at: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
          route: "items",
          service: "stock",
          method: "GET",
          path: "/items/1?q=tea&token=[redacted]",
          redacted: true,
          accept: "application/json",
          requestId: "r1",
          control: { status: 200, contentType: "application/json", bytes: 25 },
          candidate: { status: 200, contentType: "application/json", bytes: 24 },
          differences: [
            { kind: "primitive", field: "/items/*/price", at: "/items/0/price", control: "100", candidate: "99" },
          ],
          more: 0,
        },
      ]);
    }));

  test("is compared by what it says, not by how it was packed", () =>
    withSides(
      (_request, response) => {
        response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
        response.end(gzipSync(`{"a":1}`));
      },
      answer({ a: 1 }),
      async (proxy) => {
        await (await fetch(`${proxy.url}/items/1`)).text();
        expect(await counted(proxy, 1)).toMatchObject({ equal: 1 });
      },
    ));

  test("with HEAD compares status and type", () =>
    withSides(answer({ a: 1 }), answer({ a: 2 }), async (proxy) => {
      await fetch(`${proxy.url}/items/1`, { method: "HEAD" });
      expect(await counted(proxy, 1)).toMatchObject({ equal: 1 });
    }));

  test("asks the candidate about what there is, not about what the customer has", () =>
    withSides(answer({ a: 1 }), answer({ a: 1 }), async (proxy, { control, candidate }) => {
      await (await fetch(`${proxy.url}/items/1`, { headers: { "if-none-match": '"x"', range: "bytes=0-1" } })).text();
      expect(await counted(proxy, 1)).toMatchObject({ equal: 1 });

      expect(control.requests[0]?.headers).toMatchObject({ "if-none-match": '"x"', range: "bytes=0-1" });
      expect(candidate.requests[0]?.headers).not.toHaveProperty("if-none-match");
      expect(candidate.requests[0]?.headers).not.toHaveProperty("range");
    }));

  test.each(["POST", "PUT", "PATCH", "DELETE"])("with %s reaches the monolith only", (method) =>
    withSides(answer({}), answer({}), async (proxy, { control, candidate }) => {
      await (await fetch(`${proxy.url}/items/1`, { method })).text();
      await (await fetch(`${proxy.url}/items/2`)).text();
      await counted(proxy, 1);

      const asCustomer = control.requests.filter(({ headers }) => headers["x-strangler-shadow"] === undefined);
      expect(asCustomer.map((request) => request.method)).toEqual([method, "GET"]);
      expect(candidate.requests.map((request) => request.method)).toEqual(["GET"]);
    }),
  );
});

test("a customer cannot pose as the shadow of another", () =>
  withSides(answer({}), answer({}), async (proxy, { control }) => {
    await (await fetch(`${proxy.url}/items/1`, { headers: { "x-strangler-shadow": "1" } })).text();

    expect(control.requests[0]?.headers).not.toHaveProperty("x-strangler-shadow");
  }));

describe("a candidate cannot hurt", () => {
  test.each([
    ["is not there", async () => `http://127.0.0.1:${await findClosedPort()}`],
    ["hangs up", async () => raw((socket) => socket.destroy())],
    ["talks nonsense", async () => raw((socket) => socket.end("nonsense\r\n\r\n"))],
    ["stops in the middle", async () => raw((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"))],
    [
      "switches protocols",
      async () => raw((socket) => socket.write("HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")),
    ],
    [
      "packs what it says in a way nobody knows",
      async () => raw((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Encoding: x\r\nContent-Length: 1\r\n\r\na")),
    ],
    [
      "says it is packed, and is not",
      async () =>
        raw((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\na")),
    ],
    ["never answers", async () => raw(() => undefined)],
    ["never stops", async () => raw(flood)],
  ])("when it %s: the customer is served, the failure is counted", async (_what, start) => {
    const address = await start();
    await withSides(
      answer({ a: 1 }),
      address,
      async (proxy) => {
        const response = await fetch(`${proxy.url}/items/1`);

        expect(await response.json()).toEqual({ a: 1 });
        expect(await counted(proxy, 1)).toMatchObject({ compared: 0, failed: 1, dropped: 0 });
        expect(proxy.log.filter(({ level }) => Number(level) >= 40)).toEqual([]);
      },
      { shadow: { withinMs: 300, bodyBytes: 100_000 } },
    );
  });

  test("what does not fit is dropped and counted, and customers do not wait", () => {
    const waiting: ServerResponse[] = [];
    return withSides(
      answer({ a: 1 }),
      (_request, response) => void waiting.push(response),
      async (proxy, { candidate }) => {
        for (let index = 0; index < 10; index += 1) await (await fetch(`${proxy.url}/items/${index}`)).text();

        expect(await counted(proxy, 7)).toMatchObject({ compared: 0, dropped: 7, droppedBecause: { busy: 7 } });
        await waitFor("the candidates to be asked", () => waiting.length === 3);
        for (const response of waiting) answer({ a: 1 })(response.req, response);
        expect(await counted(proxy, 10)).toMatchObject({ compared: 3, equal: 3, dropped: 7 });
        expect(candidate.requests).toHaveLength(3);
      },
      { shadow: { concurrency: 3 } },
    );
  });

  test("an answer too large to compare passes, and is counted", () =>
    withSides(
      answer({ a: "x".repeat(50_000) }),
      answer({}),
      async (proxy, { candidate }) => {
        expect((await (await fetch(`${proxy.url}/items/1`)).text()).length).toBe(50_008);
        expect(await counted(proxy, 1)).toMatchObject({ droppedBecause: { "too large": 1 } });
        expect(candidate.requests).toHaveLength(0);
      },
      { shadow: { bodyBytes: 10_000 } },
    ));

  test("an answer that depends on what the customer has is not compared", () =>
    withSides(
      (_request, response) => void response.writeHead(304).end(),
      answer({}),
      async (proxy) => {
        await fetch(`${proxy.url}/items/1`, { headers: { "if-none-match": "x" } });
        expect(await counted(proxy, 1)).toMatchObject({ droppedBecause: { "not comparable": 1 } });
      },
    ));

  test("an answer that the monolith did not finish is not compared", () =>
    withSides(
      (_request, response) => {
        response.writeHead(200, { "content-length": 10 });
        response.write("abc", () => response.destroy());
      },
      answer({}),
      async (proxy, { candidate }) => {
        await expect(fetch(`${proxy.url}/items/1`).then((response) => response.text())).rejects.toThrow();
        expect(await counted(proxy, 1)).toMatchObject({ droppedBecause: { "control failed": 1 } });
        expect(candidate.requests).toHaveLength(0);
      },
    ));

  test("only the newest mismatches are kept", () =>
    withSides(
      answer({ a: 1 }),
      answer({ a: 2 }),
      async (proxy) => {
        for (let index = 1; index <= 5; index += 1) {
          await (await fetch(`${proxy.url}/items/${index}`)).text();
          await counted(proxy, index);
        }

        expect((await mismatches(proxy)).map(({ path }) => path)).toEqual(["/items/4", "/items/5"]);
        expect(await counted(proxy, 5)).toMatchObject({ different: 5 });
      },
      { shadow: { mismatches: 2 } },
    ));
});
