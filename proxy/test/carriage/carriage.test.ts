import { request as httpRequest } from "node:http";
import { connect, type Socket } from "node:net";
import { describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { ENGINE_NAMES } from "../../src/index.ts";
import { sendRaw } from "../kit/raw.ts";
import { startRawUpstream, startUpstream } from "../kit/upstream.ts";
import { routesText, withProxy, type TestProxy, type WithProxyOptions } from "../kit/with-proxy.ts";

const ORIGINS = "\nupgrade: { origins: [https://shop.example] }";
const UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n";

describe.each(ENGINE_NAMES)("by the routes file, behind the engine %s,", (engine) => {
  /** A route /items/* in stage service with these lines, before an upstream that answers these bytes. */
  async function withRoute(
    lines: string,
    answer: string | ((socket: Socket, request: string) => void),
    use: (proxy: TestProxy, seen: string[], upstream: string) => Promise<void>,
    { service = "", extra = "", ...options }: Partial<WithProxyOptions> & { service?: string; extra?: string } = {},
  ): Promise<void> {
    const seen: string[] = [];
    const upstream = await startRawUpstream((socket, request) => {
      seen.push(request);
      if (typeof answer === "string") socket.write(answer, "latin1");
      else answer(socket, request);
    });
    const routes = routesText(upstream.url, upstream.url, `stage: service${lines}`, extra).replace(
      /stock: \{ url: "([^"]*)" \}/,
      `stock: { url: "$1"${service} }`,
    );
    try {
      await withProxy({ engine, ...options, routes }, (proxy) => use(proxy, seen, upstream.url));
    } finally {
      await upstream.close();
    }
  }

  const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  const get = (path: string, fields = "Connection: close\r\n") =>
    `GET ${path} HTTP/1.1\r\nHost: shop.example\r\n${fields}\r\n`;

  test("an upstream's own origin becomes the customer's in redirects, and its cookies are hers", () =>
    withRoute(
      "\nrewrite: { redirects: true, cookies: { domain: false, path: /, sameSite: Lax, secure: true } }",
      (socket) => {
        const own = `http://127.0.0.1:${socket.localPort ?? 0}`;
        const fields = [
          ...[`Location: ${own}/items/2`, `Content-Location: ${own}/items/1`, `Refresh: 5; url=${own}/`],
          ...["Set-Cookie: a=1; Domain=inside; Path=/x", "Set-Cookie: b=2", "Content-Length: 0"],
        ];
        socket.write(`HTTP/1.1 302 Found\r\n${fields.join("\r\n")}\r\n\r\n`);
      },
      async (proxy) => {
        const { headers } = await sendRaw(
          proxy.url,
          get("/items/1", "Connection: close\r\nX-Forwarded-Proto: https\r\n"),
          3_000,
        );

        expect(headers.get("location")).toEqual(["https://shop.example/items/2"]);
        expect(headers.get("content-location")).toEqual(["https://shop.example/items/1"]);
        expect(headers.get("refresh")).toEqual(["5; url=https://shop.example/"]);
        expect(headers.get("set-cookie")).toEqual([
          "a=1; Path=/; SameSite=Lax; Secure",
          "b=2; Path=/; SameSite=Lax; Secure",
        ]);
      },
      { trusted: ["127.0.0.1"] },
    ));

  test("without such a rule, answers stay letter by letter, and nothing is followed", () =>
    withRoute(
      "",
      (socket) =>
        socket.write(
          `HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:${socket.localPort ?? 0}/\r\nContent-Length: 0\r\n\r\n`,
        ),
      async (proxy, seen, upstream) => {
        const { headers } = await sendRaw(proxy.url, get("/items/1"), 3_000);

        expect(headers.get("location")).toEqual([`${upstream}/`]);
        expect(seen).toHaveLength(1);
      },
    ));

  test("a service may get its own Host; then its redirects are the customer's", () =>
    withRoute(
      "",
      (socket) =>
        socket.write(
          `HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:${socket.localPort ?? 0}/a\r\nContent-Length: 0\r\n\r\n`,
        ),
      async (proxy, seen, upstream) => {
        const { headers } = await sendRaw(proxy.url, get("/items/1"), 3_000);

        expect(seen[0]).toMatch(new RegExp(`^host: ${new URL(upstream).host}\r$`, "im"));
        expect(seen[0]).toMatch(/^x-forwarded-host: shop\.example\r$/im);
        expect(headers.get("location")).toEqual(["http://shop.example/a"]);
      },
      { service: ", host: upstream" },
    ));

  test("the port and RFC 7239's Forwarded are told on request", () =>
    withRoute(
      "",
      OK,
      async (proxy, seen) => {
        await sendRaw(
          proxy.url,
          get("/items/1", "Connection: close\r\nX-Forwarded-Port: 666\r\nForwarded: for=6.6.6.6\r\n"),
          3_000,
        );

        expect(seen[0]).toMatch(/^x-forwarded-port: 80\r$/im);
        expect(seen[0]).toMatch(/^forwarded: for=127\.0\.0\.1;host=shop\.example;proto=http\r$/im);
      },
      { extra: "forwarded: { port: true, standard: true }" },
    ));

  test.each([
    ["a length above", "Content-Length: 9\r\n\r\n123456789", 413],
    ["chunks above", "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n4\r\n6789\r\n0\r\n\r\n", 413],
    ["a length at", "Content-Length: 8\r\n\r\n12345678", 200],
    ["chunks at", "Transfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n0\r\n\r\n", 200],
  ])("a body with %s the bound: %s", (_what, rest, status) =>
    withRoute(
      "\nbodyBytes: 8",
      (socket, request) => {
        if (/\r\n\r\n(?:12345678|8\r\n12345678\r\n0\r\n\r\n)$/.test(request)) socket.write(OK);
      },
      async (proxy, seen) => {
        const { hostname, port } = new URL(proxy.url);
        const socket = connect(Number(port), hostname);
        let received = "";
        socket.on("data", (chunk) => (received += chunk.toString()));
        socket.on("error", () => undefined);
        socket.write(`POST /items/1 HTTP/1.1\r\nHost: a\r\n${rest}`);
        await waitFor("an answer", () => received.includes("\r\n\r\n"));

        expect(received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
        // The upstream never gets what it would take for a whole body.
        if (status === 413) expect(seen.join("")).not.toContain("0\r\n\r\n");
        expect(proxy.log.filter(({ msg }) => msg === "no answer from upstream")).toEqual([]);
        socket.destroy();
      },
    ),
  );

  describe("a WebSocket", () => {
    const SWITCH = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

    test.each([
      ["is opened where no route says anything of it", "", "/items/1", "", 101],
      ["is opened where its route allows it", "\nupgrade: true", "/items/1", "", 101],
      ["is not where it does not", "\nupgrade: false", "/items/1", "", 404],
      ["is not where only another route allows it", "\nupgrade: true", "/other", "", 404],
      ["is opened by a page of an origin listed", ORIGINS, "/items/1", "Origin: https://shop.example\r\n", 101],
      ["is not by a page of another", ORIGINS, "/items/1", "Origin: https://evil.example\r\n", 403],
      ["is not by a page of no origin", ORIGINS, "/items/1", "Origin: null\r\n", 403],
      ["is opened by what is no browser", ORIGINS, "/items/1", "", 101],
    ])("%s", (_what, lines, path, fields, status) =>
      withRoute(lines, SWITCH, async (proxy, seen) => {
        const answer = await sendRaw(proxy.url, get(path, UPGRADE + fields), 500);

        expect(answer.status).toBe(status);
        expect(seen).toHaveLength(status === 101 ? 1 : 0);
        if (status !== 101) expect(answer.end).toBe("closed");
      }),
    );
  });

  // Two connections: the first dies at its second request, as that of an upstream that restarts.
  test.each([
    [
      "with a key, on a route that honours keys, is sent again",
      "\nidempotencyKey: true",
      "Idempotency-Key: 7\r\n",
      200,
    ],
    ["without a key is not", "\nidempotencyKey: true", "", 502],
    ["on a route that says nothing of keys is not", "", "Idempotency-Key: 7\r\n", 502],
  ])("a POST that meets a connection just closed, %s", (_what, lines, fields, status) => {
    const served = new Map<Socket, number>();
    return withRoute(
      `${lines}\nfallback: false`,
      (socket) => {
        const times = (served.get(socket) ?? 0) + 1;
        served.set(socket, times);
        if (served.size === 1 && times === 2) socket.resetAndDestroy();
        else socket.write(OK);
      },
      async (proxy) => {
        const first = "POST /items/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        expect((await sendRaw(proxy.url, first, 1_000)).status).toBe(200);
        const post = `POST /items/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n`;
        expect((await sendRaw(proxy.url, post, 1_000)).status).toBe(status);
      },
    );
  });
});

describe("one address", () => {
  test("may have so many connections, and a trusted proxy as many as it likes", async () => {
    const upstream = await startUpstream("monolith");
    const routes = routesText(upstream.url, upstream.url);
    const ask = (url: string) =>
      new Promise<number>((resolve) => {
        const request = httpRequest(url, { agent: false, headers: { connection: "keep-alive" } });
        request.on("response", (answer) => resolve(answer.resume().statusCode ?? 0));
        request.on("error", () => resolve(0));
        request.end();
      });
    const limits = { connectionsPerAddress: 2 };
    try {
      await withProxy({ routes, limits }, async (proxy) => {
        const { hostname, port } = new URL(proxy.url);
        const kept = [connect(Number(port), hostname), connect(Number(port), hostname)];
        await waitFor("both connections", () => kept.every((socket) => !socket.connecting));
        expect(await ask(proxy.url)).toBe(0);

        kept[0]?.destroy();
        await waitFor("room for another", async () => (await ask(proxy.url)) === 200);
        kept[1]?.destroy();
      });
      await withProxy({ routes, limits, trusted: ["127.0.0.1"] }, async (proxy) => {
        const { hostname, port } = new URL(proxy.url);
        const kept = [connect(Number(port), hostname), connect(Number(port), hostname)];
        expect(await ask(proxy.url)).toBe(200);
        for (const socket of kept) socket.destroy();
      });
    } finally {
      await upstream.close();
    }
  });
});
