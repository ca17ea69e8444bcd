import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Analysis } from "../src/analysis.ts";
import { analyze } from "../src/analyze.ts";
import { createRandom, type Random } from "../src/contexts/random.ts";
import { tieKnots } from "../src/findings/extraction/knots.ts";
import { burdenOf, findOrder, improve, MOST_EXACT, searchExactly } from "../src/findings/extraction/order.ts";
import { createStepCost, type StepCost } from "../src/findings/extraction/step-cost.ts";
import { SEAM_KINDS, type Seam } from "../src/findings/seams.ts";
import { replay } from "./replay.ts";
import { judgeTexts } from "./judge-texts.ts";

describe("what a step costs", () => {
  const names = ["cart", "order", "product"];
  const seams = [call("cart", "product", "findProduct"), call("order", "product", "findProduct")];
  const cost = createStepCost(names, tieKnots(seams));
  const [cart, order, product] = [0, 1, 2];

  test("an API is built once, and every caller is led over", () => {
    expect(cost(product, gone())).toBe(1 + 2 * 0.25);
  });

  test("a caller that leaves first makes the monolith offer it, and part of that is done again", () => {
    expect(cost(cart, gone())).toBe(1.25);
    expect(cost(product, gone(cart))).toBe(0.5 + 0.25);
  });

  test("nothing is left for a caller whose callee has left, and the second caller uses what the first one got", () => {
    expect(cost(cart, gone(product))).toBe(0);
    expect(cost(order, gone(cart))).toBe(0.25);
  });

  test("what never leaves is asked, and led over, all the same", () => {
    const withLibrary = createStepCost(
      ["product"],
      tieKnots([call("product", "library", "f"), call("library", "product", "g")]),
    );

    expect(withLibrary(0, gone())).toBe(1.25 + 1.25);
  });
});

describe("the order of extraction", () => {
  test("takes first what gives most for its cost", () => {
    const seams = [...many(10, call("huge", "small", "f")), call("free", "small", "g")];
    const cost = createStepCost(["free", "huge", "small"], tieKnots(seams));

    expect(findOrder(cost, [0.5, 0.25, 0.25]).order[0]).toBe(0);
  });

  test("up to twelve contexts is exact: no order of all has less burden", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const { cost, benefits } = randomCase(seed, 6);

      const least = Math.min(...permutations([0, 1, 2, 3, 4, 5]).map((order) => burdenOf(order, cost, benefits)));
      expect(searchExactly(cost, benefits).burden).toBeCloseTo(least, 9);
    }
  });

  test("beyond is within 2 % of the best", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { cost, benefits } = randomCase(seed, 10);

      expect(improve(cost, benefits).burden).toBeLessThanOrEqual(1.02 * searchExactly(cost, benefits).burden);
    }
  });

  test("says which of the two it is", () => {
    const sizes = [MOST_EXACT, MOST_EXACT + 1];

    const searches = sizes
      .map((size) => randomCase(1, size))
      .map(({ cost, benefits }) => findOrder(cost, benefits).search);
    expect(searches).toEqual(["exact", "improved"]);
  });
});

