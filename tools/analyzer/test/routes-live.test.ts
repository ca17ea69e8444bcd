import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import type { Route } from "../src/facts.ts";
import { readFacts } from "../src/read/read-facts.ts";

const fixtures = join(import.meta.dirname, "fixtures");
const repository = join(import.meta.dirname, "..", "..", "..");

/** What the running program holds: its framework is really started, in a process of its own. */
async function liveRoutes(framework: string): Promise<string[]> {
  const dump = join(fixtures, `routes-${framework}`, "dump.mjs");
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=strangler-source", dump]);
  const list = stdout.split("\n").find((line) => line.startsWith("["));
  return JSON.parse(list ?? "null") as string[];
}

async function foundRoutes(folder: string): Promise<Route[]> {
  return (await readFacts(folder)).routes;
}

function asList(routes: readonly Route[]): string[] {
  return [...new Set(routes.map(({ method, path }) => `${method} ${path}`))].sort();
}

describe("what the analyzer finds without running anything is what the running program serves", () => {
  test.each([
    ["express", 34],
    ["fastify", 31],
    ["koa", 21],
    ["nest", 39],
  ])("%s", async (framework, count) => {
    const live = await liveRoutes(framework);

    const found = await foundRoutes(join(fixtures, `routes-${framework}`, "app"));

    expect(live).toHaveLength(count);
    expect(asList(found.filter(({ mounted }) => mounted))).toEqual(live);
  });

  test("our own monolith", async () => {
    const live = await liveRoutes("monolith");

    const found = await foundRoutes(join(repository, "monolith"));

    expect(live.length).toBeGreaterThan(40);
    expect(asList(found)).toEqual(live);
    expect(found.every(({ mounted, framework }) => mounted && framework === "express")).toBe(true);
  });
});

describe("beside what is served", () => {
  test("routes that nothing mounts are listed as such", async () => {
    const loose = async (framework: string): Promise<string[]> =>
      asList((await foundRoutes(join(fixtures, `routes-${framework}`, "app"))).filter(({ mounted }) => !mounted));

    expect(await loose("express")).toEqual(["GET /never"]);
    expect(await loose("fastify")).toEqual(["GET /never"]);
    expect(await loose("koa")).toEqual([]);
    expect(await loose("nest")).toEqual(["DELETE /lost/:id", "GET /lost", "GET /lost/:id", "PUT /lost/:id"]);
  });

  test("every handler is a place in a file of the application, and the framework is named", async () => {
    for (const framework of ["express", "fastify", "koa", "nest"]) {
      const folder = join(fixtures, `routes-${framework}`, "app");
      for (const route of await foundRoutes(folder)) {
        expect(route.framework).toBe(framework);
        expect(existsSync(join(folder, route.handler.file))).toBe(true);
      }
    }
  });

  test.each([
    ["express", "PUT /api/v2/posts/:id", "controllers/post-controller.ts:22 PostController#save"],
    ["express", "DELETE /api/v2/posts/:id", "controllers/post-controller.ts:30 PostController#remove"],
    ["express", "GET /api/v2/posts/recent", "controllers/controller.ts:19 Controller#find"],
    ["express", "POST /api/cart/:cart/items", "routes/cart.ts:12 add"],
    ["express", "GET /api/stock/:sku", "controllers/stock.ts:1 show"],
    ["express", "GET /legacy/json/about", "legacy/pages.cjs:11 pages.about"],
    ["fastify", "DELETE /v1/members/:id", "features/account-handlers.mjs:5 removeAccount"],
    ["fastify", "POST /", "features/carts.mjs:14 Carts#add"],
    ["koa", "PATCH /forums/:forum/posts/:post", "routers/post-actions.mjs:4 change"],
    ["koa", "GET /users", "routers/users.mjs:17 Users#list"],
    ["nest", "GET /api/v1/dogs/:id", "dogs/crud.controller.ts:9 CrudController#show"],
  ])(
    "%s: the handler of %s is found through wrappers, lists, bind and base classes",
    async (framework, route, place) => {
      const routes = await foundRoutes(join(fixtures, `routes-${framework}`, "app"));

      const handlers = routes
        .filter(({ method, path }) => `${method} ${path}` === route)
        .map(({ handler }) => `${handler.file}:${handler.line} ${handler.name ?? ""}`);

      expect(handlers).toEqual([place]);
    },
  );
});
