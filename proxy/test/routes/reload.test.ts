import { once } from "node:events";
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { mkdir, mkdtemp, open, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createLogger, waitFor } from "@strangler/platform";
import { changeStages, createFileStore, type RouteReport } from "../../src/index.ts";
import { followRoutes } from "../../src/routes/source.ts";
import { startUpstream, type Upstream } from "../kit/upstream.ts";
import { routesText, withProxy, type TestProxy } from "../kit/with-proxy.ts";

let monolith: Upstream;
let stock: Upstream;
/** While set, the monolith holds its answers back. */
let held: ServerResponse[] | undefined;

beforeAll(async () => {
  monolith = await startUpstream("monolith", (request, response) => {
    if (request.url === "/items/slow") held?.push(response);
    else response.end("monolith");
  });
  stock = await startUpstream("stock");
});
afterAll(() => Promise.all([monolith.close(), stock.close()]));

describe("a change of the routes file", () => {
  test("is in force a moment later, without a restart", () =>
    withProxy({ routes: routes("stage: monolith") }, async (proxy) => {
      expect(await servedBy(proxy)).toBe("monolith");
      await proxy.writeRoutes(routes("stage: service"));
      const startedAt = performance.now();
      await waitFor("the service to answer", async () => (await servedBy(proxy)) === "stock", { everyMs: 5 });
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    }));

  test("made by a rename over the file, again and again", () =>
    withProxy({ routes: routes("stage: monolith") }, async (proxy) => {
      for (const [stage, name] of [
        ["shadow", "monolith"],
        ["canary", "stock"],
        ["service", "stock"],
        ["monolith", "monolith"],
      ] as const) {
        await changeStages(proxy.routesFile, {
          selectors: ["items"],
          stage,
          ...(stage === "canary" ? { percent: 100 } : {}),
        });
        await waitFor(`stage ${stage}`, async () => (await report(proxy)).routes[0]?.stage === stage, { everyMs: 5 });
        expect(await servedBy(proxy)).toBe(name);
      }
    }));

  test("does not touch a request that is under way: it ends where it began", () =>
    withProxy({ routes: routes("stage: monolith") }, async (proxy) => {
      held = [];
      const request = httpRequest(`${proxy.url}/items/slow`).end();
      const answered = once(request, "response");
      await waitFor("the request to reach the monolith", () => held?.length === 1);

      await changeStages(proxy.routesFile, { selectors: ["items"], stage: "service", force: true });
      await waitFor("the flip", async () => (await servedBy(proxy)) === "stock", { everyMs: 5 });
      held[0]?.end("from the monolith");

      const [answer] = (await answered) as [IncomingMessage];
      expect(answer.headers["x-served-by"]).toBe("monolith");
      answer.resume();
    }));

  test("that names another address moves the requests there, and those under way stay", () =>
    withProxy({ routes: routes("stage: service") }, async (proxy) => {
      const other = await startUpstream("other");
      await proxy.writeRoutes(routesText(monolith.url, other.url, "stage: service"));
      await waitFor("the other address", async () =>
        (await (await fetch(`${proxy.url}/items/1`)).text()).includes("other"),
      );
      await other.close();
    }));

  test("under load: 40 flips, and not one request fails or is served by neither side", () =>
    withProxy({ routes: routes("stage: monolith") }, async (proxy) => {
      const statuses = new Map<string, number>();
      let stop = false;
      const customer = async () => {
        while (!stop) {
          const answer = await fetch(`${proxy.url}/items/1`);
          await answer.text();
          const seen = `${answer.status} ${answer.headers.get("x-served-by") ?? ""}`;
          statuses.set(seen, (statuses.get(seen) ?? 0) + 1);
        }
      };
      const customers = Array.from({ length: 4 }, customer);
      for (let flip = 0; flip < 40; flip += 1) {
        const stage = flip % 2 === 0 ? "service" : "monolith";
        await changeStages(proxy.routesFile, { selectors: ["items"], stage, force: true });
        await waitFor(`flip ${flip}`, async () => (await report(proxy)).routes[0]?.stage === stage, { everyMs: 2 });
      }
      stop = true;
      await Promise.all(customers);

      expect([...statuses.keys()].sort()).toEqual(["200 monolith", "200 stock"]);
    }));
});

describe("a routes file that is written into, and not replaced", () => {
  // A valid file in every part of it: each is a routes file with fewer routes.
  test(
    "comes into force when it is whole, and not with the routes that are there so far",
    () =>
      withProxy({ routes: routes("stage: monolith") }, async (proxy) => {
        const seen = await waitFor(
          "a machine that is quick enough to write without a pause",
          async () => {
            await proxy.writeRoutes(routes("stage: monolith"));
            await waitFor("the beginning", async () => (await report(proxy)).routes.length === 1);
            const { longestPauseMs, inForce } = await writeInParts(proxy);
            await waitFor("the whole file", async () => (await report(proxy)).routes.length === 9);
            return longestPauseMs < 60 ? [...inForce] : undefined;
          },
          { limitMs: 60_000 },
        );

        expect(seen).toEqual([1]);
      }),
    90_000,
  );
});

