import { describe, expect, test } from "@jest/globals";
import { linkTexts } from "./link-texts.ts";

async function routes(texts: Record<string, string>): Promise<string[]> {
  const facts = await linkTexts(texts);
  return facts.routes.map(({ method, path, handler, mounted }) => {
    const where = `${handler.file}:${handler.line}${handler.name ? ` ${handler.name}` : ""}`;
    return `${method} ${path} ${where}${mounted ? "" : " (not mounted)"}`;
  });
}

describe("Express routes with their full paths", () => {
  test("routers mounted in routers, across files", async () => {
    expect(
      await routes({
        "app.ts": `
          import express from "express";
          import { api } from "./api";
          const app = express();
          app.get("/livez", (req, res) => res.end());
          app.use("/api", api);
        `,
        "api.ts": `
          import { Router } from "express";
          import cart from "./cart";
          import { createOrders } from "./orders";
          export const api = Router();
          api.use("/cart", requireSession, cart);
          api.use("/orders", createOrders({ limit: 10 }));
        `,
        "cart.ts": `
          import express from "express";
          import * as controller from "./cart-controller";
          const router = express.Router({ mergeParams: true });
          router.get("/", controller.show);
          router.route("/items/:id").patch(asyncHandler(controller.change)).delete(controller.remove.bind(controller));
          export default router;
        `,
        "cart-controller.ts": `
          export function show() {}
          export const change = async () => {};
          export async function remove() {}
        `,
        "orders.ts": `
          import { Router } from "express";
          export function createOrders(options) {
            const router = Router();
            router.post(["/", "/new"], validate, (req, res) => place(req, res));
            return router;
          }
        `,
      }),
    ).toEqual([
      "GET /api/cart cart-controller.ts:2 show",
      "DELETE /api/cart/items/:id cart-controller.ts:4 remove",
      "PATCH /api/cart/items/:id cart-controller.ts:3 change",
      "POST /api/orders orders.ts:5",
      "POST /api/orders/new orders.ts:5",
      "GET /livez app.ts:5",
    ]);
  });

  test("CommonJS: required routers, module.exports, handlers of a required controller", async () => {
    expect(
      await routes({
        "app.js": `
          const express = require('express');
          const app = express();
          app.use('/users', require('./users'));
          require('./admin')(app);
        `,
        "users.js": `
          const router = require('express').Router();
          const users = require('./controllers/users');
          router.get('/:id', users.get);
          module.exports = router;
        `,
        "controllers/users.js": `exports.get = async function (req, res) {};`,
        "admin.js": `
          module.exports = function (app) {
            app.delete('/admin/users/:id', (req, res) => {});
          };
        `,
      }),
    ).toEqual(["DELETE /admin/users/:id admin.js:3", "GET /users/:id controllers/users.js:1 get"]);
  });

  test("functions that are handed the application or a router", async () => {
    expect(
      await routes({
        "app.ts": `
          import express, { type Express } from "express";
          import { mountCart } from "./cart";
          export function createApp(): Express {
            const app = express();
            const v1 = express.Router();
            mountCart(v1, {});
            app.use("/v1", v1);
            return app;
          }
        `,
        "cart.ts": `
          import type { Router } from "express";
          export function mountCart(router: Router, deps) { router.get("/cart", deps.show); }
        `,
      }),
    ).toEqual(["GET /v1/cart cart.ts:3 deps.show"]);
  });

  test("one router under two prefixes gives both paths", async () => {
    expect(
      await routes({
        "app.ts": `
          import express from "express";
          const app = express();
          const cart = express.Router();
          cart.get("/", show);
          app.use(["/cart", "/basket"], cart);
        `,
      }),
    ).toEqual(["GET /basket app.ts:5 show", "GET /cart app.ts:5 show"]);
  });

  test("a prefix from a constant is used; one from the environment is a question mark", async () => {
    expect(
      await routes({
        "paths.ts": `export const API = "/api";`,
        "app.ts": `
          import express from "express";
          import { API } from "./paths";
          const app = express();
          app.get(\`\${API}/cart\`, show);
          app.get(process.env.BASE + "/cart", show);
        `,
      }),
    ).toEqual(["GET /?/cart app.ts:6 show", "GET /api/cart app.ts:5 show"]);
  });

  test("a router that no application mounts is reported as such, with the path it has so far", async () => {
    expect(
      await routes({
        "api.ts": `
          import { Router } from "express";
          import { inner } from "./inner";
          export const api = Router();
          api.use("/inner", inner);
        `,
        "inner.ts": `
          import { Router } from "express";
          export const inner = Router();
          inner.get("/x", show);
        `,
      }),
    ).toEqual(["GET /inner/x inner.ts:4 show (not mounted)"]);
  });

  test("settings, clients and maps that also have a get are no routers", async () => {
    expect(
      await routes({
        "a.ts": `
          import express from "express";
          import axios from "axios";
          import { cache } from "./cache";
          const app = express();
          app.get("port");
          axios.get("/users", { timeout: 1 });
          cache.get("/users", loader);
          new Map().get("/x", 1);
        `,
        "cache.ts": `export const cache = new Cache();`,
      }),
    ).toEqual([]);
  });

  test("routers that mount each other do not hang the analysis", async () => {
    const found = await routes({
      "app.ts": `
        import express from "express";
        const app = express(); const a = express.Router(); const b = express.Router();
        app.use("/a", a); a.use("/b", b); b.use("/a", a);
        a.get("/x", show);
      `,
    });

    expect(found).toContain("GET /a/x app.ts:5 show");
  });

  test("handlers that are required in place", async () => {
    expect(
      await routes({
        "app.js": `
          const app = require("express")();
          app.get("/a", wrap(require("./a").default));
          app.get("/b", require("./b"));
        `,
        "a.js": `exports.default = async (req, res) => {};`,
        "b.js": `\nmodule.exports = (req, res) => {};`,
      }),
    ).toEqual(["GET /a a.js:1 default", "GET /b b.js:2 default"]);
  });
});
