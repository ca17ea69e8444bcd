import { describe, expect, test } from "@jest/globals";
import { parseAcceptedContexts } from "../src/accepted/accepted-contexts.ts";
import { extendAccepted } from "../src/accepted/extend-accepted.ts";
import { foldersAndFiles } from "../src/accepted/folder-patterns.ts";
import { place } from "../src/accepted/place.ts";
import { renderAccepted } from "../src/accepted/render-accepted.ts";
import { propose } from "../src/analyze.ts";
import { ConfigurationInvalidError } from "../src/errors.ts";
import { linkTexts } from "./link-texts.ts";

const CODE = {
  "orders/order.ts": `import { db } from "../lib/db"; export const all = () => db("orders").select();`,
  "orders/line.ts": `import { db } from "../lib/db"; export const lines = () => db("order_lines").select();`,
  "stock/bin.ts": `import { db } from "../lib/db"; export const bins = () => db("bins").select();`,
  "lib/db.ts": `import knex from "knex"; export const db = knex({});`,
};

function accepted(contexts: string): string {
  return `version: 1\npath: src\ncontexts:\n${contexts}`;
}

describe("the list of files of a context", () => {
  test("is a pattern where a whole folder is of one context, and paths where it is not", () => {
    const patterns = foldersAndFiles({
      "orders/order.ts": "orders",
      "orders/inner/line.ts": "orders",
      "models/order.ts": "orders",
      "models/bin.ts": "stock",
      "main.ts": "shared",
    });

    expect(Object.fromEntries(patterns)).toEqual({
      orders: ["models/order.ts", "orders/**"],
      stock: ["models/bin.ts"],
      shared: ["main.ts"],
    });
  });

  test("is one pattern for everything where there is one context", () => {
    expect(foldersAndFiles({ "a.ts": "all", "b/c.ts": "all" }).get("all")).toEqual(["**"]);
  });
});

describe("accepted contexts on today's code", () => {
  test("a path outweighs a pattern, a longer pattern a shorter one, whatever stands first", async () => {
    const plan = parseAcceptedContexts(
      "contexts.yaml",
      accepted(`  shared: { files: ["**"] }
  orders: { files: ["orders/**"], tables: [orders, order_lines, bins] }
  stock: { files: [stock/bin.ts, orders/line.ts] }`),
    );

    const { contexts, unplaced, unused } = place(await linkTexts(CODE), plan);

    expect(contexts.files).toEqual({
      "lib/db.ts": "shared",
      "orders/line.ts": "stock",
      "orders/order.ts": "orders",
      "stock/bin.ts": "stock",
    });
    expect(contexts.tables).toEqual({ bins: "orders", order_lines: "orders", orders: "orders" });
    expect({ unplaced, unused }).toEqual({ unplaced: { files: [], tables: [] }, unused: [] });
  });

  test("say which files and tables have no place, and which places have nothing", async () => {
    const plan = parseAcceptedContexts(
      "contexts.yaml",
      accepted(`  orders: { files: ["orders/**", gone.ts], tables: [orders, invoices] }`),
    );

    const { unplaced, unused } = place(await linkTexts(CODE), plan);

    expect(unplaced).toEqual({ files: ["lib/db.ts", "stock/bin.ts"], tables: ["bins", "order_lines"] });
    expect(unused).toEqual([
      { context: "orders", what: "gone.ts" },
      { context: "orders", what: "table invoices" },
    ]);
  });

  test("written down and read again they place every file where the proposal had it", async () => {
    const facts = await linkTexts(CODE);
    const proposal = propose(facts);

    const text = renderAccepted(proposal, { path: "src", schema: undefined }, undefined);
    const { contexts, unplaced } = place(facts, parseAcceptedContexts("contexts.yaml", text));

    expect(contexts.files).toEqual(proposal.files);
    expect(contexts.tables).toEqual(proposal.tables);
    expect(unplaced).toEqual({ files: [], tables: [] });
  });

  test("extended they keep every word that people wrote", async () => {
    const facts = await linkTexts(CODE);
    const text = accepted(`  # decided in May
  orders:
    files: ["orders/**"] # all of it
    tables: [orders, order_lines]
  stock: {}
  shared:
    files: [lib/db.ts]
`);
    const { unplaced } = place(facts, parseAcceptedContexts("contexts.yaml", text));
    const contexts = { ...propose(facts), files: { "stock/bin.ts": "stock" }, tables: { bins: "stock" } };

    const extended = extendAccepted(text, unplaced, contexts);

    expect(extended).toBe(text.replace("stock: {}", "stock: {files: [stock/bin.ts], tables: [bins]}"));
    expect(extendAccepted(extended, { files: [], tables: [] }, contexts)).toBe(extended);
  });

  test.each([
    ["version: 2\npath: src\ncontexts: {}", /^contexts\.yaml:1:10: version: /],
    ["version: 1\npath: src\ncontexts:\n  Orders: {}", /contexts\.Orders: .*lower-case-with-dashes/],
    ["version: 1\npath: src\ncontexts: {\n", /^contexts\.yaml:\d+:\d+: not valid YAML/],
    ["version: 1\npath: src\ncontexts: {}\npins: { together: [[one]] }", /pins\.together\.0: /],
  ])("a file that cannot be used is refused with its place: %j", (text, message) => {
    expect(() => parseAcceptedContexts("contexts.yaml", text)).toThrow(ConfigurationInvalidError);
    expect(() => parseAcceptedContexts("contexts.yaml", text)).toThrow(message);
  });
});
