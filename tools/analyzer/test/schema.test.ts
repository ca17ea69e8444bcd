import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { analyze } from "../src/analyze.ts";
import { readFacts } from "../src/read/read-facts.ts";
import { linkTexts } from "./link-texts.ts";
import { createTree } from "./temporary-tree.ts";

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
    expect(tables).toMatchObject([
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

  test("SQL files: statement by statement, dumps included, with the lines of tables and keys", async () => {
    const root = createTree({
      "app.ts": "export const app = 1;",
      "db/schema.sql": [
        "\\connect shop",
        "create table teams (id int primary key);",
        "",
        "create table users (",
        "  id int primary key,",
        "  team_id int references teams (id)",
        ");",
        "COPY public.users (id, team_id) FROM stdin;",
        "1\t2; drop table users;",
        "\\.",
        "create function f() returns void language plpgsql as $$ begin",
        "  perform 1;",
        "end $$;",
        "create table last_one (id int);",
      ].join("\n"),
    });

    const { tables, files } = await readFacts(root);

    const file = "db/schema.sql";
    expect(tables).toMatchObject([
      { name: "last_one", declaredAt: { file, line: 14 }, foreignKeys: [] },
      { name: "teams", declaredAt: { file, line: 2 }, foreignKeys: [] },
      {
        name: "users",
        declaredAt: { file, line: 4 },
        foreignKeys: [{ file, line: 6, columns: ["team_id"], to: "teams" }],
      },
    ]);
    expect(files.map(({ path, role }) => `${role} ${path}`)).toEqual(["source app.ts", "migration db/schema.sql"]);
  });

  test("migrations that live outside of the folder are read when they are named", async () => {
    const root = createTree({
      "app/orders.ts": `import { Pool } from "pg"; export const all = () => pool.query("select * from orders");`,
      "app/package.json": `{ "dependencies": { "pg": "*" } }`,
      "migrations/0001.ts": `export const up = (knex) => knex.schema.createTable("orders", (t) => { t.integer("by").references("users.id"); });`,
    });

    const analysis = await analyze(join(root, "app"), { schema: join(root, "migrations") });

    const declaredAt = { file: "../migrations/0001.ts", line: 1 };
    expect(analysis.tables).toMatchObject([
      { name: "orders", declaredAt, foreignKeys: [{ ...declaredAt, columns: ["by"], to: "users" }] },
    ]);
    expect(Object.keys(analysis.files)).toEqual(["orders.ts"]);
    expect(analysis.unresolved).toEqual([]);
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
    expect(tables).toMatchObject([{ name: "orders", declaredAt: null, foreignKeys: [] }]);
  });
});
