import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { createAccess } from "../../src/control/admin/access.ts";
import { createToken, type StoredToken } from "../../src/control/admin/tokens.ts";
import { startUpstream, type Upstream } from "../kit/upstream.ts";
import { routesText, withProxy, type TestProxy } from "../kit/with-proxy.ts";
import { sendRaw } from "../kit/raw.ts";

const OPERATOR = "an-operators-token-for-tests";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream("monolith");
});
afterAll(() => upstream.close());

describe("a token", () => {
  test("is asked for by everything but health and metrics, as soon as there is one", () =>
    withAdmin(async ({ ask }) => {
      for (const path of ["/livez", "/readyz", "/metrics"]) expect((await ask(path)).status).toBe(200);
      for (const path of ["/routes", "/audit", "/replicas", "/reports", "/openapi.json", "/shadow/mismatches"]) {
        expect((await ask(path)).status).toBe(401);
        expect((await ask(path, { token: OPERATOR })).status).toBe(200);
      }
    }));

  test("of a viewer looks and changes nothing; the log names an operator's", () =>
    withAdmin(async ({ ask, viewer, operator }) => {
      expect((await ask("/routes", { token: viewer })).status).toBe(200);
      const refused = await setStage(ask, viewer, { stage: "shadow" });
      expect([refused.status, await refused.json()]).toEqual([
        403,
        expect.objectContaining({ detail: `Token "board" is a viewer's; this needs an operator's.` }),
      ]);

      expect((await setStage(ask, operator, { stage: "shadow" })).status).toBe(200);
      const { entries } = (await (await ask("/audit", { token: viewer })).json()) as { entries: unknown[] };
      expect(entries[0]).toMatchObject({ actor: "token:anna", action: "set stages" });
    }));

  test("that is taken out of the file ends a moment later", () =>
    withAdmin(async ({ ask, operator, writeTokens }) => {
      expect((await ask("/routes", { token: operator })).status).toBe(200);

      await writeTokens([]);

      await waitFor("the token to end", async () => (await ask("/routes", { token: operator })).status === 401);
      expect((await ask("/routes", { token: OPERATOR })).status).toBe(200);
    }));

  test("that is wrong ten times in a minute has to wait, and a right one from there too", () =>
    withAdmin(async ({ ask }) => {
      const statuses = [];
      for (let guess = 0; guess < 12; guess += 1) {
        statuses.push((await ask("/routes", { token: `guess-${guess}` })).status);
      }
      const right = await ask("/routes", { token: OPERATOR });

      expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
      expect([statuses.at(-1), right.status]).toEqual([429, 429]);
      expect(Number(right.headers.get("retry-after"))).toBeGreaterThan(0);
      expect((await ask("/livez")).status).toBe(200);
    }));

  test("is in no answer, no log and no metrics", () =>
    withAdmin(async ({ ask, proxy, operator }) => {
      await setStage(ask, operator, { stage: "shadow", reason: "a look" });
      const paths = ["/routes", "/audit", "/replicas", "/reports", "/metrics", "/openapi.json"];
      const said = await Promise.all(paths.map(async (path) => (await ask(path, { token: operator })).text()));

      for (const secret of [OPERATOR, operator]) {
        expect(said.join()).not.toContain(secret);
        expect(JSON.stringify(proxy.log)).not.toContain(secret);
      }
    }));
});

describe("a session", () => {
  test("is opened by a token, for a cookie that no script and no other site can use", () =>
    withSession(async ({ setCookie, signIn }) => {
      expect(setCookie).toMatch(/^strangler-admin=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
      expect((await signIn("not a token")).headers.get("set-cookie")).toBeNull();
    }));

  test("looks with its cookie, and changes something only with the word of its page, sent from there", () =>
    withSession(async ({ csrf, get, change }) => {
      expect(await get()).toBe(200);
      expect(await change({})).toBe(403);
      expect(await change({ "x-csrf-token": `${csrf}x` })).toBe(403);
      expect(await change({ "x-csrf-token": csrf, origin: "http://evil.example" })).toBe(403);
      expect(await change({ "x-csrf-token": csrf, "sec-fetch-site": "same-site" })).toBe(403);
      expect(await change({ "x-csrf-token": csrf, "sec-fetch-site": "same-origin" })).toBe(200);
    }));

  test("ends when it signs out, and when its token is taken out", async () => {
    await withSession(async ({ get, signOut }) => {
      expect(await signOut()).toMatch(/^strangler-admin=; .*Max-Age=0$/);
      expect(await get()).toBe(401);
    });
    await withSession(async ({ get, tokens }) => {
      tokens.splice(0, 1, createToken("bert", "operator", new Date()).stored);
      expect(await get()).toBe(401);
    });
  });
});

test("the cookie of a session stays with the admin port: upstreams on the same host are not told it", () =>
  withAdmin(async ({ proxy }) => {
    await fetch(`${proxy.url}/elsewhere`, { headers: { cookie: "a=1; strangler-admin=secret; b=2" } });

    expect(upstream.requests.at(-1)?.headers.cookie).toBe("a=1; b=2");
  }));

describe("without any token", () => {
  test("programs of this machine look, and nobody changes anything", () =>
    withProxy({ routes: routes() }, async ({ adminUrl }) => {
      expect((await fetch(`${adminUrl}/routes`)).status).toBe(200);
      const change = { method: "PUT", headers: { "if-match": "*" }, body: "{}" };
      expect((await fetch(`${adminUrl}/routes/items/stage`, change)).status).toBe(403);
    }));
});

test("every answer forbids to be framed, sniffed, kept or read by other sites", () =>
  withAdmin(async ({ ask }) => {
    for (const path of ["/livez", "/routes", "/nothing"]) {
      const { headers } = await ask(path);

      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("access-control-allow-origin")).toBeNull();
    }
  }));

