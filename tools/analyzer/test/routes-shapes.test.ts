import { describe, expect, test } from "@jest/globals";
import { linkTexts } from "./link-texts.ts";

async function routes(texts: Record<string, string>, dependencies?: string[]): Promise<string[]> {
  const facts = await linkTexts(texts, dependencies);
  return facts.routes.map(({ method, path, handler, mounted, framework }) => {
    const where = `${handler.file}:${handler.line}${handler.name ? ` ${handler.name}` : ""}`;
    return `${framework} ${method} ${path} ${where}${mounted ? "" : " (not mounted)"}`;
  });
}

describe("routes that code builds", () => {
  test("a helper that is handed the router, a path and a handler is played with every call's own values", async () => {
    expect(
      await routes({
        "app.js": `
          const express = require("express");
          const pages = require("./pages");
          const app = express();
          const table = { cart: "/cart", orders: "/orders" };
          pages.setup(app, table.cart, pages.cart);
          Object.entries(table).forEach(([name, path]) => pages.setup(app, "/all" + path, pages[name]));
        `,
        "pages.js": `
          const pages = module.exports;
          pages.setup = (router, path, handler) => router.get(path, handler).get(\`\${path}.json\`, handler);
          pages.cart = (req, res) => res.end();
          pages.orders = (req, res) => res.end();
        `,
      }),
    ).toEqual([
      "express GET /all/cart pages.js:4 pages.cart",
      "express GET /all/cart.json pages.js:4 pages.cart",
      "express GET /all/orders pages.js:5 pages.orders",
      "express GET /all/orders.json pages.js:5 pages.orders",
      "express GET /cart pages.js:4 pages.cart",
      "express GET /cart.json pages.js:4 pages.cart",
    ]);
  });

  test("routers of express-promise-router, `param` in between, a prefix with a default, a branch", async () => {
    expect(
      await routes({
        "app.ts": `
          import express from "express";
          import PromiseRouter from "express-promise-router";
          import { load } from "./load";
          const router = PromiseRouter({ mergeParams: true });
          const other = PromiseRouter();
          router.param("id", load);
          router.get("/:id", show);
          other.get("/other", show);
          const app = express();
          app.use(process.env.BASE || "/shop", process.env.OLD ? router : other);
          app.use(process.env.MOUNT_PATH, other);
        `,
        "load.ts": `export const load = (req, res, next) => next();`,
      }),
    ).toEqual([
      "express GET /?/other app.ts:9 show",
      "express GET /shop/:id app.ts:8 show",
      "express GET /shop/other app.ts:9 show",
    ]);
  });

  test("what only tests or a container call is tried with nothing known, until a call that knows more turns up", async () => {
    expect(
      await routes({
        "crud.ts": `
          import express from "express";
          const app = express();
          export function setUp() { crud("users"); }
          function crud(name) { app.get("/" + name, list); }
        `,
        "server.ts": `
          import express, { Router } from "express";
          export function helper(router: Router, path: string) { router.get(path, show); router.get(\`\${path}/x\`, show); }
          export class Server {
            private app = express();
            private router: Router;
            constructor(private readonly cart: Cart) {}
            start() { this.mount(); this.router.get("/loose", this.show); }
            private mount() { this.app.get("/cart", this.show); }
            private show = (req, res) => res.end();
          }
        `,
      }),
    ).toEqual([
      "express GET /?/x server.ts:3 show (not mounted)",
      "express GET /cart server.ts:10 Server#show",
      "express GET /loose server.ts:10 Server#show (not mounted)",
      "express GET /users crud.ts:5 list",
    ]);
  });

  test("NestJS: decorators of other libraries, resolvers and message handlers are no routes", async () => {
    expect(
      await routes({
        "cats.ts": `
          import { Controller, Get } from "@nestjs/common";
          import { MessagePattern } from "@nestjs/microservices";
          import { Query, Resolver } from "@nestjs/graphql";
          @Controller("cats") export class Cats { @Get() list() {} @MessagePattern("cat") hear() {} }
          @Resolver() export class CatResolver { @Query() cats() {} }
        `,
        "other.ts": `
          import { Controller, Get } from "routing-something";
          @Controller("dogs") export class Dogs { @Get() list() {} }
        `,
      }),
    ).toEqual(["nest GET /cats cats.ts:5 Cats#list (not mounted)"]);
  });
});

