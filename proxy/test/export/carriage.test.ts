import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import {
  findNginxModule,
  missingEngine,
  startEnvoy,
  startHaproxy,
  startNginx,
  type EngineConfig,
  type RunningEngine,
} from "@strangler/test-kit";
import { testWith } from "@strangler/test-kit/jest";
import type { ExportEngine } from "../../src/export/engines.ts";
import { exportRoutes } from "../../src/export/export-routes.ts";
import { parseRoutes } from "../../src/routes/parse.ts";
import { sendRaw, type RawAnswer } from "../kit/raw.ts";
import { EVERYTHING } from "./everything.ts";
import { findClosedPort, startUpstream, type Seen, type Upstream } from "../kit/upstream.ts";

type Case = {
  engine: ExportEngine;
  by: string;
  start: (config: EngineConfig) => Promise<RunningEngine>;
  missing: string | undefined;
  /** What an upstream that is not there makes of the answer. */
  unreachable: number;
};

const CASES: Case[] = [
  { engine: "nginx", by: "nginx", start: startNginx, missing: missingEngine("nginx"), unreachable: 502 },
  { engine: "haproxy", by: "HAProxy", start: startHaproxy, missing: missingEngine("haproxy"), unreachable: 503 },
  { engine: "envoy", by: "Envoy", start: startEnvoy, missing: missingEngine("envoy"), unreachable: 502 },
];

const NJS = findNginxModule("ngx_http_js_module.so");
const NO_NJS = NJS === undefined ? "no njs here (apt-get install libnginx-mod-http-js)" : undefined;

let monolith: Upstream;
let stock: Upstream;
let closedPort: number;

