import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { readFacts } from "../src/read/read-facts.ts";
import { chooseMembers } from "../src/resolve/workspaces.ts";
import { linkTexts } from "./link-texts.ts";
import { createTree } from "./temporary-tree.ts";

const fixtures = join(import.meta.dirname, "fixtures");

async function links(texts: Record<string, string>): Promise<string[]> {
  const facts = await linkTexts(texts);
  return facts.links.map(
    ({ file, to, name, kind, via }) => `${file} -${kind}-> ${to} ${name}${via ? ` via ${via}` : ""}`,
  );
}

describe("where imports lead", () => {
  test("aliases of a tsconfig without baseUrl, through extends and comments", async () => {
    const facts = await readFacts(join(fixtures, "aliases-without-base-url"));

    expect(facts.links.map(({ file, to, name }) => `${file} ${to} ${name}`)).toEqual([
      "src/cart/index.ts src/cart/total.ts total",
      "src/cart/total.ts src/catalog/price.ts Price",
      "src/main.ts src/cart/total.ts total",
      "src/main.ts src/catalog/price.ts price",
    ]);
  });

  test("an alias that leads nowhere is listed with the reason", async () => {
    const facts = await readFacts(join(fixtures, "aliases-without-base-url"));

    expect(facts.unresolved).toEqual([
      {
        file: "src/main.ts",
        line: 3,
        specifier: "@gone/thing",
        reason: 'tsconfig maps "@gone/*" to gone/*, where nothing is',
      },
    ]);
  });

  test("the nearest tsconfig decides; references of a solution file count; baseUrl makes bare names files", async () => {
    const facts = await readFacts(join(fixtures, "aliases-with-base-url"));

    expect(facts.links.map(({ file, to }) => `${file} ${to}`)).toEqual([
      "admin/main.ts admin/cart.ts",
      "src/main.ts src/cart.ts",
      "src/main.ts src/orders/order.ts",
    ]);
  });

  test("an alias that leads nowhere leaves the name to the package of that name; where both fail, the alias is blamed", async () => {
    const facts = await readFacts(
      createTree({
        "package.json": `{ "workspaces": ["shop", "stock"] }`,
        "stock/package.json": `{ "name": "@fair/stock" }`,
        "stock/src/level.ts": "export const level = 1;",
        "shop/tsconfig.json": `{ "compilerOptions": { "paths": { "@fair/stock/*": ["../stock/lib/*"] } } }`,
        "shop/main.ts": `import { level } from "@fair/stock/src/level"; import "@fair/stock/gone"; level;`,
      }),
    );

    expect(facts.links.map(({ file, to }) => `${file} ${to}`)).toEqual(["shop/main.ts stock/src/level.ts"]);
    expect(facts.unresolved.map(({ specifier, reason }) => `${specifier}: ${reason}`)).toEqual([
      '@fair/stock/gone: tsconfig maps "@fair/stock/*" to stock/lib/*, where nothing is',
    ]);
  });

  test("an import of what is left out says so", async () => {
    const facts = await readFacts(
      createTree({ "main.ts": `import "./dist/main.js"; import "./.tool/set.js";`, ".tool/set.js": "" }),
    );

    expect(facts.unresolved.map(({ reason }) => reason)).toEqual(
      [
        "dist/main.js lies in a folder that is left out: dist",
        ".tool/set.js lies in a folder that is left out: .tool",
      ].sort(),
    );
  });

  test("an import at the start of a chain of calls is one", async () => {
    expect(
      await links({
        "a.js": `require("./cache").clear(); import("./worker").then(({ start }) => start());
                 import("./jobs").then((jobs) => jobs.drain());`,
        "cache.js": "exports.clear = () => 1;",
        "worker.js": "export const start = () => 1;",
        "jobs.js": "export const drain = () => 1;",
      }),
    ).toEqual(["a.js -value-> cache.js clear", "a.js -dynamic-> worker.js start", "a.js -dynamic-> jobs.js drain"]);
  });

  test("a configuration above the analysed folder is in force", async () => {
    const facts = await readFacts(join(fixtures, "aliases-without-base-url", "src"));

    expect(facts.links.map(({ file, to }) => `${file} ${to}`)).toContain("main.ts cart/total.ts");
  });

  test("workspace packages by name, exports conditions, patterns and built files lead to source", async () => {
    const facts = await readFacts(join(fixtures, "workspaces"));
    const main = facts.links.filter(({ file }) => file === "packages/app/src/main.ts");

    expect(main.map(({ to, name }) => `${to} ${name}`)).toEqual([
      "packages/app/src/db.ts db",
      "packages/core/src/deep.ts core",
      "packages/core/src/dates.ts dates",
      "packages/old/src/main.ts old",
    ]);
  });

  test("where two folders carry one name, the member of the workspace is meant, then the one nearer to the root", () => {
    const manifest = { exports: null, imports: {}, entries: [], dependencies: [], workspaces: [] };
    const members = chooseMembers({
      folder: "house",
      code: [],
      assets: [],
      aliases: [],
      packages: [
        { ...manifest, folder: ".", name: "house", workspaces: ["packages/*", "!packages/old"] },
        { ...manifest, folder: "examples/core", name: "@house/core" },
        { ...manifest, folder: "packages/core", name: "@house/core" },
        { ...manifest, folder: "packages/old", name: "@house/app" },
        { ...manifest, folder: "a/b/c", name: "@house/app" },
      ],
      workspaces: [],
    });

    expect([...members].map(([name, { folder }]) => `${name} ${folder}`).sort()).toEqual([
      "@house/app packages/old",
      "@house/core packages/core",
      "house .",
    ]);
  });

  test("public packages and Node's own are external; a deep path past exports and an undeclared package are unresolved", async () => {
    const facts = await readFacts(join(fixtures, "workspaces"));

    expect(facts.externals.map((external) => external.package)).toEqual(["express", "node:fs"]);
    expect(facts.unresolved.map(({ specifier, reason }) => `${specifier}: ${reason}`)).toEqual([
      '@house/core/src/deep.ts: workspace package @house/core: its "exports" has no door "./src/deep.ts"',
      'left-pad: no package.json on the way up declares "left-pad"',
    ]);
  });

  test("'./x.js' means x.ts, folders mean their index, .mjs and .cjs are known", async () => {
    expect(
      await links({
        "a.ts": `import { b } from "./b.js"; import { c } from "./c"; import { d } from "./d.mjs"; import { e } from "./e";`,
        "b.ts": `export const b = 1;`,
        "c/index.tsx": `export const c = 1;`,
        "d.mts": `export const d = 1;`,
        "e.cjs": `exports.e = 1;`,
      }),
    ).toEqual([
      "a.ts -value-> b.ts b",
      "a.ts -value-> c/index.tsx c",
      "a.ts -value-> d.mts d",
      "a.ts -value-> e.cjs e",
    ]);
  });
});

