import { describe, expect, test } from "@jest/globals";
import { judgeTexts } from "./judge-texts.ts";

const KNEX = `import knex from "knex"; const db = knex({});`;

/** A file with so many reads and writes of a table, each on a line of its own, from line 2 on. */
function using(table: string, uses: { reads?: number; writes?: number }): string {
  const lines = (count = 0, code: string): string[] => Array.from({ length: count }, () => code);
  return [
    KNEX,
    ...lines(uses.writes, `db("${table}").insert({});`),
    ...lines(uses.reads, `db("${table}").first();`),
  ].join("\n");
}

async function advice(texts: Record<string, string>, table = "products") {
  return (await judgeTexts(texts)).tables.find(({ name }) => name === table)?.advice;
}

describe("what to do with a table", () => {
  test("nothing, where one context alone uses it", async () => {
    expect(await advice({ "product/a.ts": using("products", { writes: 2, reads: 1 }) })).toEqual({
      code: "keep",
      sentence: "only product uses it: 2 places write it, 1 reads it",
      places: [],
    });
  });

  test("move the few foreign writers", async () => {
    const texts = {
      "product/a.ts": using("products", { writes: 2 }),
      "review/b.ts": using("products", { writes: 1, reads: 1 }),
    };

    expect(await advice(texts)).toEqual({
      code: "move-writers",
      sentence: "review writes it in 1 place (review/b.ts:2) against 2 of product: let product do it",
      places: [
        { file: "review/b.ts", line: 2 },
        { file: "review/b.ts", line: 3 },
      ],
    });
  });

  test("give it an API of its own, where there are too many", async () => {
    const texts = {
      "product/a.ts": using("products", { writes: 5 }),
      "review/b.ts": using("products", { writes: 2 }),
      "stock/c.ts": using("products", { writes: 2 }),
    };

    expect(await advice(texts)).toMatchObject({
      code: "own-api",
      sentence:
        "review, stock write it in 4 places against 5 of product: too many to move, so product offers what they do as its own operations",
    });
  });

  test("ask for it, where it is read in few places", async () => {
    const texts = { "product/a.ts": using("products", { writes: 1 }), "cart/b.ts": using("products", { reads: 3 }) };

    expect(await advice(texts)).toMatchObject({
      code: "own-api",
      sentence: "cart reads it in 3 places (cart/b.ts:2, ...): few enough to ask product",
    });
  });

  test("copy it, where it is read in many places and hardly changes", async () => {
    const texts = { "product/a.ts": using("products", { writes: 2 }), "cart/b.ts": using("products", { reads: 4 }) };

    expect(await advice(texts)).toMatchObject({ code: "reference-copy" });
  });

  test("announce its changes, where it is read in many places and changes", async () => {
    const texts = { "product/a.ts": using("products", { writes: 3 }), "cart/b.ts": using("products", { reads: 4 }) };

    expect(await advice(texts)).toMatchObject({
      code: "event-and-copy",
      sentence:
        "cart reads it in 4 places, and product writes it in 3: announce each change, so that they can keep a copy",
    });
  });

  test("split it, where it is wide and many write it", async () => {
    const columns = Array.from({ length: 15 }, (_, number) => `t.text("c${number}");`).join(" ");
    const texts = {
      "migrations/1.ts": `exports.up = (knex) => knex.schema.createTable("products", (t) => { ${columns} });`,
      "product/a.ts": using("products", { writes: 2 }),
      "stock/b.ts": using("products", { writes: 2 }),
      "price/c.ts": using("products", { writes: 2 }),
    };

    expect(await advice(texts)).toMatchObject({ code: "split-table" });
  });

  test("doubt the line, where two contexts write the same tables", async () => {
    const tables = ["carts", "items", "products"];
    const all = (writes: number): string =>
      tables.map((table) => using(table, { writes }).replace(KNEX, "")).join("\n");
    const texts = { "cart/a.ts": `${KNEX}\n${all(1)}`, "product/b.ts": `${KNEX}\n${all(2)}` };

    expect(await advice(texts)).toMatchObject({
      code: "merge-contexts",
      sentence: "product and cart both write 3 tables: they are one context, or the line between them runs elsewhere",
    });
  });

  test("say so, where no query touches it", async () => {
    const migration = `exports.up = (knex) => knex.schema.createTable("left_overs", (t) => { t.text("a"); });`;
    const texts = { "migrations/1.ts": migration, "product/a.ts": using("products", { writes: 1 }) };

    expect(await advice(texts, "left_overs")).toMatchObject({ code: "unused" });
  });
});
