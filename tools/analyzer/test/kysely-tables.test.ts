import { describe, expect, test } from "@jest/globals";
import { linkTexts } from "./link-texts.ts";

async function uses(code: string, packages = ["kysely"]): Promise<string[]> {
  const { statements } = await linkTexts({ "orders.ts": code }, packages);
  return statements.map(({ tables }) => tables.map(({ table, mode }) => `${mode} ${table ?? "?"}`).join(", "));
}

describe("tables behind Kysely", () => {
  test.each([
    ["db.selectFrom('orders as o').selectAll().execute()", "read orders"],
    ["db.selectFrom(['orders', 'customers as c']).execute()", "read orders, read customers"],
    ["trx.insertInto('orders').values(row).execute()", "write orders"],
    ["this.db.updateTable('orders').set({}).from('customers').execute()", "write orders, read customers"],
    ["db.deleteFrom('orders').using('customers').execute()", "write orders, read customers"],
    ["db.replaceInto('orders').values(row).execute()", "write orders"],
    ["db.mergeInto('orders as o').using('imports as i', 'i.id', 'o.id').execute()", "write orders, read imports"],
    ["db.selectFrom('orders as o').leftJoin('customers as c', 'c.id', 'o.customer_id')", "read orders, read customers"],
    ["db.insertInto('archive').expression((eb) => eb.selectFrom('orders').selectAll())", "write archive, read orders"],
  ])("%s", async (call, expected) => {
    expect(await uses(`async function run() { await ${call}; }`)).toEqual([expected]);
  });

  test("subqueries belong to the statement, and the table it is about stands first", async () => {
    const code = `
      await db
        .with("recent", (qb) => qb.selectFrom("orders").selectAll())
        .selectFrom("customers")
        .innerJoin("recent", "recent.customer_id", "customers.id")
        .where((eb) => eb.exists(eb.selectFrom("payments").select("id")))
        .$if(deep, (qb) => qb.leftJoin("tags", "tags.customer_id", "customers.id"))
        .execute();
    `;
    expect(await uses(code)).toEqual(["read customers, read orders, read payments, read tags"]);
  });

  test("a query in a variable grows by later joins, and may be a subquery of another", async () => {
    const code = `
      let query = db.selectFrom("orders");
      if (withCustomer) query = query.innerJoin("customers", "customers.id", "orders.customer_id");
      const last = db.selectFrom("payments").as("last");
      await db.selectFrom(last).selectAll().execute();
    `;
    expect(await uses(code)).toEqual(["read orders, read customers", "read payments"]);
  });

  test("where the camel-case plugin is in use, tables are spelled as in the database", async () => {
    const code = `
      import { CamelCasePlugin } from "kysely";
      await db.with("openOrders", (qb) => qb.selectFrom("orderLines")).selectFrom("openOrders")
        .where(sql\`(select 1 from open_orders o join user_tokens t on t.id = o.id)\`).execute();
    `;
    expect(await uses(code)).toEqual(["read order_lines, read user_tokens"]);
  });

  test("migrations declare tables, columns and foreign keys; the way back does not count", async () => {
    const { tables } = await linkTexts({
      "migrations/1.ts": `
        export async function up(db) {
          await db.schema.createTable("customers").addColumn("id", "uuid", (col) => col.primaryKey()).execute();
          await db.schema.createTable("orders")
            .addColumn("id", "uuid")
            .addColumn("customer_id", "uuid", (col) => col.references("customers.id").onDelete("cascade"))
            .addPrimaryKeyConstraint("orders_pk", ["id"])
            .execute();
          await db.schema.alterTable("orders").addColumn("payer_id", "uuid").execute();
          await db.schema.alterTable("orders").addForeignKeyConstraint("fk", ["payer_id"], "customers", ["id"]).execute();
        }
        export async function down(db) { await db.schema.dropTable("orders").execute(); }
      `,
    });

    const told = tables.map(({ name, columns, foreignKeys }) => [
      name,
      columns.map((column) => (column.primary ? `${column.name}!` : column.name)).join(" "),
      ...foreignKeys.map((key) => `${key.columns.join("+")} -> ${key.to}`),
    ]);
    expect(told).toEqual([
      ["customers", "id!"],
      ["orders", "id! customer_id payer_id", "customer_id -> customers", "payer_id -> customers"],
    ]);
  });

  test("a name known only at run time is reported; without Kysely the words mean nothing", async () => {
    expect(await uses(`const all = (table) => db.selectFrom(table).selectAll().execute();`)).toEqual(["read ?"]);
    expect(await uses(`await db.selectFrom("orders").execute();`, [])).toEqual([]);
  });
});