describe("names through barrels", () => {
  test("a name leads to the file that defines it, whatever passes it on", async () => {
    expect(
      await links({
        "main.ts": `import { cart, order as o } from "./all"; import * as all from "./all"; use(cart, o, all.price, all.cart);`,
        "all.ts": `export * from "./cart"; export { makeOrder as order } from "./orders"; import { price } from "./price"; export { price };`,
        "cart.ts": `export const cart = 1;`,
        "orders/index.ts": `export * from "./order";`,
        "orders/order.ts": `export default 1; export function makeOrder() {}`,
        "price.ts": `export const price = 1;`,
      }),
    ).toEqual(
      [
        "all.ts -value-> price.ts price",
        "all.ts -reexport-> cart.ts *",
        "all.ts -reexport-> orders/order.ts makeOrder via orders/index.ts",
        "main.ts -value-> cart.ts cart via all.ts",
        "main.ts -value-> orders/order.ts makeOrder via all.ts",
        "main.ts -value-> price.ts price via all.ts",
        "orders/index.ts -reexport-> orders/order.ts *",
      ].sort(),
    );
  });

  test("barrels that pass on each other end", async () => {
    expect(
      await links({
        "a.ts": `export * from "./b";`,
        "b.ts": `export * from "./a";`,
        "c.ts": `import { x } from "./a";`,
      }),
    ).toEqual(["a.ts -reexport-> b.ts *", "b.ts -reexport-> a.ts *", "c.ts -value-> a.ts x"]);
  });
});

describe("kinds of imports", () => {
  test("type-only is kept apart, also where only the use shows it", async () => {
    expect(
      await links({
        "a.ts": `
          import type { A } from "./types";
          import { type B, makeB } from "./types";
          import { C } from "./types";
          const c: C = makeB();
          type T = import("./types").D;
        `,
        "types.ts": `export type A = 1; export type B = 1; export const makeB = () => 1; export interface C {} export type D = 1;`,
      }),
    ).toEqual([
      "a.ts -type-> types.ts A",
      "a.ts -type-> types.ts B",
      "a.ts -value-> types.ts makeB",
      "a.ts -type-> types.ts C",
      "a.ts -type-> types.ts D",
    ]);
  });

  test("a class that a constructor is handed lives on when the program runs", async () => {
    expect(
      await links({
        "cart.ts": `import { Stock } from "./stock"; export class Cart { constructor(private readonly stock: Stock) {} }`,
        "stock.ts": `export class Stock {}`,
      }),
    ).toEqual(["cart.ts -value-> stock.ts Stock"]);
  });

  test("require in all its forms, with the members that are used", async () => {
    expect(
      await links({
        "a.js": `
          const cart = require('./cart');
          const { add, remove: drop } = require('./cart');
          const total = require('./cart').total;
          require('./effects');
          cart.empty();
        `,
        "cart.js": `module.exports = { add, remove, empty() {}, total: 1 }; function add() {} function remove() {}`,
        "effects.js": `global.x = 1;`,
      }),
    ).toEqual([
      "a.js -value-> cart.js empty",
      "a.js -value-> cart.js add",
      "a.js -value-> cart.js remove",
      "a.js -value-> cart.js total",
      "a.js -value-> effects.js *",
    ]);
  });

  test("dynamic imports are links; computed ones are listed", async () => {
    const facts = await linkTexts({
      "a.ts": `const { b } = await import("./b"); const c = await import(path.join(dir, name));`,
      "b.ts": `export const b = 1;`,
    });

    expect(facts.links.map(({ to, name, kind }) => `${kind} ${to} ${name}`)).toEqual(["dynamic b.ts b"]);
    expect(facts.unresolved).toEqual([
      { file: "a.ts", line: 1, specifier: "path.join(dir, name)", reason: "the specifier is computed at run time" },
    ]);
  });

  test("how often a name is used is counted", async () => {
    const facts = await linkTexts({
      "a.ts": `import { add } from "./b"; add(1); add(2); const f = { add: 1 }; f.add;`,
      "b.ts": `export const add = 1;`,
    });

    expect(facts.links[0]?.uses).toBe(2);
  });
});
