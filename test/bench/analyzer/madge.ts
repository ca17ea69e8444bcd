import { readFileSync } from "node:fs";
import { contest } from "./contestant.ts";

// madge ships no types, and those of ours speak of its other door.
type Madge = (root: string, config: object) => Promise<{ obj(): Record<string, string[]> }>;

await contest(async ({ root, tsconfig }) => {
  const { default: madge } = (await import("madge")) as unknown as { default: Madge };
  const graph = await madge(root, {
    baseDir: root,
    fileExtensions: ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs"],
    // As an object with an absolute baseUrl: given otherwise, it maps no paths and says nothing.
    tsConfig: JSON.parse(readFileSync(tsconfig, "utf8")) as object,
    detectiveOptions: { ts: { mixedImports: true }, tsx: { mixedImports: true }, es6: { mixedImports: true } },
  });
  return () => graph.obj();
});
