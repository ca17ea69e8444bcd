import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { sendRaw } from "../kit/raw.ts";
import { startUpstream, type Upstream } from "../kit/upstream.ts";
import { routesText, withProxy, type TestProxy, type WithProxyOptions } from "../kit/with-proxy.ts";

let monolith: Upstream;
let stock: Upstream;

beforeAll(async () => {
  monolith = await startUpstream("monolith");
  stock = await startUpstream("stock");
});
afterAll(() => Promise.all([monolith.close(), stock.close()]));

describe("requests that are two things at once are refused", () => {
  test.each([
    ["/api/../admin"],
    ["/x/../items/1"],
    ["//evil/items/1"],
    ["/items/%2e%2e/admin"],
    ["/items%2f..%2fadmin"],
    ["/items/..;/admin"],
    ["http://other/items/1"],
    ["http://a@b/items/1"],
    ["https://a/items/1"],
    ["/items\\..\\admin"],
    ["/items//1"],
    ["/items/%00"],
    ["/items/%c0%ae%c0%ae/admin"],
    ["/items/%"],
    ["/items/1#x"],
    ["/items/1?a#x"],
    ["items/1"],
    ["*"],
  ])("%s: 400, and no upstream hears of it", (target) =>
    withShop(async (proxy) => {
      const before = monolith.requests.length + stock.requests.length;

      const answer = await sendRaw(proxy.url, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 2_000);

      expect(answer.status).toBe(400);
      expect(answer.headers.get("x-served-by")).toEqual(["proxy"]);
      expect(answer.headers.get("content-type")).toEqual(["application/problem+json"]);
      expect(monolith.requests.length + stock.requests.length).toBe(before);
    }),
  );

  // The forms on which three matchers of one library disagree: here there is one matcher, and it sees what is forwarded.
  test.each([
    ["/items", "stock", "/items"],
    ["/itemsxyz", "monolith", "/itemsxyz"],
    ["/ITEMS/1", "monolith", "/ITEMS/1"],
    ["/%69tems/1", "stock", "/items/1"],
    ["/items/1;v=2", "stock", "/items/1;v=2"],
    ["http://a/items/1?x=http://b/", "stock", "/items/1?x=http://b/"],
    ["HTTP://A/items/1", "stock", "/items/1"],
    ["http://a", "monolith", "/"],
    ["/?a=/../%2f", "monolith", "/?a=/../%2f"],
  ])("%s is served by %s as %s", (target, servedBy, url) =>
    withShop(async (proxy) => {
      const answer = await sendRaw(proxy.url, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 2_000);

      expect(answer.headers.get("x-served-by")).toEqual([servedBy]);
      expect(answer.body).toContain(JSON.stringify({ name: servedBy, url }));
    }),
  );

  test.each([
    ["no Host", ""],
    ["an empty Host", "Host:\r\n"],
    ["two Hosts", "Host: a\r\nHost: b\r\n"],
    ["the same Host twice", "Host: a\r\nHost: a\r\n"],
    ["a Host with a user", "Host: u@a\r\n"],
    ["a Host with a path", "Host: a/b\r\n"],
    ["a list of Hosts", "Host: a, b\r\n"],
    ["a Host with a blank", "Host: a b\r\n"],
    ["a port that is none", "Host: a:b\r\n"],
  ])("%s: 400, and the connection is closed", (_what, host) =>
    withShop(async (proxy) => {
      const answer = await sendRaw(proxy.url, `GET / HTTP/1.1\r\n${host}\r\n`, 2_000);

      expect(answer).toMatchObject({ status: 400, end: "closed" });
    }),
  );

  test.each(["a", "shop.example:8080", "127.0.0.1", "[::1]:80", "under_score.example."])(
    "the Host %s is kept",
    (host) =>
      withShop(async (proxy) => {
        await sendRaw(proxy.url, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, 2_000);

        expect(monolith.requests.at(-1)?.headers).toMatchObject({ host, "x-forwarded-host": host });
      }),
  );

  test.each([
    ["a length and chunks", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400],
    ["two lengths", "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde", 400],
    ["a list of lengths", "Content-Length: 4, 4\r\n\r\nabcd", 400],
    ["a length with a sign", "Content-Length: +4\r\n\r\nabcd", 400],
    ["an unknown coding", "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501],
    ["chunked twice", "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400],
    ["a coding in disguise", "Transfer-Encoding: xchunked\r\n\r\n", 501],
    ["a field with a blank before the colon", "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400],
    ["a folded field", "A: b\r\n c\r\n\r\n", 400],
    ["a bare line feed", "A: b\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400],
    ["a nameless field", ": b\r\n\r\n", 400],
    ["a NUL in a field", "A: b\0c\r\n\r\n", 400],
    ["a chunk that is none", "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400],
  ])("%s: refused, and the connection is closed", (_what, rest, status) =>
    withShop(async (proxy) => {
      const answer = await sendRaw(proxy.url, `POST / HTTP/1.1\r\nHost: a\r\n${rest}`, 2_000);

      expect(answer).toMatchObject({ status, end: "closed" });
    }),
  );

  test("HTTP/1.0 has no chunks", () =>
    withShop(async (proxy) => {
      const answer = await sendRaw(proxy.url, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 2_000);

      expect(answer).toMatchObject({ status: 400, end: "closed" });
    }));

  test.each([
    ["CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 405],
    ["TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405],
    ["an unknown expectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: a-miracle\r\n\r\n", 417],
    ["a long target", `GET /${"a".repeat(9_000)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 414],
    ["a long header", `GET / HTTP/1.1\r\nHost: a\r\nA: ${"a".repeat(20_000)}\r\n\r\n`, 431],
    ["a method of no protocol", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["a version of no protocol", "GET / HTTP/9.9\r\nHost: a\r\n\r\n", 400],
    ["no HTTP at all", "hello\r\n\r\n", 400],
  ])("%s is answered by the proxy itself", (_what, bytes, status) =>
    withShop(async (proxy) => {
      const answer = await sendRaw(proxy.url, bytes, 2_000);

      expect(answer).toMatchObject({ status, end: "closed" });
      expect(answer.headers.get("x-served-by")).toEqual(["proxy"]);
      expect(JSON.parse(answer.body)).toMatchObject({ status });
    }),
  );

  test("what is not HTTP behind a good request does not harm the answer to it", () =>
    withShop(async (proxy) => {
      const answer = await sendRaw(proxy.url, "GET / HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n", 2_000);

      expect(answer.everything).not.toMatch(/"name":"monolith".*"name":"monolith"/s);
      expect(answer.end).toBe("closed");
      expect((await fetch(proxy.url)).status).toBe(200);
    }));
});

describe("who is too slow is cut off", () => {
  test("a header that never ends: 408", () =>
    withShop(
      async (proxy) => {
        const answer = await sendRaw(proxy.url, "GET / HTTP/1.1\r\nHost: a\r\n", 3_000);

        expect(answer).toMatchObject({ status: 408, end: "closed" });
      },
      { limits: { headersWithinMs: 200 } },
    ));

  test("a connection that says nothing is closed", () =>
    withShop(
      async (proxy) => {
        expect((await sendRaw(proxy.url, "", 3_000)).end).toBe("closed");
      },
      { limits: { headersWithinMs: 200 } },
    ));

  test("a body that never ends", () =>
    withShop(
      async (proxy) => {
        const answer = await sendRaw(proxy.url, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc", 3_000);

        expect(answer.end).not.toBe("left open");
      },
      { limits: { headersWithinMs: 200, requestWithinMs: 200 } },
    ));

  test("more connections than allowed are not taken", () =>
    withShop(
      async (proxy) => {
        const port = Number(new URL(proxy.url).port);
        const kept = Array.from({ length: 3 }, () => connect(port, "127.0.0.1"));
        await Promise.all(kept.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));

        expect((await sendRaw(proxy.url, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1_000)).status).toBe(0);

        for (const socket of kept) socket.destroy();
      },
      { limits: { connections: 3 } },
    ));
});

describe("fields of one connection end here", () => {
  const LISTED = [
    "Keep-Alive: timeout=5",
    "Proxy-Connection: keep-alive",
    "Proxy-Authorization: Basic c2VjcmV0",
    "TE: trailers",
    "Trailer: X-T",
    "HTTP2-Settings: AAMA",
    "X-Hop: 1",
    "X-Request-Id: mine",
  ];

  test("of a request, also those that Connection names", () =>
    withShop(async (proxy) => {
      const bytes = `GET / HTTP/1.1\r\nHost: a\r\nConnection: close, x-hop, X-Request-Id\r\n${LISTED.join("\r\n")}\r\nX-End: 1\r\n\r\n`;

      await sendRaw(proxy.url, bytes, 2_000);

      const { headers = {} } = monolith.requests.at(-1) ?? {};
      expect(Object.keys(headers).sort()).toEqual([
        ...["cdn-loop", "connection", "host", "traceparent", "x-end", "x-forwarded-for", "x-forwarded-host"],
        ...["x-forwarded-proto", "x-request-id"],
      ]);
      expect(headers["connection"]).toBe("keep-alive");
    }));

  // Named in Connection, the proxy's own fields would be the client's to remove.
  test("a client cannot name the proxy's own fields in Connection", () =>
    withShop(async (proxy) => {
      await sendRaw(proxy.url, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Forwarded-For, Host\r\n\r\n", 2_000);

      expect(monolith.requests.at(-1)?.headers).toMatchObject({ "x-forwarded-for": "127.0.0.1", host: "a" });
    }));

  test("of an answer, also those that Connection names", async () => {
    const upstream = await startUpstream("monolith", (_request, response) => {
      response.writeHead(200, [
        ...["Connection", "close, X-Hop", "X-Hop", "1", "Keep-Alive", "timeout=1", "Proxy-Authenticate", "Basic"],
        ...["Upgrade", "h2c", "X-End", "1", "X-Served-By", "somebody else", "Content-Length", "0"],
      ]);
      response.end();
    });
    try {
      await withShop(
        async (proxy) => {
          const { headers } = await sendRaw(proxy.url, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");

          // Connection and Keep-Alive, where they are there, are about the customer's own connection.
          const names = [...headers.keys()].filter((name) => name !== "connection" && name !== "keep-alive");
          expect(names.sort()).toEqual(["content-length", "date", "x-end", "x-request-id", "x-served-by"]);
          expect(headers.get("x-served-by")).toEqual(["monolith"]);
          expect(headers.get("connection")).not.toEqual(["close"]);
          expect(headers.get("keep-alive")).not.toEqual(["timeout=1"]);
        },
        { routes: routesText(upstream.url, stock.url) },
      );
    } finally {
      await upstream.close();
    }
  });
});

describe("where a request comes from is told by the proxy", () => {
  const LIES = [
    "X-Forwarded-For: 6.6.6.6",
    "X-Forwarded-Host: evil",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Port: 1",
    "X-Forwarded-Prefix: /evil",
    "X-Real-IP: 6.6.6.6",
    "Forwarded: for=6.6.6.6",
  ];
  const request = `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${LIES.join("\r\n")}\r\nX_Forwarded_For: 6.6.6.6\r\n\r\n`;

  test("a customer's word for it is not passed on", () =>
    withShop(async (proxy) => {
      await sendRaw(proxy.url, request, 2_000);

      const { headers = {} } = monolith.requests.at(-1) ?? {};
      expect(headers).toMatchObject({
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-host": "a",
        "x-forwarded-proto": "http",
      });
      expect(Object.keys(headers).filter((name) => /port|prefix|real|^forwarded|_/.test(name))).toEqual([]);
    }));

  test("a trusted proxy's word is, with its own address after it", () =>
    withShop(
      async (proxy) => {
        await sendRaw(proxy.url, request, 2_000);

        const { headers = {} } = monolith.requests.at(-1) ?? {};
        expect(headers).toMatchObject({
          "x-forwarded-for": "6.6.6.6, 127.0.0.1",
          "x-forwarded-host": "evil",
          "x-forwarded-proto": "https",
          "x-real-ip": "6.6.6.6",
        });
        expect(headers).not.toHaveProperty("x_forwarded_for");
      },
      { trusted: ["127.0.0.0/8"] },
    ));
});

// --- internal ---

function withShop(use: (proxy: TestProxy) => Promise<void>, options: Partial<WithProxyOptions> = {}): Promise<void> {
  return withProxy({ routes: routesText(monolith.url, stock.url, "stage: service"), ...options }, use);
}
