import { createServer, type ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { listen, waitFor } from "@strangler/platform";
import { ENGINE_NAMES } from "../../src/index.ts";
import { createKeyring } from "../../src/customer/keyring.ts";
import { formatMark, isHeld, parseMark, parsePosition } from "../../src/own-writes/mark.ts";
import { createMarkMemory } from "../../src/own-writes/memory.ts";
import { startUpstream, type Upstream } from "../kit/upstream.ts";
import { routesText, withProxy, type TestProxy } from "../kit/with-proxy.ts";

const SECRETS = ["what-the-workers-and-the-replicas-share"];

let monolith: Upstream;
let stock: Upstream;

beforeAll(async () => {
  monolith = await startUpstream("monolith", (request, response) => {
    response.writeHead(request.url === "/broken" ? 500 : 200).end();
  });
  stock = await startUpstream("stock");
});
afterAll(() => Promise.all([monolith.close(), stock.close()]));

describe.each(ENGINE_NAMES)("own writes for a time, with the engine %s", (engine) => {
  test("are read from the monolith, at another replica by the cookie, at this one also without", () =>
    withReplicas(engine, "ownWrites: { forMs: 60000 }", async (one, other) => {
      const write = await ask(one, "POST", { cookie: "sid=ann" });
      const [mark = ""] = write.setCookie;

      expect(write.servedBy).toBe("monolith");
      expect(mark).toMatch(/^strangler-writes=[a-z0-9]+\.[\w-]{22}; Path=\/; Max-Age=60; HttpOnly; SameSite=Lax$/);
      const cookie = `sid=ann; ${mark.split(";", 1)[0] ?? ""}`;
      expect((await ask(other, "GET", { cookie })).servedBy).toBe("monolith");
      expect((await ask(one, "GET", { cookie: "sid=ann" })).servedBy).toBe("monolith");
      expect((await ask(other, "GET", { cookie: "sid=ann" })).servedBy).toBe("stock");
      expect((await ask(one, "GET", { cookie: "sid=bob" })).servedBy).toBe("stock");
    }));

  test("come back to the service when the time is over", () =>
    withReplicas(engine, "ownWrites: { forMs: 300 }", async (one) => {
      await ask(one, "DELETE", { cookie: "sid=ann" });
      expect((await ask(one, "GET", { cookie: "sid=ann" })).servedBy).toBe("monolith");

      await waitFor("the service", async () => (await ask(one, "GET", { cookie: "sid=ann" })).servedBy === "stock");
    }));
});

describe("own writes", () => {
  test("are not remembered for reads, nor for writes that the service has answered", () =>
    withReplicas("undici", "ownWrites: { forMs: 60000 }", async (one) => {
      expect((await ask(one, "GET", { cookie: "sid=ann" })).setCookie).toEqual([]);
      const write = await ask(one, "POST", { cookie: "sid=ann", "x-strangler-route": "always" }, "/items/read");

      expect(write).toEqual({ servedBy: "stock", setCookie: [] });
    }));

  test("are remembered even when the monolith has refused them: it may have done half of it", () =>
    withReplicas("undici", "ownWrites: { forMs: 60000 }", async (one) => {
      const { setCookie } = await ask(one, "POST", { cookie: "sid=ann" }, "/broken");

      expect(setCookie).toHaveLength(1);
    }));

  test("wait for a stream that does not answer no longer than a quarter of a second", async () => {
    const silent = createServer(() => undefined);
    const port = await listen(silent, "127.0.0.1", 0);
    try {
      await withReplicas(
        "undici",
        "ownWrites: { stream: stock, forMs: 60000 }",
        async (one) => {
          const startedAt = performance.now();
          const { setCookie } = await ask(one, "POST", { cookie: "sid=ann" });

          expect(performance.now() - startedAt).toBeLessThan(600);
          expect(setCookie).toHaveLength(1);
          expect((await ask(one, "GET", { cookie: "sid=ann" })).servedBy).toBe("monolith");
        },
        `streams: { stock: { url: "http://127.0.0.1:${port}" } }`,
      );
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });

  test("survive a stream that sends nonsense, and are guarded by the next one that speaks", async () => {
    const listeners: ServerResponse[] = [];
    let text = "data: {not json\n\n";
    const stream = createServer((request, response) => {
      if (request.url === "/source-position") {
        response.end(JSON.stringify({ stream: "stock", position: "0/10" }));
        return;
      }
      response.writeHead(200, { "content-type": "text/event-stream" }).write(text);
      listeners.push(response);
    });
    const port = await listen(stream, "127.0.0.1", 0);
    try {
      await withReplicas(
        "undici",
        "ownWrites: { stream: stock, forMs: 60000 }",
        async (one) => {
          const say = (applied: string) => {
            text = `data: {"stream":"stock","state":"following","applied":"${applied}"}\n\n`;
            for (const listener of listeners) listener.write(text);
          };
          await ask(one, "POST", { cookie: "sid=ann" });
          await waitFor("the nonsense to be heard", () => listeners.length > 0);
          expect((await ask(one, "GET", { cookie: "sid=ann" })).servedBy).toBe("monolith");
          say("0/F");
          await waitFor("a new attempt", () => listeners.length > 1);
          expect((await ask(one, "GET", { cookie: "sid=ann" })).servedBy).toBe("monolith");
          say("0/10");

          await waitFor("the service", async () => (await ask(one, "GET", { cookie: "sid=ann" })).servedBy === "stock");
        },
        `streams: { stock: { url: "http://127.0.0.1:${port}" } }`,
      );
    } finally {
      stream.closeAllConnections();
      stream.close();
    }
  });
});

describe("a mark", () => {
  const keyring = createKeyring(SECRETS);
  const mark = { at: 1_000_000, positions: new Map([["stock", "00000001000000ff"]]) };

  test("comes back as it was, and only with its signature", () => {
    const value = formatMark(mark, keyring);

    expect(parseMark(value, keyring)).toEqual(mark);
    expect(parseMark(value, createKeyring(["another-secret-than-the-one-that-signed"]))).toBeUndefined();
    expect(parseMark(`x${value}`, keyring)).toBeUndefined();
    expect(parseMark("", keyring)).toBeUndefined();
    expect(parseMark("a".repeat(10_000), keyring)).toBeUndefined();
  });

  test("holds until the stream has applied its position, and never longer than the rule says", () => {
    const rule = { stream: "stock", forMs: 500 };
    const applied = (position: string | undefined) => () => position;

    expect(isHeld(rule, mark, 1_000_001, applied("00000001000000fe"))).toBe(true);
    expect(isHeld(rule, mark, 1_000_001, applied("00000001000000ff"))).toBe(false);
    expect(isHeld(rule, mark, 1_000_001, applied("0000000200000000"))).toBe(false);
    expect(isHeld(rule, mark, 1_000_001, applied(undefined))).toBe(true);
    expect(isHeld({ ...rule, stream: "another" }, mark, 1_000_001, applied("ffffffffffffffff"))).toBe(true);
    expect(isHeld(rule, mark, 1_000_500, applied("0000000000000000"))).toBe(false);
  });

  test("names positions so that texts compare as they do", () => {
    expect(parsePosition("16/B374D848")).toBe("00000016b374d848");
    expect(parsePosition("nonsense")).toBeUndefined();
    expect(parsePosition(7)).toBeUndefined();
  });

  test("is forgotten, the oldest first, when there are too many", () => {
    const memory = createMarkMemory(2);
    for (const name of ["a", "b", "a", "c"]) memory.set(name, mark);

    expect([memory.get("a"), memory.get("b"), memory.get("c")]).toEqual([mark, undefined, mark]);
  });
});

// --- internal ---

// Reads of /items/* go to the service, all writes to the monolith, except that /items/read is a canary for writes, too.
async function withReplicas(
  engine: (typeof ENGINE_NAMES)[number],
  ownWrites: string,
  use: (one: TestProxy, other: TestProxy) => Promise<void>,
  streams = "",
): Promise<void> {
  const canary = `stage: canary\npercent: 100\n${ownWrites}`;
  const text = routesText(monolith.url, stock.url, canary, streams).replace(
    "{ path: /items/* }",
    "{ methods: [GET], path: /items/* }",
  );
  const write = `  - { id: writes, match: { methods: [POST], path: /items/read }, service: stock, stage: canary, percent: 0 }\n`;
  const routes = text.replace("routes:\n", `routes:\n${write}`);
  await withProxy({ routes, engine, secrets: SECRETS }, (one) =>
    withProxy({ routes, engine, secrets: SECRETS }, (other) => use(one, other)),
  );
}

async function ask(proxy: TestProxy, method: string, headers: Record<string, string>, path = "/items/1") {
  const answer = await fetch(proxy.url + path, { method, headers });
  await answer.text();
  return { servedBy: answer.headers.get("x-served-by") ?? "", setCookie: answer.headers.getSetCookie() };
}
