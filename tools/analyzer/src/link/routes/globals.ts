import type { Value } from "./values.ts";

/** Names of the language and of Node whose functions `builtins.ts` knows. */
export const GLOBALS: ReadonlyMap<string, Value> = new Map(
  ["Object", "Array", "Promise", "String", "URL"].map((name) => [
    name,
    { kind: "package", package: "globals", path: name },
  ]),
);