describe("the plan for the layered shop", () => {
  let analysis: Analysis;
  beforeAll(async () => {
    analysis = await analyze(join(import.meta.dirname, "fixtures", "layered-shop"), { history: false });
  });

  test("leaves behind what the others stand on, even if it answers a health check", async () => {
    const user = (name: string, more = ""): string =>
      `import { refuse } from "../problem/refuse"; import { db } from "../db"; ${more}
       export const ${name} = () => db("${name}").insert({}).catch(refuse);`;
    const { extraction } = await judgeTexts({
      "db.ts": `import knex from "knex"; export const db = knex({});`,
      "problem/refuse.ts": "export const refuse = (error) => error;",
      "problem/health.ts": `import { Router } from "express"; export const health = Router().get("/livez", (q, r) => r.end());`,
      "app.ts": `import express from "express"; import { health } from "./problem/health"; express().use(health);`,
      "notes/notes.ts": user("notes"),
      "tags/tags.ts": user("tags", `import { notes } from "../notes/notes"; notes();`),
      "files/files.ts": user("files"),
    });

    expect(extraction.steps.map(({ context }) => context).sort()).toEqual(["files", "notes", "tags"]);
    expect(extraction.rest).toEqual(["problem", "shared"]);
  });

  test("begins with the cheapest for its benefit, and the knot comes late", () => {
    const { steps, search, rest } = analysis.extraction;

    expect(steps.map(({ context }) => context)).toEqual(["review", "cart", "product", "order"]);
    expect({ search, rest }).toEqual({ search: "exact", rest: ["shared"] });
    expect(steps[0]?.reasons).toEqual([
      "it is whole: 3 files, 1 table, 1 route",
      "3 seams to cut, 1 of them where others depend on it",
      "no transaction spans it and another context",
      "100 % of the accesses to its tables are its own",
      "it makes product cheaper",
    ]);
    expect(steps[0]?.against).toEqual([
      "1 join and 1 foreign key across its border",
      "the monolith has to offer it 1 thing meanwhile",
    ]);
  });

  test("lists what each step has to build, for whom, and where", () => {
    const build = analysis.extraction.steps[0]?.build.map(
      ({ remedy, what, owner, callers, interim, at }) =>
        `${remedy}: ${what} of ${owner} for ${callers.join()}${interim ? ", meanwhile" : ""} (${at.file}:${at.line})`,
    );

    expect(build).toEqual([
      "api-call: products of product for review, meanwhile (src/models/review.ts:6)",
      "api-composition: products + reviews of review for product (src/models/review.ts:5)",
      "id-and-check: reviews(product_id) -> products of product for review (migrations/0001_shop.ts:8)",
    ]);
  });

  test("replayed step by step nothing ever breaks, and no context writes another's tables in the end", () => {
    const standings = replay(analysis.seams, analysis.extraction.steps);

    expect(standings.map(({ context, writes, broken }) => ({ context, writes, broken: broken.length }))).toEqual([
      { context: "review", writes: 2, broken: 0 },
      { context: "cart", writes: 1, broken: 0 },
      { context: "product", writes: 0, broken: 0 },
      { context: "order", writes: 0, broken: 0 },
    ]);
  });

  test("replayed with a thing less to build it breaks", () => {
    const [first, ...others] = analysis.extraction.steps;
    const steps = first ? [{ ...first, build: first.build.slice(1) }, ...others] : [];

    expect(replay(analysis.seams, steps)[0]?.broken.map(({ what }) => what)).toEqual(["products"]);
  });

  test("costs what its list of things to build costs", () => {
    for (const { cost, build } of analysis.extraction.steps) {
      expect(build.reduce((sum, item) => sum + item.cost, 0)).toBeCloseTo(cost, 9);
    }
  });
});

function call(from: string, to: string, what: string): Seam {
  const file = `${from}.ts`;
  const cut = { remedy: "api-call", because: "the caller waits" } as const;
  return { kind: "call", from, to, what, file, line: 1, target: `${to}.ts`, weight: 1, ...cut };
}

function many(count: number, seam: Seam): Seam[] {
  return Array.from({ length: count }, (_, index) => ({ ...seam, what: `${seam.what}${index}` }));
}

function gone(...contexts: number[]): (context: number) => boolean {
  return (context) => contexts.includes(context);
}

function randomCase(seed: number, size: number): { cost: StepCost; benefits: number[] } {
  const random = createRandom(seed);
  const names = Array.from({ length: size }, (_, index) => `c${index}`);
  const seams = Array.from({ length: size * 8 }, () => randomSeam(names, random));
  const weights = names.map(() => 0.1 + random.next());
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const cost = createStepCost(names, tieKnots(seams.filter(({ from, to }) => from !== to)));
  return { cost, benefits: weights.map((weight) => weight / all) };
}

function randomSeam(names: readonly string[], random: Random): Seam {
  const pick = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(random.next() * items.length)];
  const seam = call(pick(names) ?? "", pick(names) ?? "", `f${Math.floor(random.next() * 3)}`);
  return { ...seam, kind: pick(SEAM_KINDS) ?? "call" };
}

function permutations(items: readonly number[]): number[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}
