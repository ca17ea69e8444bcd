// All facts: imports, calls, routes, tables, transactions, events, wiring, vocabulary. Tests too, as the others read them.
import { enableCompileCache } from "node:module";
import { contest, type Edges } from "./contestant.ts";

enableCompileCache(); // as the program's own start file does
const { readFacts, readImports } = await import("@strangler/analyzer");

await contest(async ({ root, edges, cache }) => {
  await readFacts(root, { tests: true, ...(cache === undefined ? {} : { cache }) });
  const imports = edges === undefined ? [] : (await readImports(root)).imports;
  return (): Edges => {
    const found = new Map<string, Set<string>>();
    for (const { file, target } of imports) {
      if (target.kind !== "file" || target.path === file) continue;
      found.set(file, (found.get(file) ?? new Set()).add(target.path));
    }
    return Object.fromEntries([...found].map(([file, targets]) => [file, [...targets]]));
  };
});
