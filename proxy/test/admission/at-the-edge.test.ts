import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { startProcess } from "@strangler/test-kit";
import { ENGINE_NAMES } from "../../src/forward/engines.ts";
import { AUDIENCE, createSigningKey, ISSUER, jwksOf, type SigningKey } from "../kit/issuer.ts";
import { sendRaw } from "../kit/raw.ts";
import { startUpstream, type Upstream } from "../kit/upstream.ts";
import { withProxy } from "../kit/with-proxy.ts";

let folder: string;
let key: SigningKey;
let monolith: Upstream;
let stock: Upstream;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "strangler-admission-"));
  key = await createSigningKey("k1");
  await writeFile(path.join(folder, "jwks.json"), JSON.stringify(jwksOf([key.jwk])));
  [monolith, stock] = [await startUpstream("monolith"), await startUpstream("stock", answerAtTheEnd)];
});
afterAll(async () => {
  await Promise.all([monolith.close(), stock.close()]);
  await rm(folder, { recursive: true });
});

function answerAtTheEnd(request: IncomingMessage, response: ServerResponse): void {
  request.on("end", () => response.end("ok"));
}

function routes(more = ""): string {
  return `services: { monolith: { url: "${monolith.url}" }, stock: { url: "${stock.url}" } }
jwt:
  issuer: ${ISSUER}
  audience: ${AUDIENCE}
  jwks: { file: "${path.join(folder, "jwks.json")}" }
  headers: { x-auth-subject: sub }
  ${more}
routes:
  - { id: open, match: { path: /open }, service: stock, stage: service }
  - { id: members, match: { path: /members/* }, service: stock, stage: service, auth: {} }
  - { id: admin, match: { path: /admin }, service: stock, stage: service, auth: { roles: [admin] } }
  - { id: few, match: { path: /few }, service: stock, stage: service, limit: { requests: 1, perSeconds: 60 } }
  - { id: guarded, match: { path: /guarded }, service: stock, stage: service, auth: {}, limit: { requests: 2, perSeconds: 60 } }
  - { id: half, match: { path: /half }, service: stock, stage: canary, percent: 50, auth: {}, keys: [{ claim: sub }] }
`;
}

describe.each(ENGINE_NAMES)("limits and tokens at the edge, engine %s", (engine) => {
  test("only a verified subject reaches the upstream, and never a client's own word for it", () =>
    withProxy({ routes: routes(), engine }, async ({ url }) => {
      const forged = { "x-auth-subject": "root", x_auth_subject: "root", "X-Auth_Subject": "root" };
      const bearer = { authorization: `Bearer ${await key.sign({ sub: "anna" })}` };
      await fetch(`${url}/open`, { headers: { ...forged, ...bearer } });
      expect(JSON.stringify(stock.requests.at(-1)?.rawHeaders)).not.toContain("root");
      expect(stock.requests.at(-1)?.headers).not.toHaveProperty("x-auth-subject");
      await fetch(`${url}/members/1`, { headers: { ...forged, ...bearer } });
      expect(JSON.stringify(stock.requests.at(-1)?.rawHeaders)).not.toContain("root");
      expect(stock.requests.at(-1)?.headers).toMatchObject({ "x-auth-subject": "anna", ...bearer });
      await fetch(`${url}/elsewhere`, { headers: forged });
      expect(JSON.stringify(monolith.requests.at(-1)?.rawHeaders)).not.toContain("root");
    }));

  test("what is refused gets nowhere, and is told how to do better", () =>
    withProxy({ routes: routes(), engine }, async ({ url }) => {
      const before = stock.requests.length;
      const none = await fetch(`${url}/members/1`, { method: "POST", body: "x".repeat(100_000) });
      expect(none.status).toBe(401);
      expect(Object.fromEntries(none.headers)).toMatchObject({ "www-authenticate": "Bearer", "x-served-by": "proxy" });
      expect(none.headers.get("content-type")).toBe("application/problem+json");
      const bearer = { authorization: `Bearer ${await key.sign()}` };
      expect((await fetch(`${url}/admin`, { headers: bearer })).status).toBe(403);
      const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
      const raw = await sendRaw(
        url,
        `GET /members/ws HTTP/1.1\r\nHost: a\r\n${upgrade}Sec-WebSocket-Key: eA==\r\n\r\n`,
      );
      expect([raw.status, raw.headers.get("www-authenticate"), raw.end]).toEqual([401, ["Bearer"], "closed"]);
      expect(stock.requests.length).toBe(before);
    }));

  test("what is let in arrives whole, and says what is left of its limits", () =>
    withProxy({ routes: routes(), engine }, async ({ url }) => {
      const bearer = { authorization: `Bearer ${await key.sign()}` };
      const body = "x".repeat(300_000);
      expect((await fetch(`${url}/members/1`, { method: "POST", body, headers: bearer })).status).toBe(200);
      expect(stock.requests.at(-1)?.body.length).toBe(body.length);

      const first = await fetch(`${url}/few`);
      expect(Object.fromEntries(first.headers)).toMatchObject({
        "ratelimit-policy": `"address";q=1;w=60`,
        "x-served-by": "stock",
      });
      const second = await fetch(`${url}/few`);
      expect(second.status).toBe(429);
      expect(Number(second.headers.get("retry-after"))).toBeGreaterThan(50);
      // The limit by address comes first: no signature is computed for a flood.
      const statuses = [];
      for (let count = 0; count < 4; count += 1) {
        statuses.push((await fetch(`${url}/guarded`, { headers: { authorization: "Bearer no-token" } })).status);
      }
      expect(statuses).toEqual([401, 401, 429, 429]);
    }));

  test("a verified claim can name the customer of a canary, and the token can be kept from upstreams", () =>
    withProxy({ routes: routes("authorization: strip"), engine }, async ({ url }) => {
      const side = async (sub: string) => {
        const answer = await fetch(`${url}/half`, { headers: { authorization: `Bearer ${await key.sign({ sub })}` } });
        return answer.headers.get("x-served-by");
      };
      const customers = Array.from({ length: 20 }, (_, index) => `customer-${index}`);
      const sides = await Promise.all(customers.map(side));
      expect(await Promise.all(customers.map(side))).toEqual(sides);
      expect(new Set(sides)).toEqual(new Set(["monolith", "stock"]));
      for (const { headers } of [stock.requests.at(-1), monolith.requests.at(-1)].filter(
        (each) => each !== undefined,
      )) {
        expect(headers).not.toHaveProperty("authorization");
      }
    }));
});

test("several workers share one count", async () => {
  const routesFile = path.join(folder, "shared.yaml");
  await writeFile(routesFile, routes().replace("requests: 1, perSeconds: 60", "requests: 10, perSeconds: 60"));
  const proxy = startProcess({
    script: path.join(import.meta.dirname, "../../src/main.ts"),
    env: { ROUTES_FILE: routesFile, PORT: "0", ADMIN_PORT: "0", WORKERS: "2" },
  });
  try {
    const line = await proxy.waitForLine(/proxy is listening/);
    const { url } = JSON.parse(line) as { url: string };
    const ask = () => fetch(`${url}/few`, { headers: { connection: "close" } }).then(({ status }) => status);
    const statuses = await Promise.all(Array.from({ length: 40 }, ask));
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(30);
    expect(await waitFor("an answer from the open route", () => fetch(`${url}/open`))).toMatchObject({ status: 200 });
  } finally {
    await proxy.kill("SIGTERM");
  }
}, 30_000);
