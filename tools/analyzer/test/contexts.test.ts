import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Analysis } from "../src/analysis.ts";
import { analyze, judge, propose } from "../src/analyze.ts";
import { createRandom, shuffledIndices } from "../src/contexts/random.ts";
import { link } from "../src/link/link.ts";
import { readSources } from "../src/read/read-sources.ts";
import { createSqlReader } from "../src/read/sql/read-sql.ts";
import { renderJson } from "../src/report/json.ts";

const shop = join(import.meta.dirname, "fixtures", "layered-shop");

let analysis: Analysis;
beforeAll(async () => {
  analysis = await analyze(shop, { history: false });
});

describe("a layered monolith", () => {
  test("is divided by subject, across its layer folders", () => {
    expect(analysis.files).toEqual({
      "migrations/0001_shop.ts": "shared",
      "src/app.ts": "shared",
      "src/controllers/cart.ts": "cart",
      "src/controllers/orders.ts": "order",
      "src/controllers/products.ts": "product",
      "src/controllers/reviews.ts": "review",
      "src/lib/db.ts": "shared",
      "src/lib/problem.ts": "shared",
      "src/main.ts": "shared",
      "src/models/cart.ts": "cart",
      "src/models/order.ts": "order",
      "src/models/product.ts": "product",
      "src/models/review.ts": "review",
      "src/services/cart.ts": "cart",
      "src/services/orders.ts": "order",
      "src/services/products.ts": "product",
      "src/services/reviews.ts": "review",
    });
  });

  test("tests are no part of it", () => {
    expect(Object.keys(analysis.files).filter((file) => file.includes("test"))).toEqual([]);
  });

  test("every table has an owner, its writers and its readers, with places", () => {
    const products = analysis.tables.find((table) => table.name === "products");

    expect(analysis.tables.map(({ name, context }) => `${name}: ${context}`)).toEqual([
      "cart_items: cart",
      "carts: cart",
      "order_lines: order",
      "orders: order",
      "products: product",
      "reviews: review",
    ]);
    expect(products).toMatchObject({
      contested: true,
      declaredAt: { file: "migrations/0001_shop.ts", line: 5 },
      writers: [
        {
          context: "product",
          places: [
            { file: "src/models/product.ts", line: 6 },
            { file: "src/models/product.ts", line: 9 },
          ],
        },
        { context: "review", places: [{ file: "src/models/review.ts", line: 6 }] },
      ],
    });
  });

  test("routes belong to the context of their handler", () => {
    expect(analysis.routes.map(({ method, path, context }) => `${method} ${path} ${context}`)).toEqual([
      "GET /api/cart cart",
      "POST /api/cart/items cart",
      "POST /api/orders order",
      "GET /api/orders/:number order",
      "GET /api/products product",
      "GET /api/products/:id product",
      "POST /api/products/:id/reviews review",
    ]);
  });

  test("every seam says what ties whom to whom, with file and line", () => {
    const seams = analysis.seams.map(
      ({ kind, from, to, what, file, line }) => `${from} -> ${to} ${kind} ${what} ${file}:${line}`,
    );

    expect(seams).toEqual([
      "cart -> product call findProduct src/services/cart.ts:12",
      "cart -> product foreign-key cart_items(product_id) -> products migrations/0001_shop.ts:13",
      "order -> cart call clearCart src/services/orders.ts:11",
      "order -> cart transaction cart_items, order_lines, orders src/services/orders.ts:8",
      "order -> product access products src/models/order.ts:12",
      "order -> product call takeStock src/services/orders.ts:10",
      "order -> product foreign-key order_lines(product_id) -> products migrations/0001_shop.ts:18",
      "order -> product join orders + products src/models/order.ts:10",
      "order -> product transaction order_lines, orders, products src/services/orders.ts:8",
      "product -> review join products + reviews src/models/review.ts:5",
      "review -> product access products src/models/review.ts:6",
      "review -> product foreign-key reviews(product_id) -> products migrations/0001_shop.ts:8",
    ]);
  });

  test("a transaction shows the contexts that it writes", () => {
    expect(analysis.transactions.map(({ file, line, context, writes }) => ({ file, line, context, writes }))).toEqual([
      { file: "src/services/orders.ts", line: 8, context: "order", writes: ["cart", "order", "product"] },
    ]);
  });
});

describe("the same code gives the same answer", () => {
  test("to the byte, twice", async () => {
    expect(renderJson(await analyze(shop, { history: false }))).toBe(renderJson(analysis));
  });

  test("to the byte, in whatever order files, imports, statements and links are read", async () => {
    const expected = renderJson(analysis);
    const readSql = await createSqlReader();

    for (let seed = 1; seed <= 40; seed++) {
      const sources = await readSources(shop);
      const files = shuffled(sources.files, seed);
      const layout = {
        ...sources.layout,
        code: shuffled(sources.layout.code, seed),
        assets: shuffled(sources.layout.assets, seed),
        packages: shuffled(sources.layout.packages, seed),
      };
      const facts = link({ ...sources, files, layout }, readSql);
      const shuffledFacts = { ...facts, links: shuffled(facts.links, seed) };
      expect(renderJson(await judge(shuffledFacts, propose(shuffledFacts))) === expected).toBe(true);
    }
  });
});

function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  return [...shuffledIndices(items.length, createRandom(seed))].flatMap((index) => items[index] ?? []);
}