beforeAll(async () => {
  const echo = (name: string) =>
    startUpstream(name, (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        response.writeHead(200, { "x-served-by": "a lie", "set-cookie": ["a=1", "b=2"], "keep-alive": "timeout=5" });
        response.write(`${name} ${createHash("sha256").update(Buffer.concat(chunks)).digest("hex")}`);
        // An event stream goes on for as long as its page is open.
        if (request.url?.endsWith("/events") !== true) response.end();
      });
    });
  monolith = await echo("monolith");
  stock = await echo("stock");
  for (const { server } of [monolith, stock]) {
    server.on("upgrade", ({ headers }, socket) => {
      // RFC 6455 section 4.2.2: some proxies look whether the server has understood.
      const key = `${headers["sec-websocket-key"] ?? ""}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
      const accept = createHash("sha1").update(key).digest("base64");
      const fields = ["upgrade: websocket", "connection: upgrade", `sec-websocket-accept: ${accept}`];
      socket.end(["HTTP/1.1 101 Switching Protocols", ...fields, "", "hello"].join("\r\n"));
    });
  }
  closedPort = await findClosedPort();
});

afterAll(() => Promise.all([monolith.close(), stock.close()]));

function routes(): string {
  return `
services:
  monolith: { url: "${monolith.url}" }
  stock: { url: "${stock.url}", host: upstream }
  gone: { url: "http://127.0.0.1:${closedPort}" }
override: { header: x-choose, cookie: choose }
forwarded: { port: true }
jwt: { issuer: "https://login.example", audience: shop, jwks: { file: keys.json }, headers: { x-user-id: sub } }
routes:
  - { id: items, match: { path: "/items/*" }, service: stock, stage: service, upgrade: true }
  - { id: office, match: { path: /office }, service: stock, stage: service, auth: { roles: [clerk] } }
  - { id: gone, match: { path: /gone }, service: gone, stage: service }
  - { id: tried, match: { path: /tried }, service: stock, stage: shadow, shadow: { credentials: drop } }
`;
}

describe.each(CASES)("the exported routes in $by", ({ engine: name, start, missing, unreachable }) => {
  testWith(
    missing ?? (name === "nginx" ? NO_NJS : undefined),
    "start with everything that a routes file can say",
    async () => {
      for (const text of EVERYTHING) {
        // Engines look names up when they start.
        const known = parseRoutes("routes.yaml", text.replaceAll(/[\w-]+\.example\b/g, "127.0.0.1"));
        const listen = (port: number) => exportRoutes(name, known, { listen: { host: "127.0.0.1", port } }).files;
        const engine = await (name === "nginx"
          ? startNginx(listen, { main: `load_module ${NJS ?? ""};` })
          : start(listen));
        await engine.close();
      }
    },
  );

  const withEngine = (use: (engine: RunningEngine) => Promise<void>) => async () => {
    const snapshot = parseRoutes("routes.yaml", routes());
    const engine = await start((port) => exportRoutes(name, snapshot, { listen: { host: "127.0.0.1", port } }).files);
    try {
      await use(engine);
    } finally {
      await engine.close();
    }
  };

  testWith(
    missing,
    "believe nothing that a client says of where it comes from, or of who it is",
    withEngine(async (engine) => {
      await ask(engine, "GET /items/1", [
        ...["X-Forwarded-For: 6.6.6.6", "X_Forwarded_For: 6.6.6.6", "X-Forwarded-Proto: https", "X-Real-IP: 6.6.6.6"],
        ...["X-Forwarded-Host: evil.example", "X-Forwarded-Prefix: /evil", "Forwarded: for=6.6.6.6"],
        ...["X-User-Id: admin", "X-Choose: always", "X-Strangler-Shadow: 1", "Proxy-Authorization: Basic eA=="],
        "Cookie: a=b; strangler-customer=AAAAAAAAAAAAAAAAAAAAAA; choose=always; strangler-writes=x; c=d",
      ]);

      const { headers } = lastOf(stock);
      expect(headers).toMatchObject({
        host: new URL(stock.url).host,
        cookie: "a=b; c=d",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-host": "shop.example:81",
        "x-forwarded-proto": "http",
        "x-forwarded-port": "81",
      });
      const hidden = ["x-user-id", "x-choose", "x-strangler-shadow", "x-real-ip", "forwarded", "x-forwarded-prefix"];
      expect([...hidden, "x_forwarded_for", "proxy-authorization"].filter((field) => field in headers)).toEqual([]);
    }),
  );

  testWith(
    missing,
    "name every request and its trace, and say who answered",
    withEngine(async (engine) => {
      const trace = "0af7651916cd43dd8448eb211c80319c";
      const named = await ask(engine, "GET /items/1", [
        "X-Request-Id: hers-1",
        `Traceparent: 00-${trace}-b7ad6b7169203331-01`,
      ]);
      const seenNamed = lastOf(stock);
      const unnamed = await ask(engine, "GET /else", ["X-Request-Id: not well formed"]);
      const seenUnnamed = lastOf(monolith);

      expect(named.headers.get("x-request-id")).toEqual(["hers-1"]);
      expect(seenNamed.headers["x-request-id"]).toBe("hers-1");
      expect(seenNamed.headers["traceparent"]).toMatch(new RegExp(`^00-${trace}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`));
      expect(named.headers.get("x-served-by")).toEqual(["stock"]);
      expect(named.headers.get("set-cookie")).toEqual(["a=1", "b=2"]);
      expect(unnamed.headers.get("x-served-by")).toEqual(["monolith"]);
      expect(seenUnnamed.headers["x-request-id"]).toMatch(/^[\w-]{32,36}$/);
      expect(unnamed.headers.get("x-request-id")).toEqual([seenUnnamed.headers["x-request-id"]]);
      expect(seenUnnamed.headers["traceparent"]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    }),
  );

  testWith(
    missing,
    "carry bodies, event streams, and WebSockets where a route allows them",
    withEngine(async (engine) => {
      const body = "x".repeat(300_000);
      const upload = await ask(engine, "POST /items/1", [`Content-Length: ${body.length}`], body);
      const events = await ask(engine, "GET /items/events");
      const socket = [
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version: 13",
      ];
      const allowed = await ask(engine, "GET /items/socket", socket);
      const elsewhere = await ask(engine, "GET /socket", socket);

      expect(upload.body).toContain(`stock ${createHash("sha256").update(body).digest("hex")}`);
      expect(events).toMatchObject({ status: 200, end: "left open" });
      expect(events.body).toContain("stock");
      expect(allowed).toMatchObject({ status: 101, body: "hello" });
      expect(elsewhere.status).not.toBe(101);
    }),
  );

  testWith(
    missing,
    "speak for themselves where there is nobody else to",
    withEngine(async (engine) => {
      const gone = await ask(engine, "GET /gone");
      const trace = await ask(engine, "TRACE /items/1");
      const long = await ask(engine, `GET /items/${"x".repeat(8_200)}`);
      const fragment = await ask(engine, "GET /items/1#x");
      const office = await ask(engine, "GET /office", ["Authorization: Bearer whatever"]);

      const statuses = [gone, trace, long, fragment, office].map(({ status }) => status);
      // Nobody here verifies a token, so nobody is let in.
      expect(statuses).toEqual([unreachable, 405, 414, 400, 401]);
      expect(gone.headers.get("x-served-by")).toEqual(["proxy"]);
    }),
  );

  testWith(
    missing,
    name === "haproxy" ? "mirror nothing" : "show a candidate no credentials where a route says so",
    withEngine(async (engine) => {
      const before = stock.requests.length;
      const answer = await ask(engine, "GET /tried?q=1", ["Cookie: sid=secret", "Authorization: Bearer secret"]);
      const mirrored = stock.requests.slice(before);

      expect(answer.headers.get("x-served-by")).toEqual(["monolith"]);
      expect(lastOf(monolith).headers).toMatchObject({ cookie: "sid=secret", authorization: "Bearer secret" });
      if (name === "haproxy") {
        expect(mirrored).toEqual([]);
        return;
      }
      expect(mirrored).toMatchObject([{ url: "/tried?q=1", headers: { "x-strangler-shadow": "1" } }]);
      expect(mirrored[0]?.headers["cookie"]).toBeUndefined();
      expect(mirrored[0]?.headers["authorization"]).toBeUndefined();
    }),
  );
});

function ask(engine: RunningEngine, line: string, fields: readonly string[] = [], body = ""): Promise<RawAnswer> {
  const head = [`${line} HTTP/1.1`, "Host: shop.example:81", ...fields, "", ""].join("\r\n");
  return sendRaw(engine.url, `${head}${body}`);
}

function lastOf({ requests }: Upstream): Seen {
  const last = requests.at(-1);
  if (last === undefined) throw new Error("the upstream has not been asked");
  return last;
}
