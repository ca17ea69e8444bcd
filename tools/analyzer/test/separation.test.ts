import { describe, expect, test } from "@jest/globals";
import type { ImportPair } from "../src/graph/import-layer.ts";
import { importSeparation } from "../src/graph/separation.ts";

const PARTS = ["booking", "flight", "identity", "passenger"];
const FILES = [0, 1, 2, 3, 4, 5];
const paths = PARTS.flatMap((part) => FILES.map((file) => `${part}-${file}.ts`));

function imports(from: string, to: string): ImportPair {
  return { from, to, types: 0, values: 1 };
}

/** In every part each file imports the two after it. */
const apart = PARTS.flatMap((part) =>
  FILES.flatMap((file) => [1, 2].map((step) => imports(`${part}-${file}.ts`, `${part}-${(file + step) % 6}.ts`))),
);

describe("the imports of a tree", () => {
  test("are trusted in full where its parts do not import each other", () => {
    expect(importSeparation(apart, paths)).toBe(1);
  });

  test("are trusted the less the more they cross", () => {
    const crossing = paths.slice(0, 18).map((path, index) => imports(path, paths[(index * 7 + 9) % 24] ?? ""));
    const some = importSeparation([...apart, ...crossing], paths);

    expect(some).toBeGreaterThan(0);
    expect(some).toBeLessThan(1);
  });

  test("say nothing where everybody imports everybody, or nobody anybody", () => {
    const all = paths.flatMap((from) => paths.filter((to) => to !== from).map((to) => imports(from, to)));

    expect(importSeparation(all, paths)).toBe(0);
    expect(importSeparation([], paths)).toBe(0);
    expect(importSeparation([], [])).toBe(0);
  });

  test("count once, in whichever direction and order they are read", () => {
    const turned = [...apart].reverse().flatMap((pair) => [imports(pair.to, pair.from), pair]);

    expect(importSeparation(turned, [...paths].reverse())).toBe(importSeparation(apart, paths));
  });
});
