import { describe, expect, test } from "@jest/globals";
import { linkTexts } from "./link-texts.ts";

const TABLES = {
  "db/customers.ts": `
    import { pgTable, integer, text } from "drizzle-orm/pg-core";
    import { relations } from "drizzle-orm";
    import { orders } from "./orders";
    export const customers = pgTable("customers", { id: integer("id").primaryKey(), email: text("email_address") });
    export const customersRelations = relations(customers, ({ many }) => ({ placed: many(orders) }));
  `,
  "db/orders.ts": `
    import { foreignKey, pgSchema, pgTableCreator, integer } from "drizzle-orm/pg-core";
    import { relations } from "drizzle-orm";
    import { customers } from "./customers";
    const sales = pgSchema("sales");
    export const createTable = pgTableCreator((name) => \`shop_\${name}\`);
    export const orders = sales.table("orders", {
      id: integer().primaryKey(),
      customerId: integer("customer_id").references(() => customers.id),
    });
    export const lines = createTable("lines", (d) => ({ orderId: d.integer("order_id"), sku: d.text() }), (table) => [
      foreignKey({ columns: [table.orderId], foreignColumns: [orders.id] }),
    ]);
  `,
  "db/relations.ts": `
    import { relations } from "drizzle-orm";
    import { orders, lines } from "./orders";
    import { customers } from "./customers";
    export const ordersRelations = relations(orders, ({ one, many }) => ({
      customer: one(customers, { fields: [orders.customerId], references: [customers.id] }),
      lines: many(lines),
    }));
  `,
  "db/schema.ts": `export * from "./customers"; export * from "./orders"; export * from "./relations";`,
};

async function uses(code: string): Promise<string[]> {
  const head = `import { customers, orders, lines } from "../db/schema"; import * as schema from "../db/schema";`;
  const { statements } = await linkTexts({ ...TABLES, "src/orders.ts": `${head}\n${code}` }, ["drizzle-orm"]);
  return statements.map(({ tables }) => tables.map(({ table, mode }) => `${mode} ${table ?? "?"}`).join(", "));
}

describe("tables behind Drizzle", () => {
  test("declared with columns and foreign keys, in schemas and by table functions of the project", async () => {
    const { tables } = await linkTexts(TABLES, ["drizzle-orm"]);

    const told = tables.map(({ name, columns, foreignKeys }) => [
      name,
      columns.map((column) => (column.primary ? `${column.name}!` : column.name)).join(" "),
      ...foreignKeys.map((key) => `${key.columns.join("+")} -> ${key.to}`),
    ]);
    expect(told).toEqual([
      ["customers", "id! email_address"],
      ["sales.orders", "id! customer_id", "customer_id -> customers"],
      ["shop_lines", "order_id sku", "order_id -> sales.orders"],
    ]);
  });

  test.each([
    ["db.select().from(orders).where(eq(orders.id, id))", "read sales.orders"],
    ["db.selectDistinct({ id: orders.id }).from(schema.orders)", "read sales.orders"],
    ["db.insert(orders).values(row).onConflictDoNothing().returning()", "write sales.orders"],
    ["tx.update(orders).set({}).from(customers)", "write sales.orders, read customers"],
    ["this.db.delete(lines).where(eq(lines.sku, sku))", "write shop_lines"],
    ["db.$count(orders, eq(orders.id, id))", "read sales.orders"],
    [
      "db.select().from(orders).leftJoin(customers, eq(customers.id, orders.customerId))",
      "read sales.orders, read customers",
    ],
    ["db.insert(lines).select(db.select().from(orders))", "write shop_lines, read sales.orders"],
    ["db.delete(orders).where(inArray(orders.id, db.select().from(lines)))", "write sales.orders, read shop_lines"],
    ["db.query.orders.findMany({ with: { customer: true } })", "read sales.orders, read customers"],
    [
      "db.query.customers.findFirst({ with: { placed: { with: { lines: { columns: { sku: true } } } } } })",
      "read customers, read sales.orders, read shop_lines",
    ],
    ["db.execute(sql`select * from ${orders} where ${orders.id} = ${id}`)", "read sales.orders"],
  ])("%s", async (call, expected) => {
    expect(await uses(`async function run() { await ${call}; }`)).toEqual([expected]);
  });

  test("aliases stand for their table; a subquery under a name is none, but what is joined to it counts", async () => {
    const code = `
      const buyer = alias(customers, "buyer");
      await db.select().from(orders).innerJoin(buyer, eq(buyer.id, orders.customerId));
      const page = db.select().from(lines).as("page");
      await db.select().from(page).innerJoin(orders, eq(orders.id, page.orderId));
    `;
    expect(await uses(code)).toEqual(["read sales.orders, read customers", "read shop_lines", "read sales.orders"]);
  });

  test("look-alikes are left alone", async () => {
    const code = `
      const known = new Map();
      export function forget(order) { known.delete(order); hash.update(order); Array.from(orders); cache.insert("orders"); }
    `;
    expect(await uses(code)).toEqual([]);
  });
});
