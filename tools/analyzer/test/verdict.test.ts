import { describe, expect, test } from "@jest/globals";
import { judgeTexts } from "./judge-texts.ts";

const KNEX = `import knex from "knex"; const db = knex({});`;

/** A context of twenty files in a chain, of which the first keeps a table. */
function context(name: string, extra = ""): Record<string, string> {
  const files = Array.from({ length: 20 }, (_, number) => {
    const next =
      number < 19
        ? `import { f as g } from "./f${number + 1}"; export const f = () => g();`
        : "export const f = () => 1;";
    return [
      `${name}/f${number}.ts`,
      number === 0 ? `${KNEX}\ndb("${name}s").insert({});\n${next}\n${extra}` : next,
    ] as const;
  });
  return Object.fromEntries(files);
}

async function verdict(texts: Record<string, string>) {
  const { answer, because, reasons } = (await judgeTexts(texts)).verdict;
  return {
    answer,
    because,
    against: reasons.filter(({ speaks }) => speaks === "against").map(({ measure }) => measure),
  };
}

describe("the verdict", () => {
  test("split, where contexts keep to themselves", async () => {
    expect(await verdict({ ...context("cart"), ...context("order") })).toEqual({
      answer: "split",
      because: "every number is on the side of a split",
      against: [],
    });
  });

  test("stay, where there is too little code, and it says so", async () => {
    expect(
      await verdict({
        "cart/a.ts": `${KNEX} db("carts").insert({});`,
        "order/b.ts": `${KNEX} db("orders").insert({});`,
      }),
    ).toEqual({
      answer: "stay-a-monolith",
      because: "2 source files",
      against: ["files"],
    });
  });

  test("stay, where only one context keeps or answers anything", async () => {
    const silent = Object.fromEntries(
      Object.entries(context("order")).map(([path, code]) => [path, code.replace(/^db.*$/m, "")]),
    );

    expect(await verdict({ ...context("cart"), ...silent })).toMatchObject({
      answer: "stay-a-monolith",
      against: ["contexts"],
    });
  });

  const both = `export const both = () => db.transaction(async (trx) => { trx("carts").del(); trx("orders").del(); });`;
  const writes = (count: number): string => Array.from({ length: count }, () => `db("orders").update({});`).join("\n");

  test("one number against it is no reason to wait", async () => {
    expect(await verdict({ ...context("cart", both), ...context("order", writes(5)) })).toEqual({
      answer: "split",
      because: "one number speaks against it, the others for it: 100 % of the writing transactions span contexts",
      against: ["spanning-transactions"],
    });
  });

  test("modularise first, where two or more speak against it", async () => {
    expect(await verdict({ ...context("cart", both), ...context("order", writes(1)) })).toEqual({
      answer: "modularise-first",
      because: "100 % of the writing transactions span contexts; data purity 0.54",
      against: ["spanning-transactions", "data-purity"],
    });
  });

  test("gives every number with its threshold and why", async () => {
    const { reasons } = (await judgeTexts(context("cart"))).verdict;

    expect(reasons[0]).toEqual({
      measure: "files",
      value: 20,
      threshold: 40,
      speaks: "against",
      sentence:
        "20 source files; below 40 one person still knows them all, and every service brings a pipeline, a database and a network of its own",
    });
    expect(reasons.every(({ sentence }) => sentence.includes("; "))).toBe(true);
  });
});
