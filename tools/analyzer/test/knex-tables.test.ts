import { describe, expect, test } from "@jest/globals";
import { linkTexts, tableUses } from "./link-texts.ts";

describe("tables behind knex builders", () => {
  test("a select reads its table", async () => {
    expect(await tableUses(`const rows = await knex("orders").where({ id }).first();`)).toEqual(["read orders@1"]);
  });

  test.each(["insert({})", "update({})", "del()", "delete()", "increment('n', 1)", "truncate()"])(
    ".%s writes its table",
    async (step) => {
      expect(await tableUses(`await db("orders").where({ id }).${step};`)).toEqual(["write orders@1"]);
    },
  );

  test("aliases, schemas and quotes leave the table's own name", async () => {
    const uses = await tableUses(`
      await knex("orders as o").select("o.id");
      await knex({ c: "customers" }).select("c.id");
      await knex("public.payments").first();
      await knex("audit.entries").first();
    `);

    expect(uses).toEqual(["read orders@2", "read customers@3", "read payments@4", "read audit.entries@5"]);
  });

  test("a join reads the joined tables, on their own lines", async () => {
    const uses = await tableUses(`
      await knex("orders as o")
        .join("customers as c", "c.id", "o.customer_id")
        .leftJoin("payments", "payments.order_id", "o.id")
        .where("o.id", id)
        .update({ state: "paid" });
    `);

    expect(uses).toEqual(["write orders@2", "read customers@3", "read payments@4"]);
  });

  test("from and into name the table as well", async () => {
    const uses = await tableUses(`
      await knex.select("*").from("orders");
      await knex.insert(row).into("stock_movements");
      await trx.batchInsert("order_lines", lines);
    `);

    expect(uses).toEqual(["read orders@2", "write stock_movements@3", "write order_lines@4"]);
  });

  test("a transaction is a database too, as parameter, as member, under any type", async () => {
    const uses = await tableUses(`
      class Stock {
        constructor(private readonly db: Knex) {}
        reserve(trx: Knex.Transaction) { return trx("stock_levels").update({}); }
        level(store: Knex) { return store("stock_levels").first(); }
        all() { return this.db("warehouses").select(); }
      }
    `);

    expect(uses).toEqual(["write stock_levels@4", "read stock_levels@5", "read warehouses@6"]);
  });

  test("a query in a variable is one statement, and a later update makes it a write", async () => {
    const { statements } = await linkTexts({
      "orders.ts": `
        async function search(filter) {
          const query = db("orders").where(filter);
          if (filter.customer) query.join("customers", "customers.id", "orders.customer_id");
          await query.update({ seen: true });
        }
      `,
    });

    expect(statements).toHaveLength(1);
    expect(statements[0]?.tables).toEqual([
      { table: "orders", mode: "read", line: 3 },
      { table: "customers", mode: "read", line: 4 },
      { table: "orders", mode: "write", line: 5 },
    ]);
  });

  test("subqueries belong to the statement around them; what follows in a then does not", async () => {
    const { statements } = await linkTexts({
      "orders.ts": `
        db("orders")
          .whereExists(function () { this.select("*").from("payments").whereRaw("payments.order_id = orders.id"); })
          .whereIn("customer_id", db("customers").select("id"))
          .then(() => db("audit_log").insert({}));
      `,
    });

    const tables = statements.map((statement) => statement.tables.map(({ table }) => table));
    expect(tables).toEqual([["orders", "payments", "customers"], ["audit_log"]]);
  });

  test("names come through constants of this file and of others", async () => {
    const { statements } = await linkTexts({
      "tables.ts": `export const TABLES = { orders: "orders", lines: "order_lines" } as const; export const STOCK = "stock_levels";`,
      "orders.ts": `
        import { STOCK, TABLES } from "./tables";
        const PAYMENTS = "payments";
        await db(TABLES.orders).insert({});
        await db(\`\${TABLES.lines}\`).first();
        await db(STOCK).first();
        await db(PAYMENTS).first();
      `,
    });

    const uses = statements.flatMap(({ tables }) => tables.map(({ table, mode }) => `${mode} ${table}`));
    expect(uses).toEqual(["write orders", "read order_lines", "read stock_levels", "read payments"]);
  });

  test("names of common table expressions are no tables", async () => {
    const uses = await tableUses(`
      await db.with("recent", db("orders").where("at", ">", day)).select("*").from("recent");
    `);

    expect(uses).toEqual(["read orders@2"]);
  });

  test("a table known only at run time is reported with its code, not dropped", async () => {
    const facts = await linkTexts({ "crud.ts": `export const all = (table) => db(table).select("*");` });

    expect(facts.statements[0]?.tables).toEqual([{ table: null, mode: "read", line: 1 }]);
    expect(facts.problems).toEqual([
      { file: "crud.ts", line: 1, reason: expect.stringContaining('db(table).select("*")') },
    ]);
  });

  test("raw pieces inside a builder are read as SQL", async () => {
    const uses = await tableUses(`
      await db("orders").whereRaw("exists (select 1 from refunds r where r.order_id = orders.id and r.amount > ?)", [1]);
      await db("orders").joinRaw("left join shipments s on s.order_id = orders.id").select("s.id");
      await db.raw("update ?? set total = total + ? where id = :id", ["orders", 1, { id }]);
      await db("orders").select(db.raw("(select count(*) from order_lines l where l.order_id = orders.id) as lines"));
    `);

    expect(uses).toEqual([
      "read orders@2",
      "read refunds@2",
      "read orders@3",
      "read shipments@3",
      "write ?@4",
      "read orders@5",
      "read order_lines@5",
    ]);
  });

  test("look-alikes are left alone", async () => {
    const uses = await tableUses(`
      const list = Array.from("abc").map((x) => x);
      path.join("orders", "today");
      ["a", "b"].join("orders");
      document.querySelector("orders").first();
      app.get("orders").where;
      cache("orders").get();
      i18n("orders").insert;
      createHash("sha256").update(text).digest();
      store("orders").delete();
    `);

    expect(uses).toEqual([]);
  });

  test("without knex in the project a builder-like chain is something else", async () => {
    const { statements } = await linkTexts({ "orders.ts": `supabase.from("orders").select("*").where(x);` }, []);

    expect(statements).toEqual([]);
  });
});