describe("routes that are files", () => {
  test("Next.js: pages/api and app, with groups, parameters and what is private", async () => {
    const handler = "export default function handler(req, res) {}";
    const both = "export async function GET() {}\nexport const POST = async () => {};\nexport const dynamic = 1;";

    expect(
      await routes(
        {
          "pages/api/users/[id].ts": handler,
          "pages/api/index.ts": handler,
          "pages/about.ts": handler,
          "src/app/(shop)/api/carts/[cart]/route.ts": both,
          "src/app/files/[...path]/route.ts": `export { GET } from "../../../../lib/get";`,
          "src/app/_private/route.ts": both,
          "lib/get.ts": `\nexport function GET() {}`,
        },
        ["next"],
      ),
    ).toEqual([
      "files ALL /api pages/api/index.ts:1 handler",
      "files GET /api/carts/:cart src/app/(shop)/api/carts/[cart]/route.ts:1 GET",
      "files POST /api/carts/:cart src/app/(shop)/api/carts/[cart]/route.ts:2 POST",
      "files ALL /api/users/:id pages/api/users/[id].ts:1 handler",
      "files GET /files/*path lib/get.ts:2 GET",
    ]);
  });

  test("Medusa, SvelteKit and Nuxt keep theirs elsewhere; without the framework a file is only a file", async () => {
    const get = "export const GET = async () => {};";
    const medusa = { "src/api/store/carts/[id]/route.ts": get };
    const svelte = { "src/routes/(app)/carts/[id=number]/+server.ts": get, "src/routes/+page.ts": get };
    const nuxt = { "server/api/carts/[id].delete.ts": "export default defineEventHandler(() => {});" };

    expect(await routes(medusa, ["@medusajs/medusa"])).toEqual([
      "files GET /store/carts/:id src/api/store/carts/[id]/route.ts:1 GET",
    ]);
    expect(await routes(svelte, ["@sveltejs/kit"])).toEqual([
      "files GET /carts/:id src/routes/(app)/carts/[id=number]/+server.ts:1 GET",
    ]);
    expect(await routes(nuxt, ["nuxt"])).toEqual([
      "files DELETE /api/carts/:id server/api/carts/[id].delete.ts:1 default",
    ]);
    expect(await routes({ ...medusa, ...svelte, ...nuxt }, ["express"])).toEqual([]);
  });
});

