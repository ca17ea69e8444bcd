import { describe, expect, test } from "@jest/globals";
import { proposeContexts } from "../src/contexts/propose-contexts.ts";
import { stronglyConnected } from "../src/findings/components.ts";
import { findCycles } from "../src/findings/cycles.ts";
import { buildGraph } from "../src/graph/build-graph.ts";
import { linkTexts } from "./link-texts.ts";

async function cycles(texts: Record<string, string>) {
  const facts = await linkTexts(texts);
  return findCycles(facts, proposeContexts(facts, buildGraph(facts)));
}

describe("cycles of imports", () => {
  test("are the sets of files that reach each other, with one way round as an example", async () => {
    const { cycles: found } = await cycles({
      "a.ts": `import { b } from "./b"; export const a = b;`,
      "b.ts": `import { c } from "./c"; export const b = c;`,
      "c.ts": `import { a } from "./a"; import { d } from "./d"; export const c = () => a(d);`,
      "d.ts": `export const d = 1;`,
    });

    expect(found.map(({ files, example }) => ({ files, example }))).toEqual([
      { files: ["a.ts", "b.ts", "c.ts"], example: ["a.ts", "b.ts", "c.ts"] },
    ]);
  });

  test("are not made by types or by imports that wait until they are needed", async () => {
    const { cycles: found } = await cycles({
      "a.ts": `import type { B } from "./b"; export const a: B = 1;`,
      "b.ts": `import { a } from "./a"; export type B = number; export const b = a;`,
      "c.ts": `export const later = () => import("./d");`,
      "d.ts": `import { later } from "./c"; later();`,
    });

    expect(found).toEqual([]);
  });

  test("run through barrels as they are written", async () => {
    const { cycles: found } = await cycles({
      "index.ts": `export { a } from "./a"; export { b } from "./b";`,
      "a.ts": `import { b } from "./index"; export const a = b;`,
      "b.ts": `export const b = 1;`,
    });

    expect(found.map(({ files }) => files)).toEqual([["a.ts", "index.ts"]]);
  });

  test("a long chain needs no stack", () => {
    const chain = new Map(Array.from({ length: 50_000 }, (_, n) => [`n${n}`, [`n${(n + 1) % 50_000}`]]));

    expect(stronglyConnected(chain)[0]).toHaveLength(50_000);
  });
});

describe("orphans", () => {
  test("import nothing and are imported by nobody; an entry point is none", async () => {
    const { orphans } = await cycles({
      "main.ts": `import { a } from "./a"; a();`,
      "a.ts": `export const a = () => 1;`,
      "left-over.ts": `export const x = 1;`,
    });

    expect(orphans).toEqual(["left-over.ts"]);
  });
});
