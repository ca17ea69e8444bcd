import { describe, expect, test } from "@jest/globals";
import { linkTexts } from "./link-texts.ts";

async function scopes(texts: Record<string, string>): Promise<string[][]> {
  const facts = await linkTexts(texts);
  return facts.transactions.map(({ file, line, tables }) => [
    `${file}:${line}`,
    ...tables.map(({ table, mode, file: at, line: on, through }) =>
      `${mode} ${table} ${at}:${on} ${through.join(" > ")}`.trim(),
    ),
  ]);
}

describe("transaction scopes and the tables they touch", () => {
  test("tables in the callback and behind calls, however deep, through imports", async () => {
    expect(
      await scopes({
        "orders.ts": `
          import { reserve } from "./stock";
          import * as cart from "./cart";
          export async function place(db) {
            await db("audit_log").insert({});
            return db.transaction(async (trx) => {
              await trx("orders").insert({});
              await reserve(trx, 1);
              await cart.empty(trx);
              await note(trx);
            });
          }
          async function note(trx) { await trx("order_notes").insert({}); }
        `,
        "stock.ts": `
          import { move } from "./movements";
          export const reserve = async (trx, id) => { await trx("stock_levels").where({ id }).update({}); await move(trx); };
          export const unused = (trx) => trx("never").del();
        `,
        "movements.ts": `export function move(trx) { return trx("stock_movements").insert({}); }`,
        "cart.ts": `export function empty(trx) { return trx("cart_items").del(); }`,
      }),
    ).toEqual([
      [
        "orders.ts:6",
        "write cart_items cart.ts:1 empty",
        "write order_notes orders.ts:13 note",
        "write orders orders.ts:7",
        "write stock_levels stock.ts:3 reserve",
        "write stock_movements movements.ts:1 reserve > move",
      ],
    ]);
  });

  test("services as classes: injected fields, instances, base classes", async () => {
    expect(
      await scopes({
        "order-service.ts": `
          import { StockService } from "./stock-service";
          import { payments } from "./payments";
          export class OrderService {
            constructor(private readonly knex: Knex, private readonly stock: StockService) {}
            place() {
              return this.knex.transaction(async (trx) => {
                await this.stock.reserve(trx);
                await payments.charge(trx);
                await this.save(trx);
              });
            }
            private save(trx: Knex.Transaction) { return trx("orders").insert({}); }
          }
        `,
        "stock-service.ts": `
          class Base { log(trx) { return trx("audit_log").insert({}); } }
          export class StockService extends Base {
            async reserve(trx) { await trx("stock_levels").update({}); await this.log(trx); }
          }
        `,
        "payments.ts": `
          class Payments { charge(trx) { return trx("payments").insert({}); } }
          export const payments = new Payments();
        `,
      }),
    ).toEqual([
      [
        "order-service.ts:7",
        "write audit_log stock-service.ts:2 StockService#reserve > Base#log",
        "write orders order-service.ts:13 OrderService#save",
        "write payments payments.ts:2 Payments#charge",
        "write stock_levels stock-service.ts:4 StockService#reserve",
      ],
    ]);
  });

  test("a transaction without a callback lasts to the end of the block", async () => {
    expect(
      await scopes({
        "orders.js": `
          async function place() {
            const trx = await knex.transaction();
            await trx("orders").insert({});
            await trx("payments").insert({});
            await trx.commit();
          }
          async function other() { await knex("customers").insert({}); }
        `,
      }),
    ).toEqual([["orders.js:3", "write orders orders.js:4", "write payments orders.js:5"]]);
  });

  test("a function handed over by name, and CommonJS modules", async () => {
    expect(
      await scopes({
        "orders.js": `
          const stock = require("./stock");
          const placeOrder = async (trx) => { await trx("orders").insert({}); await stock.reserve(trx); };
          exports.place = () => knex.transaction(placeOrder);
        `,
        "stock.js": `module.exports = { reserve, level() {} }; async function reserve(trx) { await trx("stock_levels").update({}); }`,
      }),
    ).toEqual([
      ["orders.js:4", "write orders orders.js:3 placeOrder", "write stock_levels stock.js:1 placeOrder > reserve"],
    ]);
  });

  test("functions that call each other end", async () => {
    expect(
      await scopes({
        "a.ts": `
          const ping = (trx) => pong(trx);
          const pong = (trx) => { trx("t").del(); return ping(trx); };
          knex.transaction((trx) => ping(trx));
        `,
      }),
    ).toEqual([["a.ts:4", "write t a.ts:3 ping > pong"]]);
  });
});
