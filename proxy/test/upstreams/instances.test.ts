import { setTimeout as pause } from "node:timers/promises";
import path from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createLogger, waitFor } from "@strangler/platform";
import { startProcess, type TestProcess } from "@strangler/test-kit";
import { ENGINE_NAMES } from "../../src/forward/engines.ts";
import { createUpstreams } from "../../src/upstreams/upstreams.ts";
import { parseRoutes } from "../../src/routes/parse.ts";
import { findClosedPort, startUpstream, type Upstream } from "../kit/upstream.ts";
import { withProxy } from "../kit/with-proxy.ts";

const SCRIPT = path.join(import.meta.dirname, "../kit/instance-process.ts");

const processes = new Set<TestProcess>();
const upstreams = new Set<Upstream>();
afterEach(async () => {
  await Promise.all([...processes].map((each) => each.kill("SIGKILL")));
  await Promise.all([...upstreams].map((each) => each.close()));
  processes.clear();
  upstreams.clear();
});

async function startInstance(port: number): Promise<TestProcess> {
  const started = startProcess({ script: SCRIPT, args: [String(port)] });
  processes.add(started);
  await started.waitForLine(/listening/);
  return started;
}

async function killInstance(instance: TestProcess): Promise<void> {
  await instance.kill("SIGKILL");
  processes.delete(instance);
}

async function start(name: string, listener?: Parameters<typeof startUpstream>[1]): Promise<Upstream> {
  const upstream = await startUpstream(name, listener);
  upstreams.add(upstream);
  return upstream;
}

function routes(monolith: string, stock: string): string {
  return `services: { monolith: { url: "${monolith}" }, stock: ${stock} }
routes: [{ id: items, match: { path: /items/* }, service: stock, stage: service }]`;
}

describe.each(ENGINE_NAMES)("instances that are killed and started again under load, engine %s", (engine) => {
  test("cost no customer an answer to a request that can be repeated", async () => {
    const ports = [await findClosedPort(), await findClosedPort(), await findClosedPort()];
    const instances = await Promise.all(ports.map(startInstance));
    // Not there: what is answered must come from an instance.
    const nobody = `http://127.0.0.1:${await findClosedPort()}`;
    const list = ports.map((port) => `"http://127.0.0.1:${port}"`).join();
    const health = "{ path: /health, everySeconds: 0.2, withinSeconds: 1, healthyAfter: 1, unhealthyAfter: 1 }";
    const stock = `{ instances: [${list}], health: ${health}, ejection: { failures: 2, seconds: 0.5 } }`;

    await withProxy({ routes: routes(nobody, stock), engine }, async ({ url }) => {
      const statuses = new Map<number, number>();
      const pids = new Set<number>();
      let loading = true;
      const clients = Array.from({ length: 8 }, async () => {
        while (loading) {
          const answer = await fetch(`${url}/items/1`);
          const body = (await answer.json()) as { pid?: number };
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
          if (body.pid !== undefined) pids.add(body.pid);
        }
      });
      for (const turn of [0, 1, 2, 0]) {
        await pause(150);
        await killInstance(instances[turn] as TestProcess);
        await pause(150);
        instances[turn] = await startInstance(ports[turn] ?? 0);
        await waitFor("its requests", () => pids.has(instances[turn]?.pid ?? 0));
      }
      loading = false;
      await Promise.all(clients);
      expect([...statuses.keys()]).toEqual([200]);
      expect(statuses.get(200)).toBeGreaterThan(200);
      expect(pids.size).toBe(7);
    });
  });
});

