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

const SCHEMA = {
  "schema.prisma": `
    model Order {
      id Int @id
    }
    model Payment {
      id Int @id
    }
  `,
};

describe("calls inside of a transaction", () => {
  test("a function counts by its shortest way, also where a long way leads there first", async () => {
    const chain = Array.from({ length: 8 }, (_, index) => `const f${index} = (trx) => f${index + 1}(trx);`).join("\n");
    const code = `
      ${chain}
      const f8 = (trx) => trx("far").del();
      const f6_near = (trx) => f6(trx);
      knex.transaction(async (trx) => { await f0(trx); await f6_near(trx); });
    `;
    const { transactions } = await linkTexts({ "a.ts": code });

    expect(transactions[0]?.tables.map(({ table, through }) => [table, ...through])).toEqual([
      ["far", "f6_near", "f6", "f7", "f8"],
    ]);
  });
});

describe("how the libraries open a transaction", () => {
  /** The scopes of `code`, each as its line and the tables it touches. */
  async function touched(code: string): Promise<string[]> {
    const { transactions } = await linkTexts({ ...SCHEMA, "orders.ts": code });
    return transactions.map(({ line, tables }) => `${line}: ${tables.map(({ table }) => table).join(" ")}`);
  }

  test.each([
    ["TypeORM", "dataSource.transaction(async (tx) => {", "});"],
    ["TypeORM with an isolation level", "this.manager.transaction('SERIALIZABLE', async (tx) => {", "});"],
    ["TypeORM of old", "getManager().transaction(async (tx) => {", "});"],
    ["MikroORM", "em.fork().transactional(async (tx) => {", "});"],
    ["Sequelize", "sequelize.transaction({ isolationLevel }, async (t) => {", "});"],
    ["Mongoose", "session.withTransaction(async () => {", "});"],
    ["Kysely", "db.transaction().setIsolationLevel('serializable').execute(async (trx) => {", "});"],
    ["Objection", "transaction(Person, Pet, async (Person, Pet) => {", "});"],
    ["postgres.js", "sql.begin(async (sql) => {", "});"],
    ["a helper of the project", "executeTx(db, async (trx) => {", "});"],
  ])("%s: the callback is the scope", async (_library, open, close) => {
    const code = `
      async function place() {
        await db.order.create({ data: {} });
        await ${open}
          await db.order.create({ data: {} });
          await db.payment.create({ data: {} });
        ${close}
      }`;

    expect(await touched(code)).toEqual(["4: Order Payment"]);
  });

  test.each([
    ["a query runner", "await queryRunner.startTransaction();", "await queryRunner.commitTransaction();"],
    ["MikroORM", "await em.begin();", "await em.commit();"],
    ["Sequelize", "const t = await sequelize.transaction();", "await t.commit();"],
    ["Sequelize in a branch", "if (!t) { t = await sequelize.transaction(); }", "await t.commit();"],
    ["Mongoose", "session.startTransaction();", "await session.commitTransaction();"],
    ["Objection", "const trx = await Person.startTransaction();", "await trx.commit();"],
    ["SQL", `await client.query("BEGIN");`, `await client.query("COMMIT");`],
  ])("%s: opened by hand, it lasts until the commit", async (_library, open, commit) => {
    const code = `
      async function place(t) {
        await db.order.create({ data: {} });
        ${open}
        try {
          await db.payment.create({ data: {} });
          ${commit}
          await db.order.create({ data: {} });
        } catch (error) { throw error; }
      }`;

    expect(await touched(code)).toEqual(["4: Payment"]);
  });

  test("a decorated method or class", async () => {
    const code = `
      class Orders {
        constructor(private db: Database) {}
        @Transactional()
        async place() { await this.db.order.create({ data: {} }); await this.pay(); }
        async pay() { await this.db.payment.create({ data: {} }); }
      }
      @Transaction()
      class Payments {
        constructor(private db: Database) {}
        async pay() { await this.db.payment.create({ data: {} }); }
      }`;

    expect(await touched(code)).toEqual(["5: Order Payment", "11: Payment"]);
  });

  test("a route whose middleware opens one for each request", async () => {
    const code = `
      const router = new Router();
      router.get("/orders", auth(), async (ctx) => { await db.payment.create({ data: {} }); });
      router.post("/orders", auth(), transaction(), place);
      router.put("/orders", transaction(), async (ctx) => { await db.order.create({ data: {} }); });
      async function place(ctx) { await db.payment.create({ data: {} }); }`;

    expect(await touched(code)).toEqual(["4: Payment", "5: Order"]);
  });

  test("Prisma: a callback, a list, and queries collected before they are run together", async () => {
    const { transactions } = await linkTexts({
      ...SCHEMA,
      "orders.ts": `
        async function place() {
          await prisma.$transaction(async (tx) => { await tx.order.create({ data: {} }); });
          await prisma.$transaction([prisma.order.deleteMany(), prisma.payment.deleteMany()]);
          const first = prisma.order.update({ where: { id }, data: {} });
          const others = [];
          for (const id of ids) others.push(prisma.payment.update({ where: { id }, data: {} }));
          await prisma.$transaction([first, ...others]);
        }
      `,
    });

    expect(transactions.map(({ line, tables }) => [line, ...tables.map(({ table }) => table)])).toEqual([
      [3, "Order"],
      [4, "Order", "Payment"],
      [8, "Order", "Payment"],
    ]);
  });

  test("what monitoring calls a transaction is none, and one that touches no table is left out", async () => {
    const code = `
      async function place() {
        const span = Sentry.startTransaction({ name: "place" });
        await db.order.create({ data: {} });
        span.finish();
        await this.transaction(async () => { await sendMail(); });
      }`;

    expect(await touched(code)).toEqual([]);
  });
});
