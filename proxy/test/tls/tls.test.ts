import { createServer as createHttpsServer, request as httpsRequest, Agent, type RequestOptions } from "node:https";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createLogger, errorCode, waitFor } from "@strangler/platform";
import { testWith } from "@strangler/test-kit/jest";
import { ENGINE_NAMES } from "../../src/forward/engines.ts";
import { startEdgeTls, type EdgeTls } from "../../src/tls/edge-tls.ts";
import { tlsWarnings } from "../../src/tls/report.ts";
import { createAuthority, findMissingOpenssl, type Authority } from "../kit/certificates.ts";
import { sendRaw } from "../kit/raw.ts";
import { startUpstream, type Upstream } from "../kit/upstream.ts";
import { routesText, withProxy } from "../kit/with-proxy.ts";

const missing = findMissingOpenssl();

let folder: string;
let authority: Authority;
let upstream: Upstream;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "strangler-tls-"));
  if (missing === undefined) authority = await createAuthority(folder);
  upstream = await startUpstream("monolith", (request, response) => {
    if (request.url !== "/events") {
      response.end("hello");
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
    request.once("close", () => response.end());
  });
  upstream.server.on("upgrade", (_request, socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  });
});
afterAll(async () => {
  await upstream.close();
  await rm(folder, { recursive: true });
});

type Got = { status: number; body: string; fingerprint: string; headers: IncomingMessage["headers"] };

function get(url: string, options: RequestOptions = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, { ca: authority.certificate, agent: false, ...options }, (response) => {
      const { fingerprint256: fingerprint } = (response.socket as TLSSocket).getPeerCertificate();
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body, fingerprint, headers: response.headers }),
      );
      response.on("error", reject);
    });
    request.on("error", reject).end();
  });
}

/** Shakes hands, and says what was agreed on, or why nothing was. */
function shakeHands(
  url: string,
  options: ConnectionOptions,
): Promise<{ alpn?: string | false | null; version?: string | null; error?: string }> {
  return new Promise((resolve) => {
    const { port } = new URL(url);
    const socket = connect({
      port: Number(port),
      host: "127.0.0.1",
      ca: authority.certificate,
      servername: "localhost",
      ...options,
    });
    socket.on("secureConnect", () => {
      resolve({ alpn: socket.alpnProtocol, version: socket.getProtocol() });
      socket.destroy();
    });
    socket.on("error", (error: Error) => resolve({ error: errorCode(error) ?? error.message }));
  });
}

/** Bytes there and back over one TLS connection, until what has come back matches. */
async function converse(url: string, bytes: string, until: RegExp, more?: string): Promise<string> {
  const { port } = new URL(url);
  const socket = connect({ port: Number(port), host: "127.0.0.1", ca: authority.certificate, servername: "localhost" });
  let received = "";
  socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
  socket.on("error", () => undefined);
  socket.write(bytes);
  try {
    await waitFor(String(until), () => {
      if (more !== undefined && received.includes("\r\n\r\n")) socket.write(more);
      return until.test(received);
    });
    return received;
  } finally {
    socket.destroy();
  }
}

