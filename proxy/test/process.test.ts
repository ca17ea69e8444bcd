import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startProcess, waitFor, type TestProcess } from "@strangler/test-kit";
import { sendRaw } from "./kit/raw.ts";
import { startRawUpstream, startUpstream, type Upstream } from "./kit/upstream.ts";
import { routesText } from "./kit/with-proxy.ts";

let folder = "";
let monolith: Upstream;
let held: ServerResponse | undefined;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "strangler-process-"));
  monolith = await startUpstream("monolith", (request, response) => {
    if (request.url === "/slow") held = response;
    else response.end(`monolith ${request.url ?? ""}`);
  });
});
afterAll(async () => {
  await monolith.close();
  await rm(folder, { recursive: true, force: true });
});

describe("the proxy as a process", () => {
  test("takes the addresses of upstreams from the environment over those of the file", () =>
    withProcess({ STRANGLER_UPSTREAM_MONOLITH: monolith.url }, async ({ url }) => {
      expect(await (await fetch(`${url}/a`)).text()).toBe("monolith /a");
    }));

  test("asked to end, it takes nothing new, lets open requests finish, and ends with 0", () =>
    withProcess({ STRANGLER_UPSTREAM_MONOLITH: monolith.url }, async ({ url, running }) => {
      const answered = once(httpRequest(`${url}/slow`).end(), "response");
      await waitFor("the request to reach the monolith", () => held);

      const ended = running.kill("SIGTERM");
      await waitFor("new connections to be refused", async () => {
        const refused = await fetch(`${url}/new`).then(
          () => false,
          () => true,
        );
        return refused;
      });
      held?.end("finished");

      const [answer] = (await answered) as [IncomingMessage];
      const chunks = await answer.toArray();
      expect(Buffer.concat(chunks as Buffer[]).toString()).toBe("finished");
      expect(answer.headers["connection"]).toBe("close");
      await ended;
      expect(await running.exited).toEqual({ status: 0, signal: null });
      expect(running.lines.join("\n")).toContain("drained");
    }));

  test("lives on after the two answers that have ended other proxies, and has nothing to hide in its log", async () => {
    const bytes: Record<string, string> = {
      "/trailer": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\nok\r\n0\r\nX: 1\r\n\r\n",
      "/status": "HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n",
      "/good": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    };
    const upstream = await startRawUpstream((socket, request) => {
      socket.end(bytes[request.split(" ")[1] ?? ""] ?? "");
    });
    await withProcess({ STRANGLER_UPSTREAM_MONOLITH: upstream.url }, async ({ url, running }) => {
      const ask = async (target: string) => (await sendRaw(url, `GET ${target} HTTP/1.0\r\n\r\n`, 2_000)).status;

      expect(await ask("/trailer")).toBe(200);
      expect(await ask("/status")).toBe(502);
      expect(await ask("/good")).toBe(200);
      expect(running.lines.filter((line) => /uncaught|"level":[56]0/.test(line))).toEqual([]);
    });
    await upstream.close();
  });

  test.each([
    [
      "no routes file",
      { ROUTES_FILE: "/nowhere/routes.yaml" },
      /routes\.yaml: cannot be read \(there is no such file\)/,
      3,
    ],
    ["a port that is none", { PORT: "http" }, /The environment is not complete: PORT: /, 3],
    ["a short token", { ADMIN_TOKEN: "short" }, /ADMIN_TOKEN: an admin token has at least 16 characters/, 3],
    ["a wrong trusted proxy", { TRUSTED_PROXIES: "10.0.0.0/33" }, /"10\.0\.0\.0\/33" is neither an IP address nor/, 3],
    ["a wrong upstream", { STRANGLER_UPSTREAM_STOCK: "stock:80" }, /STRANGLER_UPSTREAM_STOCK: an address is http/, 3],
    ["a path in an upstream", { STRANGLER_UPSTREAM_STOCK: "http://a/b" }, /STRANGLER_UPSTREAM_STOCK: an address is/, 3],
  ] as const)("%s: one sentence and a status", async (_what, env, sentence, status) => {
    const running = await start({ ...env });

    expect((await Promise.race([running.exited, running.waitForLine(/listening/)])) as object).toMatchObject({
      status,
    });
    expect(running.lines).toHaveLength(1);
    expect(running.lines[0]).toMatch(sentence);
  });

  test("a taken port: one sentence, the way to find out by whom, status 4", async () => {
    const taken = createServer();
    taken.listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };

    const running = await start({ PORT: String(port) });

    expect((await running.exited).status).toBe(4);
    expect(running.lines).toEqual([
      expect.stringMatching(/^Port \d+ on 127\.0\.0\.1 is taken by another process\. Find it/),
    ]);
    taken.close();
  });
});

// --- internal ---

async function start(env: Record<string, string>): Promise<TestProcess> {
  const file = path.join(folder, "routes.yaml");
  await writeFile(file, routesText("http://127.0.0.1:1", "http://127.0.0.1:1"));
  return startProcess({
    script: path.resolve(import.meta.dirname, "../src/main.ts"),
    env: { ROUTES_FILE: file, PORT: "0", ADMIN_PORT: "0", LOG_LEVEL: "info", ...env },
  });
}

async function withProcess(
  env: Record<string, string>,
  use: (started: { url: string; running: TestProcess }) => Promise<void>,
): Promise<void> {
  const running = await start(env);
  try {
    const line = await running.waitForLine(/proxy is listening/);
    const { url } = JSON.parse(line) as { url: string };
    await use({ url, running });
  } finally {
    await running.kill("SIGKILL");
  }
}
