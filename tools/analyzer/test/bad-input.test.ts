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

  test("a link that leads out of the folder, or nowhere, is reported instead of followed", async () => {
    const root = createTree({ "a.ts": "export const a = 1;" });
    symlinkSync(createTree({ "b.ts": "export const b = 1;" }), join(root, "elsewhere"));
    symlinkSync(join(root, "gone.ts"), join(root, "b.ts"));

    const analysis = await analyze(root);

    expect(Object.keys(analysis.files)).toEqual(["a.ts"]);
    expect(analysis.problems.map(({ file, reason }) => `${file}: ${reason}`)).toEqual([
      "b.ts: the link is not followed: it leads nowhere",
      "elsewhere: the link is not followed: it leads out of the analysed folder",
    ]);
  });

  test("an empty folder", async () => {
    await expect(analyze(createTree({}))).rejects.toThrow("none of its 0 files");
  });

  test("every encoding that editors write, with lines as the editor counts them", async () => {
    const code = 'export const a = 1;\r\nimport "./b.ts";\r\nimport "./gone.ts";\r\n';
    const little = Buffer.from(`\uFEFF${code}`, "utf16le");
    const root = createTree({
      "b.ts": "",
      "utf8.ts": `\uFEFF${code}`,
      "utf16-little.ts": little,
      "utf16-big.ts": Buffer.from(little).swap16(),
      "tsconfig.json": `\uFEFF{ "compilerOptions": {} }`,
    });

    const analysis = await analyze(root);

    expect(analysis.problems).toEqual([]);
    expect(analysis.unresolved.map(({ file, line }) => `${file}:${line}`)).toEqual([
      "utf16-big.ts:3",
      "utf16-little.ts:3",
      "utf8.ts:3",
    ]);
    expect(analysis.totals.imports).toBe(3);
  });

  test("names with spaces, letters of any language and line breaks", async () => {
    const names = [
      "a b.ts",
      "Größe/価格.ts",
      "line\nbreak.ts",
      "-rf.ts",
      "'\"$`.ts",
      "😀.ts",
      "[id].ts",
      "#x?y=%20.ts",
    ];
    const code = Object.fromEntries(names.map((name) => [name, "export const value = 1;"]));
    const root = createTree({ ...code, "main.ts": 'import "./a b"; import "./Größe/価格"; import "./😀";' });

    const analysis = await analyze(root);

    expect(Object.keys(analysis.files).sort()).toEqual([...names, "main.ts"].sort());
    expect(analysis.totals.imports).toBe(3);
    expect(analysis.problems).toEqual([]);
  });

  test("code as machines write it: nested, chained and listed ten thousand times", async () => {
    const many = 10_000;
    const root = createTree({
      "deep.ts": `export const a = ${"(".repeat(many)}1${")".repeat(many)};`,
      "lists.ts": `export const a = ${"[".repeat(many)}${"]".repeat(many)};`,
      "calls.ts": `import { f } from "./f"; ${"f(".repeat(many)}${")".repeat(many)};`,
      "chain.ts": `import { f } from "./f"; f()${".then(f)".repeat(many)};`,
      "sum.ts": `export const a = ${'"select " + '.repeat(many)}"from t";`,
      "else.ts": `export function a(x) { ${"if (x) x(); else ".repeat(many)} x(); }`,
      [`${"folders/".repeat(150)}a.ts`]: "export const a = 1;",
      "long.ts": `export const a = [${"1, ".repeat(20 * many)}];`,
      "f.ts": "export const f = (x) => x;",
    });

    const analysis = await analyze(root);

    expect(analysis.problems).toEqual([]);
    expect(Object.keys(analysis.files)).toHaveLength(9);
  }, 60_000);

  test("what no stack is deep enough for is left out, with the reason", async () => {
    const root = createTree({
      "a.ts": "export const a = 1;",
      "deep.ts": `${"(".repeat(700_000)}1${")".repeat(700_000)}`,
    });

    const { problems } = await analyze(root);

    expect(problems).toEqual([
      { file: "deep.ts", line: null, reason: "the file is left out: its code is nested too deeply" },
    ]);
  }, 60_000);

  test("names that every object has by itself are names like any other", async () => {
    const names = ["constructor", "toString", "valueOf", "hasOwnProperty", "toLocaleString", "__proto__", "prototype"];
    const uses = names.flatMap((name) => [
      `import { ${name} as imported_${name} } from "./${name}"; imported_${name}.${name}(1, 2);`,
      `const o_${name} = { ${name}: "t", nested: { ${name}: knex("t") } }; o_${name}.${name}(1, {});`,
      `class C_${name} { ${name}(x) { this.${name}.${name}(x, {}); knex.${name}("t").${name}(x, {}); } }`,
      `app.${name}("/p", o_${name}); router.${name}().${name}({ ${name}: 1 }, {}); emitter.on("${name}", ${name});`,
      `knex("${name}").where({ ${name}: 1 }); model("${name}", {}).${name}({ ${name}: { ${name}: 1 } }, {});`,
      `export const e_${name} = o_${name}.${name};`,
    ]);
    const code = Object.fromEntries(names.map((name) => [`${name}.js`, `exports.${name} = { ${name}() {} };`]));
    const root = createTree({
      ...code,
      "main.js": uses.join("\n"),
      "package.json": `{ "dependencies": { "knex": "1" } }`,
    });

    const analysis = await analyze(root);

    expect(analysis.problems.filter(({ reason }) => /left out/.test(reason))).toEqual([]);
    expect(Object.keys(analysis.files)).toHaveLength(names.length + 1);
    expect(analysis.tables.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
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