describe("code that would be hard to run", () => {
  test("functions that call themselves, modules in a circle and endless lists come to an end", async () => {
    const found = await routes({
      "a.ts": `
        import express from "express";
        import { inner } from "./b";
        export const app = express();
        function again(router, path) { router.get(path, show); again(router, path + "/x"); other(router, path); }
        function other(router, path) { again(router, path + "/y"); }
        again(app, "/a");
        const list = [1]; list.forEach(() => list.push(1)); for (const item of list) list.push(item);
        app.use("/b", inner);
        class Loop extends Loop { router = app.route("/loop").get(this.router); }
        new Loop();
      `,
      "b.ts": `
        import { Router } from "express";
        import { app } from "./a";
        export const inner = Router();
        inner.get("/", () => app.use("/c", inner));
        inner.use("/", app);
      `,
    });

    expect(found).toContain("express GET /a a.ts:5 show");
    expect(found).toContain("express GET /b b.ts:5");
  });

  test("set-ups without end are given up, and the file is named", async () => {
    const calls = ["a", "b", "c", "d"]
      .flatMap((name) => [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `${name}(${n});`))
      .join(" ");
    const bodies = ["a", "b", "c", "d"].map((name) => `function ${name}(x) { ${calls} }`);

    const facts = await linkTexts({
      "app.ts": `const app = require("express")(); app.get("/", f); ${bodies.join(" ")} a();`,
    });

    expect(facts.routes.map(({ path }) => path)).toEqual(["/"]);
    expect(facts.problems).toEqual([
      {
        file: "app.ts",
        line: null,
        reason: expect.stringMatching(/^setting up the routes takes more than \d+ steps here/),
      },
    ]);
  });

  test("classes whose fields construct further classes are played once, not once for every way through them", async () => {
    const others = (index: number): number[] => [1, 2, 3].map((step) => index - step).filter((other) => other >= 0);
    const classes = Array.from({ length: 200 }, (_, index): [string, string] => [
      `part-${index}.ts`,
      `
        import { Router } from "express";
        ${others(index)
          .map((other) => `import { Part${other} } from "./part-${other}";`)
          .join("\n")}
        export class Part${index} {
          ${others(index)
            .map((other) => `private readonly part${other} = new Part${other}(this.knex, { log: this.log });`)
            .join("\n")}
          constructor(private readonly knex, private readonly options) {}
        }
        export function routes${index}(knex) {
          const router = Router();
          const part = new Part${index}(knex, {});
          router.get("/parts/${index}", (request, response) => response.json(part.find()));
          return router;
        }
      `,
    ]);

    const facts = await linkTexts(Object.fromEntries(classes));

    expect(facts.routes).toHaveLength(200);
    expect(facts.problems).toEqual([]);
  }, 20_000);

  test("one construction is not taken for another where they differ in what they do or are given", async () => {
    const found = await routes({
      "app.ts": `
        import express, { Router } from "express";
        const app = express();
        class Log {}
        class Place { at = "/none"; log = new Log(); }
        class Shop {
          router = Router();
          constructor(place) { this.router.get(place.at, show); }
        }
        class Setup { constructor() { places.push("/kept"); } }
        const places = [];
        const left = new Place();
        left.at = "/left";
        const right = new Place();
        right.at = "/right";
        app.use("/a", new Shop(left).router);
        app.use("/b", new Shop(right).router);
        app.use("/c", new Shop(new Place()).router);
        new Setup();
        new Setup();
        places.forEach((place, index) => app.get(place + index, show));
      `,
    });

    expect(found.map((line) => line.replace(/ app.ts.*/, ""))).toEqual(
      ["/a/left", "/b/right", "/c/none", "/kept0", "/kept1"].map((path) => `express GET ${path}`),
    );
  });

  test("classes that construct each other, and chains of thousands, come to an end", async () => {
    const chain = Array.from({ length: 3000 }, (_, index) => `class C${index} { next = new C${index + 1}(this.a); }`);
    const ring =
      "class A { b = new B(() => 1); c = new B(() => 2); } class B { a = new A(() => 3); d = new A(() => 4); }";

    expect(
      await routes({
        "app.ts": `const app = require("express")(); ${ring} ${chain.join(" ")} new A(); new C0(); app.get("/", f);`,
      }),
    ).toEqual(["express GET / app.ts:1 f"]);
  });

  test("chains of hundreds of calls and lists of lists of lists do not break it", async () => {
    const chain = `app${".get('/x', show)".repeat(300)}`;
    const deep = `app.use(${"[".repeat(60)}${"]".repeat(60)}); const sum = ${"'a' + ".repeat(600)} 'b';`;

    expect(await routes({ "app.ts": `const app = require("express")();\n${chain};\n${deep}` })).toEqual([
      "express GET /x app.ts:2 show",
    ]);
  });

  test("syntax errors, names of Object's own members and nonsense in the place of paths", async () => {
    expect(
      await routes({
        "broken.ts": `
          import express from "express";
          const app = express();
          app.get("/before", show);
          const table = {}; app.use(table.constructor, table.toString());
          app.constructor("/x", show); [].constructor("/x"); "a".valueOf("/x", show);
          app[Symbol.iterator]("/symbol", show); app.get(); app.use(); app.route(); new (class {})();
          app.get(null, show); app.post(/^\\/old/, show); app.put(undefined, ...[show]);
          app.get("/after", show
        `,
      }),
    ).toEqual([
      "express GET /? broken.ts:8 show",
      "express POST /? broken.ts:8 show",
      "express PUT /? broken.ts:8",
      "express GET /after broken.ts:9 show",
      "express GET /before broken.ts:4 show",
      "express ? /symbol broken.ts:7 show",
    ]);
  });
});
