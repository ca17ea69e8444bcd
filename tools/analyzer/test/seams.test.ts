import { describe, expect, test } from "@jest/globals";
import { judgeTexts } from "./judge-texts.ts";

const KNEX = `import knex from "knex"; const db = knex({});`;

async function seams(texts: Record<string, string>) {
  return (await judgeTexts(texts)).seams.map(
    ({ kind, from, to, what, file, line, remedy }) => `${from} -> ${to} ${kind} ${what} ${file}:${line}: ${remedy}`,
  );
}

describe("a seam in the code", () => {
  test("is at the first place of the call, and an API call resolves it", async () => {
    expect(
      await seams({
        "cart/add.ts": `import { findProduct } from "../product/find";\n\nfindProduct(1);\nfindProduct(2);`,
        "product/find.ts": `export function findProduct(id: number) { return id; }`,
        "product/list.ts": `import { findProduct } from "./find"; findProduct(3);`,
      }),
    ).toEqual(["cart -> product call findProduct cart/add.ts:3: api-call"]);
  });

  test("weighs as often as it is used", async () => {
    const analysis = await judgeTexts({
      "cart/add.ts": `import { findProduct, LIMIT } from "../product/find";\nfindProduct(LIMIT);\nfindProduct(LIMIT);`,
      "product/find.ts": `export function findProduct(id: number) { return id; }\nexport const LIMIT = 3;`,
    });

    expect(analysis.seams.map(({ what, line, weight }) => ({ what, line, weight }))).toEqual([
      { what: "LIMIT", line: 1, weight: 2 },
      { what: "findProduct", line: 2, weight: 2 },
    ]);
  });

  test("is a matter of publishing where only types cross", async () => {
    expect(
      await seams({
        "cart/add.ts": `import type { Product } from "../product/find"; export const cart: Product[] = [];`,
        "product/find.ts": `export type Product = { id: number };`,
      }),
    ).toEqual(["cart -> product type Product cart/add.ts:1: types-package"]);
  });

  test("is none where the code only lies on the wrong side: it moves", async () => {
    const [seam] = await seams({
      "cart/add.ts": `import { onlyForCarts } from "../product/left-over";\nonlyForCarts();`,
      "product/left-over.ts": `export function onlyForCarts() {}`,
    });

    expect(seam).toBe("cart -> product call onlyForCarts cart/add.ts:2: move-code");
  });

  test("runs from who sends an event to who waits for it", async () => {
    expect(
      await seams({
        "bus.ts": `import { EventEmitter } from "node:events"; export const bus = new EventEmitter();`,
        "order/place.ts": `import { bus } from "../bus";\nexport const place = () => bus.emit("order.placed");`,
        "mail/send.ts": `import { bus } from "../bus"; bus.on("order.placed", () => undefined);`,
      }),
    ).toEqual(["order -> mail event order.placed order/place.ts:2: event"]);
  });

  test("is as good as cut where a broker carries the event", async () => {
    const { seams: found } = await judgeTexts({
      "order/place.ts": `import { producer } from "../kafka";\nexport const place = () => producer.send({ topic: "orders", messages: [] });`,
      "mail/send.ts": `import { consumer } from "../kafka"; export const run = () => consumer.subscribe({ topic: "orders" });`,
    });

    expect(found.map(({ kind, what, because }) => `${kind} ${what}: ${because}`)).toEqual([
      "event orders: a broker carries it already: only its address changes",
    ]);
  });

  test("is none towards shared code, nor from it", async () => {
    expect(
      await seams({
        "main.ts": `import { add } from "./cart/add"; add();`,
        "log.ts": `export const log = () => undefined;`,
        "cart/add.ts": `import { log } from "../log"; export const add = () => log();`,
      }),
    ).toEqual([]);
  });
});

describe("a seam in the data", () => {
  const product = `${KNEX} export const save = () => db("products").insert({}); export const all = () => db("products");`;

  test("an access: only the owner may write; a few reads ask, many reads get a copy", async () => {
    const reads = (count: number) => Array.from({ length: count }, () => `db("products").first();`).join("\n");

    const few = await seams({ "product/save.ts": product, "cart/read.ts": `${KNEX}\n${reads(3)}` });
    expect(few.map((seam) => seam.split(": ")[1])).toEqual(Array.from({ length: 3 }, () => "api-call"));

    const many = await seams({ "product/save.ts": product, "cart/read.ts": `${KNEX}\n${reads(4)}` });
    expect(many.map((seam) => seam.split(": ")[1])).toEqual(Array.from({ length: 4 }, () => "reference-copy"));

    const writes = await seams({
      "product/save.ts": `${product}\ndb("products").update({});`,
      "cart/w.ts": `${KNEX}\ndb("products").del();`,
    });
    expect(writes).toEqual(["cart -> product access products cart/w.ts:2: api-call"]);
  });

  test("a join is composed from both sides, a foreign key becomes an id with a check", async () => {
    const found = await seams({
      "migrations/1.ts": `exports.up = (knex) => knex.schema.createTable("reviews", (t) => {\nt.integer("product_id").references("id").inTable("products");\n});`,
      "product/save.ts": product,
      "review/list.ts": `${KNEX} db("reviews").insert({});\ndb("reviews").join("products", "a", "b");`,
    });

    expect(found.filter((seam) => !seam.includes(" access "))).toEqual([
      "review -> product foreign-key reviews(product_id) -> products migrations/1.ts:2: id-and-check",
      "review -> product join reviews + products review/list.ts:2: api-composition",
    ]);
  });

  test("a transaction that only writes the other side's table can tell it later: an outbox", async () => {
    const [seam] = await transactionSeams(`trx("orders").insert({}); trx("stock").decrement("n", 1);`);

    expect(seam).toMatchObject({ from: "order", to: "stock", what: "orders, stock", remedy: "outbox" });
  });

  test("one that looks before it writes may hear no: a saga", async () => {
    const [seam] = await transactionSeams(
      `trx("orders").insert({}); trx("stock").first(); trx("stock").decrement("n", 1);`,
    );

    expect(seam).toMatchObject({ from: "order", to: "stock", remedy: "saga" });
  });

  async function transactionSeams(body: string) {
    const analysis = await judgeTexts({
      "stock/keep.ts": `${KNEX} db("stock").insert({});\ndb("stock").del();`,
      "order/place.ts": `${KNEX} export const place = () => db.transaction(async (trx) => { ${body} });`,
    });
    return analysis.seams.filter(({ kind }) => kind === "transaction");
  }
});

describe("ties", () => {
  test("bundle the seams of two contexts in one direction: counts, cost, the worst three", async () => {
    const { ties } = await judgeTexts({
      "cart/add.ts": `${KNEX}\nimport { a, b, c, type T } from "../product/find";\na(); b(); c(); export const t: T = 1;\ndb("products").first();`,
      "product/find.ts": `${KNEX} export function a() {}; export function b() {}; export function c() {}; export type T = number;
        db("products").insert({});`,
      "product/use.ts": `import { a } from "./find"; a();`,
    });

    expect(ties.map(({ from, to, cost }) => ({ from, to, cost }))).toEqual([
      { from: "cart", to: "product", cost: 6.2 },
    ]);
    expect(ties[0]?.seams).toMatchObject({ access: 1, call: 3, type: 1, transaction: 0 });
    expect(ties[0]?.worst.map(({ kind, what }) => `${kind} ${what}`)).toEqual(["access products", "call a", "call b"]);
  });
});
