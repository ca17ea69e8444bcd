import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { proposeContexts, type ProposeOptions } from "../src/contexts/propose-contexts.ts";
import { SHARED, type Contexts } from "../src/contexts/contexts.ts";
import { PartUnknownError, PinsImpossibleError, UsageError } from "../src/errors.ts";
import type { Facts } from "../src/facts.ts";
import { buildGraph } from "../src/graph/build-graph.ts";
import type { Graph } from "../src/graph/graph.ts";
import { readFacts } from "../src/read/read-facts.ts";

let facts: Facts;
let graph: Graph;
beforeAll(async () => {
  facts = await readFacts(join(import.meta.dirname, "fixtures", "layered-shop"), { history: false });
  graph = buildGraph(facts);
});

function propose(options: ProposeOptions = {}): Contexts {
  return proposeContexts(facts, graph, options);
}

function namesOf({ contexts }: Contexts): string[] {
  return contexts.map(({ name }) => name).filter((name) => name !== SHARED);
}

describe("how many contexts there are", () => {
  test("can be said exactly", () => {
    for (const contexts of [1, 2, 3, 5, 8]) expect(namesOf(propose({ contexts }))).toHaveLength(contexts);
  });

  test("is as near as the code allows where it has too few files", () => {
    expect(namesOf(propose({ contexts: 1_000 })).length).toBeGreaterThan(8);
  });

  test("follows from the granularity otherwise", () => {
    const count = (granularity: ProposeOptions["granularity"]): number => namesOf(propose({ granularity })).length;

    expect(count("medium")).toBe(namesOf(propose()).length);
    expect(count("coarse")).toBeLessThanOrEqual(count("medium"));
    expect(count(6)).toBeGreaterThanOrEqual(count("fine"));
  });

  test("cannot be none, half a one or less", () => {
    for (const contexts of [0, 1.5, -2]) expect(() => propose({ contexts })).toThrow(UsageError);
    for (const granularity of [0, -1, Number.NaN]) expect(() => propose({ granularity })).toThrow(UsageError);
  });

  test("fewer contexts keep together what more contexts have together", () => {
    const [five, three] = [propose({ contexts: 4 }), propose({ contexts: 2 })];
    const homes = namesOf(five).map(
      (name) =>
        new Set(Object.keys(five.files).flatMap((file) => (five.files[file] === name ? three.files[file] : []))),
    );

    expect(homes.map((home) => home.size)).toEqual([1, 1, 1, 1]);
  });
});

describe("pins", () => {
  const cart = "src/controllers/cart.ts";
  const orders = "src/services/orders.ts";
  const reviews = "src/services/reviews.ts";

  test("keep files and tables in one context", () => {
    const { files, tables } = propose({
      pins: {
        together: [
          [cart, reviews],
          [reviews, "orders"],
        ],
      },
    });

    expect(files[cart]).toBe(files[reviews]);
    expect(tables["orders"]).toBe(files[reviews]);
    expect(files[cart]).not.toBe(SHARED);
  });

  test("keep any two of a list apart, even what belongs together most", () => {
    const list = ["src/models/cart.ts", "src/services/cart.ts", "src/controllers/cart.ts"];
    const { files } = propose({ pins: { apart: [list] } });

    expect(new Set(list.map((file) => files[file])).size).toBe(3);
  });

  test("hold when fewer contexts are asked for than they need", () => {
    const { files, contexts } = propose({ contexts: 1, pins: { apart: [[cart, orders, reviews]] } });

    expect(new Set([files[cart], files[orders], files[reviews]]).size).toBe(3);
    expect(contexts.filter(({ name }) => name !== SHARED)).toHaveLength(3);
  });

  test("give a context its name, and take its neighbours along", () => {
    const { files, confidence } = propose({ pins: { contexts: { Basket: ["src/models/cart.ts", "carts"] } } });

    expect(files["src/models/cart.ts"]).toBe("Basket");
    expect(files["src/services/cart.ts"]).toBe("Basket");
    expect(confidence["src/models/cart.ts"]).toBeUndefined();
  });

  test("can send a file to the shared code", () => {
    expect(propose({ pins: { contexts: { shared: [cart] } } }).files[cart]).toBe(SHARED);
  });

  test("that contradict each other are listed, all of them", () => {
    const pins = {
      together: [[cart, orders, reviews]],
      apart: [[cart, reviews]],
      contexts: { Basket: [cart], Sales: [orders] },
    };

    expect(() => propose({ pins })).toThrow(PinsImpossibleError);
    expect(() => propose({ pins })).toThrow(
      `"${cart}" and "${reviews}" are held together and apart. Take one of each pair away`,
    );
    expect(() => propose({ pins })).toThrow(`belong to "Basket" and to "Sales"`);
  });

  test("of something that the code does not have are refused", () => {
    expect(() => propose({ pins: { together: [["src/services/revews.ts"]] } })).toThrow(PartUnknownError);
  });
});

test("every file says how sure its place is", () => {
  const { confidence, files, contexts } = propose();

  for (const file of Object.keys(files)) {
    if (file.startsWith("migrations/")) continue;
    expect(confidence[file]).toBeGreaterThanOrEqual(0);
    expect(confidence[file]).toBeLessThanOrEqual(1);
  }
  expect(contexts.every(({ confidence: mean }) => mean > 0.3)).toBe(true);
});