test("a body that is too long, or no JSON, is refused before it is understood", () =>
  withAdmin(async ({ proxy }) => {
    const send = (body: string) =>
      sendRaw(
        proxy.adminUrl,
        `PUT /routes/items/stage HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${OPERATOR}\r\nIf-Match: *\r\n` +
          `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
        2_000,
      );

    expect((await send("{")).status).toBe(400);
    expect((await send(`"${"x".repeat(20_000)}"`)).status).toBe(413);
  }));

// --- internal ---

type Asking = { token?: string; cookie?: string; method?: string; headers?: Record<string, string>; body?: unknown };
type Ask = (path: string, asking?: Asking) => Promise<Response>;

type Given = {
  proxy: TestProxy;
  ask: Ask;
  viewer: string;
  operator: string;
  writeTokens: (tokens: unknown[]) => Promise<void>;
};

/** Lends a proxy with an ADMIN_TOKEN, and a file with one viewer and one operator. */
async function withAdmin(use: (given: Given) => Promise<void>): Promise<void> {
  const viewer = createToken("board", "viewer", new Date());
  const operator = createToken("anna", "operator", new Date());
  const tokens = [viewer.stored, operator.stored];
  const folder = await mkdtemp(path.join(tmpdir(), "strangler-tokens-"));
  const file = path.join(folder, "tokens.yaml");
  const writeTokens = (list: unknown[]) => writeFile(file, JSON.stringify({ tokens: list }));
  await writeTokens(tokens);
  try {
    await withProxy({ routes: routes(), adminToken: OPERATOR, adminTokensFile: file }, async (proxy) => {
      const ask = askAt(proxy.adminUrl);
      const given = { proxy, ask, viewer: viewer.secret, operator: operator.secret, writeTokens };
      await use(given);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function askAt(adminUrl: string): Ask {
  return (path, { token, cookie, method = "GET", headers = {}, body } = {}) =>
    fetch(adminUrl + path, {
      method,
      redirect: "manual",
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(cookie !== undefined && { cookie }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
}

type SessionGiven = {
  setCookie: string;
  csrf: string;
  tokens: StoredToken[];
  signIn: (token: string) => Promise<Response>;
  get: () => Promise<number>;
  change: (headers: Record<string, string>) => Promise<number>;
  signOut: () => Promise<string>;
};

/** Lends a session of an operator at a listener that has nothing but the access to it. */
async function withSession(use: (given: SessionGiven) => Promise<void>): Promise<void> {
  const { secret, stored } = createToken("anna", "operator", new Date());
  const tokens = [stored];
  const access = createAccess(() => tokens);
  const server = createServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const given = request.headers["x-token"];
    if (request.url === "/sign-in") {
      const session = await access.signIn(request, String(given));
      response.writeHead(200, session ? { "set-cookie": session.setCookie } : {}).end();
    } else if (request.url === "/who") response.end(JSON.stringify(access.whoIs(request)));
    else if (request.url === "/sign-out") response.end(access.signOut(request));
    else {
      const admission = await access.admit(request, request.method === "GET" ? "viewer" : "operator");
      response.writeHead(admission.admitted ? 200 : admission.status).end();
    }
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const signIn = (token: string) => fetch(`${url}/sign-in`, { method: "POST", headers: { "x-token": token } });
  try {
    const setCookie = (await signIn(secret)).headers.get("set-cookie") ?? "";
    const cookie = setCookie.split(";", 1)[0] ?? "";
    const ask = (path: string, method = "GET", headers: Record<string, string> = {}) =>
      fetch(url + path, { method, headers: { cookie, ...headers } });
    const { csrf } = (await (await ask("/who")).json()) as { csrf: string };
    await use({
      ...{ setCookie, csrf, tokens, signIn },
      get: async () => (await ask("/anything")).status,
      change: async (headers) => (await ask("/anything", "PUT", headers)).status,
      signOut: async () => (await ask("/sign-out", "POST")).text(),
    });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

function setStage(ask: Ask, token: string | undefined, body: unknown, more: Asking = {}): Promise<Response> {
  const headers = { "if-match": "*", ...more.headers };
  return ask("/routes/items/stage", { ...more, ...(token !== undefined && { token }), method: "PUT", headers, body });
}

function routes(): string {
  return routesText(upstream.url, upstream.url);
}