describe("a wrong routes file", () => {
  test("leaves the last good routes in force, and is reported until it is mended", () =>
    withProxy({ routes: routes("stage: service") }, async (proxy) => {
      await proxy.writeRoutes(routes("stage: servce"));
      const { reloadError, version } = await waitFor("the error on the admin page", async () => {
        const seen = await report(proxy);
        return seen.reloadError === null ? undefined : seen;
      });

      expect(reloadError?.problems).toEqual([
        {
          file: proxy.routesFile,
          line: 10,
          column: 5,
          reason: expect.stringContaining('did you mean "service"') as unknown,
        },
      ]);
      expect(await servedBy(proxy)).toBe("stock");
      expect(proxy.log.filter(({ msg }) => String(msg).startsWith("routes file is wrong"))).toHaveLength(1);

      await proxy.writeRoutes(routes("stage: monolith"));
      await waitFor("the mended file", async () => (await servedBy(proxy)) === "monolith");
      const mended = await report(proxy);
      expect(mended.reloadError).toBeNull();
      expect(mended.version).not.toBe(version);
    }));

  test("put back as it was is no longer an error", () =>
    withProxy({ routes: routes("stage: service") }, async (proxy) => {
      const { version } = await report(proxy);
      await proxy.writeRoutes("");
      await waitFor("the error", async () => (await report(proxy)).reloadError !== null);
      await proxy.writeRoutes(routes("stage: service"));
      await waitFor("no error", async () => (await report(proxy)).reloadError === null);

      expect((await report(proxy)).version).toBe(version);
    }));

  test("that is gone for a while is missed, and found again", () =>
    withProxy({ routes: routes("stage: service") }, async (proxy) => {
      await rename(proxy.routesFile, `${proxy.routesFile}.away`);
      const seen = await waitFor("the error", async () => (await report(proxy)).reloadError ?? undefined);
      expect(seen.problems[0]?.reason).toContain("there is no such file");
      expect(await servedBy(proxy)).toBe("stock");

      await rename(`${proxy.routesFile}.away`, proxy.routesFile);
      await waitFor("no error", async () => (await report(proxy)).reloadError === null);
    }));

  test("at the start ends the start", async () => {
    await expect(withProxy({ routes: "routes: []\n" }, async () => undefined)).rejects.toMatchObject({
      code: "PLAN_FILE_INVALID",
      exitCode: 3,
    });
  });
});

describe("where events of the directory do not come", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "strangler-poll-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  // A Kubernetes ConfigMap is a link to a link to a directory; a change swaps the middle one, in another directory than the file's.
  test("a swapped link is seen by looking", async () => {
    for (const [name, stage] of [
      ["one", "stage: monolith"],
      ["two", "stage: service"],
    ] as const) {
      await mkdir(path.join(folder, name));
      await writeFile(path.join(folder, name, "routes.yaml"), routes(stage));
    }
    await mkdir(path.join(folder, "mounted"));
    await symlink("one", path.join(folder, "data"));
    await symlink("../data/routes.yaml", path.join(folder, "mounted", "routes.yaml"));
    const log = createLogger({ name: "test", level: "silent" });
    const source = await followRoutes({
      store: createFileStore(path.join(folder, "mounted", "routes.yaml"), { pollMs: 20 }),
      overrides: {},
      log,
    });

    await symlink("two", path.join(folder, "next"));
    await rename(path.join(folder, "next"), path.join(folder, "data"));

    await waitFor("the swapped file", () => source.current().routes[0]?.stage === "service");
    source.close();
  });
});

// --- internal ---

/** Appends eight routes, one after the other. Answers how many were in force meanwhile, before the last was written. */
async function writeInParts(proxy: TestProxy) {
  const inForce = new Set<number>();
  const writer = await open(proxy.routesFile, "a");
  let longestPauseMs = 0;
  let before = performance.now();
  for (let part = 0; part < 8; part += 1) {
    await writer.appendFile(further(part));
    longestPauseMs = Math.max(longestPauseMs, performance.now() - before);
    before = performance.now();
    if (part === 7) break;
    await pause(20);
    inForce.add((await report(proxy)).routes.length);
  }
  await writer.close();
  return { longestPauseMs, inForce };
}

function further(index: number): string {
  return `  - { id: further-${index}, match: { path: /further/${index} }, service: stock, stage: monolith }\n`;
}

function routes(stage: string): string {
  return routesText(monolith.url, stock.url, stage);
}

async function servedBy(proxy: TestProxy): Promise<string | null> {
  const answer = await fetch(`${proxy.url}/items/1`);
  await answer.text();
  return answer.headers.get("x-served-by");
}

async function report(proxy: TestProxy): Promise<RouteReport> {
  return (await (await fetch(`${proxy.adminUrl}/routes`)).json()) as RouteReport;
}
