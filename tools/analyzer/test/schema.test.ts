import { describe, expect, test } from "@jest/globals";
import { linkTexts } from "./link-texts.ts";

describe("tables that migrations declare", () => {
  test("knex: columns, composite keys and alter table give foreign keys", async () => {
    const { tables } = await linkTexts({
      "migrations/0001_orders.ts": `
        export async function up(knex) {
          await knex.schema
            .createTable("customers", (table) => { table.increments("id"); })
            .createTable("orders", (table) => {
              table.increments("id");
              table.integer("customer_id").notNullable().references("id").inTable("customers").onDelete("CASCADE");
              table.integer("cart_id").references("carts.id");
            });
          await knex.schema.alterTable("orders", (t) => {
            t.foreign(["warehouse_id", "bin"]).references(["id", "bin"]).inTable("warehouses");
          });
        }
        export async function down(knex) {
          await knex.schema.dropTable("orders").dropTable("customers");
        }
      `,
    });

    const file = "migrations/0001_orders.ts";
    expect(tables).toEqual([
      { name: "customers", declaredAt: { file, line: 4 }, foreignKeys: [] },
      {
        name: "orders",
        declaredAt: { file, line: 5 },
        foreignKeys: [
          { file, line: 7, columns: ["customer_id"], to: "customers" },
          { file, line: 8, columns: ["cart_id"], to: "carts" },
          { file, line: 11, columns: ["warehouse_id", "bin"], to: "warehouses" },
        ],
      },
    ]);
  });

  test("SQL: create, alter, drop, views", async () => {
    const { tables } = await linkTexts({
      "migrations/0001.js": `
        exports.up = (knex) => knex.raw(\`
          create table products (id serial primary key, category_id int references categories (id));
          create table old_things (id int);
          create view cheap_products as select * from products;
          alter table products add constraint supplier foreign key (supplier_id) references suppliers (id);
          drop table old_things;
        \`);
        exports.down = (knex) => knex.raw("drop table products");
      `,
    });

    expect(
      tables.map(({ name, foreignKeys }) => [name, ...foreignKeys.map(({ columns, to }) => `${columns.join()} ${to}`)]),
    ).toEqual([["cheap_products"], ["products", "category_id categories", "supplier_id suppliers"]]);
  });

  test("a renamed table keeps its keys, and keys to it follow", async () => {
    const { tables } = await linkTexts({
      "migrations/1.ts": `export const up = (k) => k.schema.createTable("users", (t) => { t.integer("team").references("teams.id"); }).createTable("posts", (t) => { t.integer("by").references("users.id"); });`,
      "migrations/2.ts": `export const up = (k) => k.schema.renameTable("users", "accounts");`,
    });

    expect(tables.map(({ name, foreignKeys }) => `${name} -> ${foreignKeys.map(({ to }) => to).join()}`)).toEqual([
      "accounts -> teams",
      "posts -> accounts",
    ]);
  });

  test("a trigger shows the tables that its function writes", async () => {
    const { triggers } = await linkTexts({
      "migrations/1.ts": `
        export const up = async (knex) => {
          await knex.raw(\`
            create function keep_stock() returns trigger language plpgsql as $$
            begin
              update products set stock_available = (select sum(quantity) from stock_levels) where id = new.product_id;
              return new;
            end $$\`);
          await knex.raw("create trigger stock_levels_keep after insert or update on stock_levels for each row execute function keep_stock()");
        };
      `,
    });

    expect(triggers).toEqual([
      {
        file: "migrations/1.ts",
        line: 9,
        name: "stock_levels_keep",
        on: "stock_levels",
        tables: [
          { table: "products", mode: "write" },
          { table: "stock_levels", mode: "read" },
        ],
      },
    ]);
  });

  test("migrations and seeds do not count as users of a table", async () => {
    const { statements, tables } = await linkTexts({
      "seeds/main.ts": `await knex("orders").insert({});`,
      "src/orders.ts": `await knex("orders").first();`,
    });

    expect(statements.map(({ file }) => file)).toEqual(["src/orders.ts"]);
    expect(tables).toEqual([{ name: "orders", declaredAt: null, foreignKeys: [] }]);
  });
});