describe.each(ENGINE_NAMES)("TLS at the edge, engine %s", (engine) => {
  testWith(
    missing,
    "carries requests, events as they come, and WebSockets; upstreams learn that it was https",
    async () => {
      const tls = await authority.issue("edge", "localhost", "127.0.0.1");
      await withProxy({ routes: routesText(upstream.url, upstream.url), tls, engine }, async ({ url }) => {
        expect(url).toMatch(/^https:/);
        expect(await get(`${url}/a`)).toMatchObject({ status: 200, body: "hello" });
        const absolute = (scheme: string) => `GET ${scheme}://localhost/a HTTP/1.1\r\nHost: localhost\r\n\r\n`;
        expect(await converse(url, absolute("https"), /hello/)).toMatch(/^HTTP\/1\.1 200/);
        expect(await converse(url, absolute("http"), /problem/)).toMatch(/^HTTP\/1\.1 400/);
        expect(upstream.requests.at(-1)?.headers).toMatchObject({ "x-forwarded-proto": "https" });
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        for (let count = 0; count < 3; count += 1) expect((await get(`${url}/a`, { agent })).status).toBe(200);
        agent.destroy();
        const host = `Host: localhost\r\n`;
        expect(await converse(url, `GET /events HTTP/1.1\r\n${host}\r\n`, /data: 1/)).toMatch(/^HTTP\/1\.1 200/);
        const upgrade = `GET /socket HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
        expect(await converse(url, upgrade, /ping/, "ping")).toMatch(/^HTTP\/1\.1 101/);
      });
    },
  );

  testWith(
    missing,
    "speaks to upstreams only where their certificate is trusted and for the plan's name, whatever the Host",
    async () => {
      const named = await startSecureUpstream(await authority.issue("named", "localhost"));
      const other = await startSecureUpstream(await authority.issue("other", "shop.test"));
      const stranger = await createAuthority(await mkdtemp(path.join(folder, "stranger-")));
      const untrusted = await startSecureUpstream(await stranger.issue("untrusted", "localhost"));
      try {
        const routes = (port: number) => routesText(`https://localhost:${port}`, upstream.url);
        const status = (port: number) =>
          withProxy({ routes: routes(port), engine, upstreamCa: authority.file }, async ({ url }) => {
            const answer = await fetchWithHost(url, "shop.test");
            return answer;
          });
        expect(await status(named.port)).toBe(200);
        expect(await status(other.port)).toBe(502);
        expect(await status(untrusted.port)).toBe(502);
      } finally {
        await Promise.all([named.close(), other.close(), untrusted.close()]);
      }
    },
  );
});

describe("TLS at the edge", () => {
  testWith(missing, "takes TLS 1.2 and 1.3 and HTTP/1.1, and nothing else", async () => {
    const tls = await authority.issue("edge", "localhost");
    await withProxy({ routes: routesText(upstream.url, upstream.url), tls }, async ({ url }) => {
      expect(await shakeHands(url, { ALPNProtocols: ["h2", "http/1.1"] })).toEqual({
        alpn: "http/1.1",
        version: "TLSv1.3",
      });
      expect(await shakeHands(url, { maxVersion: "TLSv1.2" })).toEqual({ alpn: false, version: "TLSv1.2" });
      expect(await shakeHands(url, { ALPNProtocols: ["h2"] })).toMatchObject({
        error: expect.stringMatching(/ALPN|NO_APPLICATION|ALERT|ECONNRESET/i) as unknown,
      });
      const old = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
      expect(await shakeHands(url, old)).toMatchObject({
        error: expect.stringMatching(/VERSION|PROTOCOL|ECONNRESET/i) as unknown,
      });
      // Plain text at the TLS port ends there, and the next customer is served.
      expect(
        await fetch(url.replace("https:", "http:")).then(
          (answer) => answer.status,
          () => "refused",
        ),
      ).toBe("refused");
      expect((await get(`${url.replace("127.0.0.1", "localhost")}/a`)).status).toBe(200);
    });
  });

  testWith(
    missing,
    "puts new certificates in force for new connections, keeps open ones, and keeps the last good ones",
    async () => {
      const files = await authority.issue("reload", "localhost", "127.0.0.1");
      await withProxy({ routes: routesText(upstream.url, upstream.url), tls: files }, async ({ url, log }) => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        const first = await get(`${url}/a`, { agent });
        await authority.issue("reload", "localhost", "127.0.0.1");
        const second = await waitFor("the new certificate", async () => {
          const got = await get(`${url}/a`);
          return got.fingerprint === first.fingerprint ? undefined : got;
        });
        expect((await get(`${url}/a`, { agent })).status).toBe(200);
        agent.destroy();

        const good = await readFile(files.keyFile, "utf8");
        await writeFile(files.keyFile, "-----BEGIN PRIVATE KEY-----\nhalf of");
        await waitFor("a complaint", () => log.find(({ msg }) => /last good ones stay/.test(String(msg))));
        expect((await get(`${url}/a`)).fingerprint).toBe(second.fingerprint);
        expect(JSON.stringify(log)).not.toContain("half of");
        await writeFile(files.keyFile, good);
        await waitFor("a reload", () => log.filter(({ msg }) => msg === "certificates reloaded").length === 2);
      });
    },
  );

  testWith(missing, "chooses by server name among the certificates of a folder, which may come and go", async () => {
    const sni = await mkdtemp(path.join(folder, "sni-"));
    const files = await authority.issue("default", "localhost");
    const issueInto = async (name: string, ...names: string[]) => {
      const { certFile, keyFile } = await authority.issue(name, ...names);
      await writeFile(path.join(sni, `${name}.key`), await readFile(keyFile));
      await writeFile(path.join(sni, `${name}.crt`), await readFile(certFile));
    };
    await issueInto("a", "a.test", "www.a.test");
    await issueInto("wild", "*.wild.test");
    const routes = routesText(upstream.url, upstream.url);
    await withProxy({ routes, tls: { ...files, folder: sni } }, async ({ url }) => {
      const seen = async (servername: string) => {
        const { port } = new URL(url);
        const socket = connect({ port: Number(port), host: "127.0.0.1", servername, rejectUnauthorized: false });
        await new Promise((resolve) => socket.once("secureConnect", resolve));
        const { subject } = socket.getPeerCertificate();
        socket.destroy();
        return subject.CN;
      };
      expect(await seen("www.a.test")).toBe("a");
      expect(await seen("shop.wild.test")).toBe("wild");
      expect(await seen("deep.shop.wild.test")).toBe("default");
      expect(await seen("unknown.test")).toBe("default");
      await issueInto("b", "b.test");
      await waitFor("another one", async () => (await seen("b.test")) === "b");
    });
  });

  testWith(missing, "does not start with files that do not belong together", async () => {
    const [one, two] = [await authority.issue("one", "localhost"), await authority.issue("two", "localhost")];
    const log = createLogger({ name: "test", level: "silent" });
    const start = (files: Parameters<typeof startEdgeTls>[0]): Promise<EdgeTls> => startEdgeTls(files, log);
    await expect(start({ ...one, keyFile: two.keyFile })).rejects.toThrow(/does not belong to the certificate/);
    await expect(start({ ...one, certFile: one.keyFile })).rejects.toThrow(/holds no certificate/);
    await expect(start({ ...one, keyFile: "" })).rejects.toThrow(/is not named/);
    await expect(start({ ...one, keyFile: "/nowhere" })).rejects.toMatchObject({ code: "TLS_FILES_INVALID" });
  });

  test("warns two weeks before a certificate ends, and while files cannot be used", () => {
    const at = Date.parse("2026-01-01T00:00:00Z");
    const certificate = { from: "edge.crt", names: [], expiresAt: "2026-01-20T12:00:00.000Z", fingerprint: "" };
    const report = { certificates: [certificate], failure: null, reloads: 0, failedHandshakes: 0 };
    expect(tlsWarnings(report, at)).toEqual([]);
    expect(tlsWarnings(report, at + 6 * 86_400_000)).toEqual([
      "The certificate in edge.crt expires at 2026-01-20T12:00:00.000Z, in 13 days.",
    ]);
    expect(tlsWarnings({ ...report, failure: "no key" }, at + 30 * 86_400_000)).toHaveLength(2);
  });
});

// --- internal ---

async function startSecureUpstream({ certFile, keyFile }: { certFile: string; keyFile: string }) {
  const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)]);
  const server = createHttpsServer({ cert, key }, (_request, response) => response.end("secure"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function fetchWithHost(url: string, host: string): Promise<number> {
  const { status } = await sendRaw(url, `GET /a HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, 3_000);
  return status;
}
