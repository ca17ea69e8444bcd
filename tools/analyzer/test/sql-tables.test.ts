import { beforeAll, describe, expect, test } from "@jest/globals";
import { createSqlReader, type ReadSql } from "../src/read/sql/read-sql.ts";
import type { Text } from "../src/source-facts.ts";
import { linkTexts, tableUses } from "./link-texts.ts";

let readSql: ReadSql;
beforeAll(async () => {
  readSql = await createSqlReader();
});

function tables(...text: Text): string[] {
  const reading = readSql(text, false);
  const uses = (reading?.tables ?? []).map(({ name, mode }) => `${mode} ${name}`);
  return [...(reading?.confidence === "guessed" ? ["guessed"] : []), ...new Set(uses)];
}

describe("tables in SQL, by PostgreSQL's own grammar", () => {
  test("the outbox pattern: delete, skip locked, insert in one statement", () => {
    const sql = `with taken as (
      delete from outbox where id in (select id from outbox order by id limit 10 for update skip locked) returning *
    ) insert into sent_mails select * from taken`;

    expect(tables(sql)).toEqual(["write outbox", "read outbox", "write sent_mails"]);
  });

  test.each([
    [
      "merge into stock s using deliveries d on s.sku = d.sku when matched then update set n = s.n + d.n",
      ["write stock", "read deliveries"],
    ],
    ["delete from carts using customers c where c.id = carts.customer_id", ["write carts", "read customers"]],
    [
      "update orders set total = x.sum from (select sum(price) from order_lines) x",
      ["write orders", "read order_lines"],
    ],
    [
      "select * from products p, lateral (select * from reviews r where r.product_id = p.id) x",
      ["read products", "read reviews"],
    ],
    [
      "select count(*) filter (where paid) from orders union all select 1 from archive.orders",
      ["read orders", "read archive.orders"],
    ],
    [
      "with recursive tree as (select * from categories union all select c.* from categories c join tree t on true) select * from tree",
      ["read categories"],
    ],
    ["copy products (id, name) from stdin", ["write products"]],
    ["truncate carts, cart_items", ["write carts", "write cart_items"]],
    ['insert into "Orders" (id) values (1) on conflict do nothing', ["write Orders"]],
    ["select * from information_schema.tables join pg_class on true", []],
    ["select * from generate_series(1, 3) g, unnest(array[1]) u", []],
  ])("%s", (sql, expected) => {
    expect(tables(sql)).toEqual(expected);
  });

  test.each<[string, Text, string[]]>([
    ["a value", ["select * from orders where id = ", { hole: "id" }], ["read orders"]],
    ["a list", ["select * from orders where id in (", { hole: "ids.join()" }, ") limit 3"], ["read orders"]],
    ["a condition at the end", ["select * from orders where true ", { hole: "more" }], ["read orders"]],
    [
      "a column",
      ["select ", { hole: "columns" }, " from orders order by ", { hole: "sort" }, " ", { hole: "direction" }],
      ["read orders"],
    ],
    ["a table", ["select * from ", { hole: "table" }, " where id = 1"], ["read hole_known_at_run_time"]],
    ["a part of a name", ["select * from orders_", { hole: "year" }], ["read orders_hole_known_at_run_time"]],
    ["a join", ["select * from orders o ", { hole: "joins" }, " where o.id = ", { hole: "id" }], ["read orders"]],
    [
      "a cast",
      ["select * from orders where id = ", { hole: "id" }, "::uuid and data->>'a' = ", { hole: "a" }],
      ["read orders"],
    ],
  ])("a hole for %s is filled so that the rest can be read", (_what, text, expected) => {
    expect(tables(...text)).toEqual(expected);
  });

  test("placeholders of drivers and of knex are holes, operators and casts are not", () => {
    expect(tables("select * from t where a = ? and b = :b and c = $1 and d = :d::uuid")).toEqual(["read t"]);
    expect(tables("select * from t where data \\\\? 'key' and note = 'really?' and at::date = now()")).toEqual([
      "read t",
    ]);
    expect(tables("select * from t -- what about this?\n where id = ?")).toEqual(["read t"]);
  });

  test("MySQL's quotes are understood", () => {
    expect(tables("select * from `orders` o join `order_lines` l on l.`order_id` = o.`id`")).toEqual([
      "read orders",
      "read order_lines",
    ]);
  });

  test("what the grammar rejects is guessed and says so", () => {
    expect(tables("select top 10 * from orders inner join customers on 1 = 1 option (recompile)")).toEqual([
      "guessed",
      "read orders",
      "read customers",
    ]);
  });
});

describe("SQL in code", () => {
  test("query calls, config objects and tagged templates are queries", async () => {
    const uses = await tableUses(`
      await pool.query("select * from orders where id = $1", [id]);
      await client.query({ text: "delete from carts where id = $1", values: [id] });
      await sql\`update stock_levels set quantity = quantity - \${n} where sku = \${sku}\`;
      await prisma.$queryRaw\`select * from "Review"\`;
    `);

    expect(uses).toEqual(["read orders@2", "write carts@3", "write stock_levels@4", "read Review@5"]);
  });

  test("a query held in a constant counts once, where it is asked", async () => {
    const uses = await tableUses(`
      const FIND = "select * from orders where id = $1";
      export const find = (id) => pool.query(FIND, [id]);
    `);

    expect(uses).toEqual(["read orders@3"]);
  });

  test("a constant that is asked elsewhere counts where it stands", async () => {
    const uses = await tableUses(`export const FIND = "SELECT * FROM orders WHERE id = $1";`);

    expect(uses).toEqual(["read orders@1"]);
  });

  test("lines count from the table's own line in a long text", async () => {
    const uses = await tableUses(
      ["await db.raw(`", "  select *", "  from orders o", "  join customers c on true", "`);"].join("\n"),
    );

    expect(uses).toEqual(["read orders@3", "read customers@4"]);
  });

  test("concatenated text is one query", async () => {
    const uses = await tableUses(`
      const rows = await pool.query("select * from orders o " + "join customers c on c.id = o.customer_id " + "where o.id = " + id);
    `);

    expect(uses).toEqual(["read orders@2", "read customers@2"]);
  });

  test("prose that begins like SQL is prose", async () => {
    const uses = await tableUses(`
      const a = "Select a product from the list";
      const b = "update the cart";
      const c = \`Delete from your wish list? \${name}\`;
      const d = "with great power";
      log("select one from many");
    `);

    expect(uses).toEqual([]);
  });

  test("a table of a schema that is configured is still that table", async () => {
    const facts = await linkTexts({ "a.ts": "await pool.query(`select * from ${schema}.orders`);" });

    expect(facts.statements[0]?.tables[0]?.table).toBe("orders");
  });

  test("a query that the grammar rejects is listed, with its code", async () => {
    const facts = await linkTexts({ "a.ts": `await pool.query("select top 3 * from orders");` });

    expect(facts.statements[0]).toMatchObject({ tables: [{ table: "orders" }], confidence: "guessed" });
    expect(facts.problems).toEqual([
      {
        file: "a.ts",
        line: 1,
        reason: `tables are guessed, PostgreSQL's grammar rejects the query: "select top 3 * from orders"`,
      },
    ]);
  });
});
