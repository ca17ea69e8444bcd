import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { startProcess, waitFor, type TestProcess } from "@strangler/test-kit";
import type { RouteReport } from "../src/index.ts";
import { startUpstream, type Upstream } from "./kit/upstream.ts";
import { routesText } from "./kit/with-proxy.ts";

const WORKERS = 3;

describe("a proxy of several workers", () => {
  let folder = "";
  let monolith: Upstream;
  let stock: Upstream;
  let running: TestProcess;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "strangler-workers-"));
    [monolith, stock] = await Promise.all([startUpstream("monolith"), startUpstream("stock")]);
  });
  afterEach(async () => {
    await running.kill("SIGKILL");
    await Promise.all([monolith.close(), stock.close()]);
    await rm(folder, { recursive: true, force: true });
  });

  async function start(env: Record<string, string> = {}): Promise<{ url: string; adminUrl: string; file: string }> {
    const file = path.join(folder, "routes.yaml");
    await writeFile(file, routesText(monolith.url, stock.url));
    running = startProcess({
      script: path.resolve(import.meta.dirname, "../src/main.ts"),
      env: { ROUTES_FILE: file, PORT: "0", ADMIN_PORT: "0", LOG_LEVEL: "info", WORKERS: String(WORKERS), ...env },
    });
    const line = await Promise.race([running.waitForLine(/proxy is listening/), running.exited.then(() => "{}")]);
    return { file, ...(JSON.parse(line) as { url: string; adminUrl: string }) };
  }

  /** Asks over a new connection each time, so that every worker gets some of them. */
  async function ask(url: string, times: number): Promise<string[]> {
    const names: string[] = [];
    for (let time = 0; time < times; time += 1) {
      const answer = await fetch(`${url}/items/1`, { headers: { connection: "close" } });
      names.push(((await answer.json()) as { name: string }).name);
    }
    return names;
  }

  const report = async (adminUrl: string) => (await (await fetch(`${adminUrl}/routes`)).json()) as RouteReport;
  const counted = async (adminUrl: string) => (await report(adminUrl)).routes[0]?.monolith.requests;

  test("counts as one", async () => {
    const { url, adminUrl } = await start();

    await ask(url, 60);

    await waitFor("all requests to be counted", async () => (await counted(adminUrl)) === 60);
    expect(await (await fetch(`${adminUrl}/metrics`)).text()).toContain(
      'strangler_requests_total{route="items",side="monolith",status="2xx"} 60',
    );
  });

  test("puts a flip in force at every worker", async () => {
    const { url, adminUrl, file } = await start();
    const { version } = await report(adminUrl);

    await writeFile(file, routesText(monolith.url, stock.url, "stage: service"));
    await waitFor("the flip", async () => (await report(adminUrl)).version !== version);

    expect(new Set(await ask(url, 60))).toEqual(new Set(["stock"]));
  });

  test("replaces a worker that was killed, under the routes of now, and keeps what it had counted", async () => {
    const { url, adminUrl, file } = await start();
    await ask(url, 30);
    await waitFor("all requests to be counted", async () => (await counted(adminUrl)) === 30);

    const [victim] = workersOf(running);
    process.kill(victim ?? 0, "SIGKILL");
    await running.waitForLine(/a worker has died and is replaced/);
    await writeFile(file, routesText(monolith.url, stock.url, "stage: service"));
    await waitFor("the new worker", () => workersOf(running).length === WORKERS);

    await waitFor("every worker to know the flip", async () => !(await ask(url, 30)).includes("monolith"));
    expect(await counted(adminUrl)).toBeGreaterThanOrEqual(30);
  });

  test("ends with 0 when asked to, and leaves no worker behind", async () => {
    await start();
    const workers = workersOf(running);

    await running.kill("SIGTERM");

    expect((await running.exited).status).toBe(0);
    await waitFor("the workers to end", () => workers.every((pid) => !isAlive(pid)));
  });

  test("does not start on a taken port", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };

    await start({ PORT: String(port) });

    expect((await running.exited).status).toBe(4);
    expect(running.lines.at(-1)).toMatch(/^Port \d+ on 127\.0\.0\.1 is taken by another process/);
    taken.close();
  });
});

// --- internal ---

/** The processes that the log tells of have no lines of their own, so the system is asked. Linux only, like the port they share. */
function workersOf({ pid }: TestProcess): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return children.trim().split(" ").map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