describe("instances of a service", () => {
  test("share requests by who is least busy, and one that has left the list ends what it has", async () => {
    let release: () => void = () => undefined;
    const slow = await start("slow", (_request, response) => {
      release = () => response.end("from slow");
    });
    const quick = await start("quick", (_request, response) => response.end("from quick"));
    const monolith = await start("monolith");
    const both = routes(monolith.url, `{ instances: ["${slow.url}", "${quick.url}"] }`);
    await withProxy({ routes: both }, async ({ url, writeRoutes, log }) => {
      const text = (at: string) => fetch(`${url}${at}`).then((answer) => answer.text());
      let held: Promise<string> | undefined;
      while (slow.requests.length === 0) {
        const asked = text("/items/1");
        held = asked;
        await Promise.race([asked, waitFor("the slow one", () => slow.requests.length === 1)]).catch(() => undefined);
      }
      for (let count = 0; count < 6; count += 1) expect(await text("/items/2")).toBe("from quick");

      await writeRoutes(routes(monolith.url, `{ instances: ["${quick.url}"] }`));
      await waitFor("the change", () => log.find(({ msg }) => msg === "instance is no longer listed"));
      release();
      expect(await held).toBe("from slow");
      expect(await text("/items/3")).toBe("from quick");
    });
  });

  test("are left out when their health checks fail, all of them are asked when all fail, and each says why", async () => {
    let sick = new Set<string>();
    const listen = (name: string) =>
      start(name, (request, response) => {
        response.statusCode = request.url === "/health" && sick.has(name) ? 500 : 200;
        response.end(name);
      });
    const [a, b] = [await listen("a"), await listen("b")];
    const health = "{ path: /health, everySeconds: 0.05, healthyAfter: 1, unhealthyAfter: 2 }";
    const stock = `{ instances: ["${a.url}", "${b.url}"], health: ${health} }`;
    const snapshot = parseRoutes("routes.yaml", routes("http://127.0.0.1:1", stock));
    const pool = createUpstreams({ log: createLogger({ name: "test", level: "silent" }) });
    pool.apply(snapshot);
    const states = () => pool.report()[0]?.instances.map(({ state, complaint }) => [state, complaint]);
    const waitForStates = (...expected: unknown[]) =>
      waitFor(JSON.stringify(expected), () => JSON.stringify(states()) === JSON.stringify(expected));
    const pickOne = () => {
      const lease = pool.pick(snapshot, "stock");
      lease?.done("answered");
      return lease?.instance;
    };
    const picked = () => new Set([1, 2, 3, 4].map(pickOne));
    try {
      await waitForStates(["up", null], ["up", null]);
      sick = new Set(["a"]);
      await waitForStates(["down", "answered 500"], ["up", null]);
      expect(picked()).toEqual(new Set([b.url]));
      sick = new Set(["a", "b"]);
      await waitForStates(["down", "answered 500"], ["down", "answered 500"]);
      expect(pool.report()[0]?.panic).toBe(true);
      expect(picked()).toEqual(new Set([a.url, b.url]));
      sick = new Set();
      await waitForStates(["up", null], ["up", null]);
    } finally {
      pool.close();
    }
  });

  test("that fail customers in a row are left out for a while, then tried again; the last one never is", async () => {
    const stock = `{ instances: ["http://10.0.0.1:1", "http://10.0.0.2:1"], ejection: { failures: 2, seconds: 0.2 } }`;
    const snapshot = parseRoutes("routes.yaml", routes("http://127.0.0.1:1", stock));
    const pool = createUpstreams({ log: createLogger({ name: "test", level: "silent" }) });
    pool.apply(snapshot);
    const state = (index: number) => pool.report()[0]?.instances[index]?.state;
    const use = (outcome: "answered" | "failed", not: string) => pool.pick(snapshot, "stock", not)?.done(outcome);
    try {
      use("failed", "http://10.0.0.2:1");
      use("answered", "http://10.0.0.2:1");
      use("failed", "http://10.0.0.2:1");
      expect(state(0)).toBe("up");
      use("failed", "http://10.0.0.2:1");
      expect(state(0)).toBe("ejected");
      for (let count = 0; count < 10; count += 1) use("failed", "http://10.0.0.1:1");
      expect(state(1)).toBe("up");
      await waitFor("its return", () => state(0) === "up");
      use("failed", "http://10.0.0.2:1");
      expect(state(0)).toBe("ejected");
      expect(pool.report()[0]?.instances[0]).toMatchObject({ failed: 4, answered: 1, ejections: 2, inFlight: 0 });
    } finally {
      pool.close();
    }
  });

  test("of which there is only one address cost nothing: every request gets the same lease", () => {
    const snapshot = parseRoutes("routes.yaml", routes("http://127.0.0.1:1", `{ url: "http://127.0.0.1:2" }`));
    const pool = createUpstreams({ log: createLogger({ name: "test", level: "silent" }) });
    pool.apply(snapshot);
    expect(pool.pick(snapshot, "stock")).toBe(pool.pick(snapshot, "stock"));
    expect(pool.pick(snapshot, "stock", "http://127.0.0.1:2")).toBeUndefined();
    expect(pool.report()).toEqual([]);
  });

  test.each([
    ["has no address", "{}"],
    ["both", `{ url: "http://a:1", instances: ["http://b:1"] }`],
    ["in more than one way", `{ discovery: { file: a, consul: { service: b } } }`],
    ['"port" beside "host"', `{ discovery: { dns: { host: a.test } } }`],
    ["no other to go to", `{ url: "http://a:1", health: { path: / } }`],
    ["bare addresses", `{ discovery: { dns: { host: a.test, port: 1, scheme: https } } }`],
  ])("are refused when the file says what cannot be: %s", (reason, stock) => {
    expect(() => parseRoutes("routes.yaml", routes("http://127.0.0.1:1", stock))).toThrow(reason);
  });
});
