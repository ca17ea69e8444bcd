import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createLogger, waitFor } from "@strangler/platform";
import { startProxy, type Proxy } from "@strangler/proxy";
import type { Comparison, Run } from "@strangler/loadtest";
import { BIN, strangler } from "./strangler.ts";

const ROUTES = `services:
  monolith: { url: "http://127.0.0.1:1" }
  stock: { url: "http://127.0.0.1:2" }
routes:
  - id: item-list # all of them
    match: { methods: [GET, HEAD], path: /items }
    service: stock
    stage: canary
    percent: 10
    reached: service
  - id: item-one
    match: { methods: [GET, HEAD], path: /items/:id }
    service: stock
    stage: monolith
`;

const SCENARIO = `name: items
visitors:
  - { name: reader, weight: 1, steps: [{ name: list, path: "/items?page={{int 1 9}}", expect: { json: { ok: true } } }] }
`;

let folder = "";
let file = "";
let servers: Server[] = [];
let proxy: Proxy;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "strangler-cli-load-"));
  file = path.join(folder, "plan/routes.yaml");
  await mkdir(path.join(folder, "plan/load"), { recursive: true });
  await writeFile(file, ROUTES);
  await writeFile(path.join(folder, "plan/load/items.yaml"), SCENARIO);
  servers = await Promise.all([startUpstream(), startUpstream()]);
  const [monolith = "", stock = ""] = servers.map(urlOf);
  const silent = createLogger({ name: "test", level: "silent" });
  const listen = { host: "127.0.0.1", port: 0, adminHost: "127.0.0.1", adminPort: 0 };
  const config = { ...listen, routesFile: file, isTrusted: () => false, upstreams: { monolith, stock } };
  proxy = await startProxy(config, silent);
});
afterEach(async () => {
  await proxy.close(0);
  for (const server of servers) server.close();
  await rm(folder, { recursive: true, force: true });
});

describe("strangler compare", () => {
  test("switches the routes between blocks, reports, and leaves the file as it was", async () => {
    const { status, out } = await compare("--routes", "item-list");

    expect(out).toMatch(/^(No difference seen|Service is (slower|faster))/);
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(status).toBe(0);
    expect(await readFile(file, "utf8")).toBe(ROUTES);

    const reports = await readdir(path.join(folder, ".strangler/reports"));
    expect(reports.map((name) => path.extname(name)).sort()).toEqual([".html", ".json", ".md"]);
    const json = await readFile(path.join(folder, ".strangler/reports", findJson(reports)), "utf8");
    const { sides, circumstances } = JSON.parse(json) as Comparison;
    expect(Object.keys(sides.before.servedBy)).toEqual(["monolith"]);
    expect(Object.keys(sides.after.servedBy)).toEqual(["stock"]);
    expect(circumstances.notes).toEqual({ "routes switched": "item-list" });
  });

  test("refuses a stage that a route has never come near, before anything is changed: status 5", async () => {
    const { status, err } = await compare("--routes", "item-*");

    expect(status).toBe(5);
    expect(err).toContain('Route "item-one" may not jump from monolith to service');
    expect(await readFile(file, "utf8")).toBe(ROUTES);
  });

  test("does not count as a stage held, when forced", async () => {
    const { status } = await compare("--routes", "item-*", "--force");

    expect(status).toBe(0);
    expect(await readFile(file, "utf8")).toBe(ROUTES);
  });

  test("stops at Ctrl-C and puts the routes back: status 130", async () => {
    const child = spawn(process.execPath, [BIN, ...wordsOf("--routes", "item-list", "--block", "60s")], {
      cwd: folder,
      stdio: "ignore",
    });
    await waitFor("a switched route", async () => (await readFile(file, "utf8")) !== ROUTES, { limitMs: 20_000 });

    child.kill("SIGINT");
    await once(child, "close");

    expect(child.exitCode).toBe(130);
    expect(await readFile(file, "utf8")).toBe(ROUTES);
  });

  test("refuses to compare a side with itself because no proxy followed: status 4", async () => {
    const { status, err } = await compare("--routes", "item-list", "--admin", "http://127.0.0.1:9");

    expect(status).toBe(4);
    expect(err).toContain("the proxy at http://127.0.0.1:9 did not put plan/routes.yaml in force within 5 s");
    expect(await readFile(file, "utf8")).toBe(ROUTES);
  });

  test.each([
    [["--block", "ten"], '--block: "ten" is not a duration above zero'],
    [["--fail-on", "p98>1%"], '--fail-on: "p98>1%" is not a budget'],
    [["--routes", "item-lst"], 'No route is called "item-lst"'],
  ])("%j: one sentence, status 2", async (words, sentence) => {
    const { status, err } = await compare(...words);

    expect(status).toBe(2);
    expect(err).toContain(sentence);
    expect(err.trim().split("\n")).toHaveLength(1);
  });
});

describe("strangler load run", () => {
  test("says how long each step took and who answered", async () => {
    const { status, out } = await loadRun("items");

    expect(out).toMatch(/^items: \d+ visitors in 500 ms, \d+ requests, 0 failed/);
    expect(out).toMatch(/^list +\d+ +0 +[\d.]+ ms/m);
    expect(out).toContain("Answered by:");
    expect(status).toBe(0);
  });

  test("names what failed, and ends with status 1", async () => {
    await writeFile(path.join(folder, "wrong.yaml"), SCENARIO.replace("ok: true", "ok: false"));

    const { status, out } = await loadRun("./wrong.yaml", "--json");

    const run = JSON.parse(out) as Run;
    expect(run.failures[0]).toMatchObject({ step: "list", kind: "check", reason: "ok: true instead of false" });
    expect(status).toBe(1);
  });

  test("names the place of a mistake in the scenario: status 3", async () => {
    await writeFile(path.join(folder, "plan/load/items.yaml"), SCENARIO.replace("expect", "expct"));

    expect(await loadRun("items")).toMatchObject({
      status: 3,
      err: expect.stringMatching(
        /^plan\/load\/items\.yaml:3:\d+: "expct" is not known .* Did you mean "expect"\?\n$/,
      ) as unknown,
    });
  });
});

// --- internal ---

async function startUpstream(): Promise<Server> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end('{"ok":true}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function findJson(names: readonly string[]): string {
  return names.find((name) => name.endsWith(".json")) ?? "";
}

// The machine that runs tests is busy; that the generator was late is not what is looked at here.
const PATIENT = ["--max-lateness", "10s"];

/** Three short pairs; later words win over these. */
function wordsOf(...args: string[]): string[] {
  const common = [
    "--plan",
    "plan",
    "--scenario",
    "items",
    "--url",
    proxy.url,
    "--rate",
    "60",
    "--pairs",
    "3",
    ...PATIENT,
  ];
  const block = args.includes("--block") ? [] : ["--block", "600ms"];
  const admin = args.includes("--admin") ? [] : ["--admin", proxy.adminUrl];
  return ["compare", ...common, "--warm-up", "200ms", ...block, ...admin, ...args];
}

function compare(...args: string[]) {
  return strangler(wordsOf(...args), { cwd: folder });
}

function loadRun(...args: string[]) {
  const words = ["--plan", "plan", "--url", proxy.url, "--rate", "60", "--duration", "500ms", ...PATIENT];
  return strangler(["load", "run", ...args, ...words], { cwd: folder });
}
