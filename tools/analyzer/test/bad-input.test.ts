import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { analyze } from "../src/analyze.ts";
import { NoSourceFilesError, PathMissingError } from "../src/errors.ts";
import { createTree } from "./temporary-tree.ts";

const fixtures = join(import.meta.dirname, "fixtures");

describe("bad input", () => {
  test("a folder that is not there", async () => {
    await expect(analyze("no/such/folder")).rejects.toThrow(PathMissingError);
    await expect(analyze("no/such/folder")).rejects.toThrow(
      '"no/such/folder" was not analysed: there is no such folder.',
    );
  });

  test("a file instead of a folder", async () => {
    await expect(analyze(join(fixtures, "only-notes", "notes.md"))).rejects.toThrow("it is a file, not a folder");
  });

  test("a folder without source code", async () => {
    await expect(analyze(join(fixtures, "only-notes"))).rejects.toThrow(NoSourceFilesError);
    await expect(analyze(join(fixtures, "only-notes"))).rejects.toThrow(
      "none of its 1 files is a TypeScript or JavaScript source file",
    );
  });

  test("syntax errors, binary files and a broken tsconfig are reported, and the rest is read", async () => {
    const analysis = await analyze(join(fixtures, "hard-to-read"));

    expect(analysis.files).toEqual({ "broken.ts": "shared", "good.ts": "shared" });
    expect(analysis.totals.imports).toBe(1);
    expect(analysis.problems).toEqual([
      { file: "binary.ts", line: null, reason: "the file is left out: it is binary" },
      { file: "broken.ts", line: 2, reason: expect.stringMatching(/^syntax error: .* \(and \d+ more\)$/) },
      { file: "tsconfig.json", line: null, reason: "it is not valid JSON, so its settings are not used" },
    ]);
  });

  test("a generated file of megabytes is left out, with the reason", async () => {
    const root = createTree({ "a.ts": "export const a = 1;", "big.js": Buffer.alloc(5_000_000, "x") });

    expect((await analyze(root)).problems).toEqual([
      { file: "big.js", line: null, reason: "the file is left out: 5.0 MB, more than the 1.5 MB that people write" },
    ]);
  });

  test("a loop of links is not followed", async () => {
    const root = createTree({ "a/b.ts": "export const b = 1;" });
    symlinkSync(root, join(root, "a", "again"));

    expect(Object.keys((await analyze(root)).files)).toEqual(["a/b.ts"]);
  });

  test("tsconfig files that extend each other", async () => {
    const root = createTree({
      "tsconfig.json": `{ "extends": "./other.json" }`,
      "other.json": `{ "extends": "./tsconfig.json", "compilerOptions": { "paths": { "@/*": ["./*"] } } }`,
      "a.ts": `import { b } from "@/b"; b();`,
      "b.ts": "export const b = () => 1;",
    });

    const analysis = await analyze(root);

    expect(analysis.problems).toEqual([
      { file: "tsconfig.json", line: null, reason: "tsconfig files extend one another in a circle" },
    ]);
    expect(analysis.totals.imports).toBe(1);
  });

  test("a single file is a repository too", async () => {
    const analysis = await analyze(createTree({ "index.js": "console.log(1)" }));

    expect(analysis.files).toEqual({ "index.js": "shared" });
    expect(analysis.extraction.steps).toEqual([]);
    expect(analysis.verdict.answer).toBe("stay-a-monolith");
  });
});
