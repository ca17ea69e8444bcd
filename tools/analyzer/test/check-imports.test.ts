import { describe, expect, test } from "@jest/globals";
import { ConfigurationInvalidError } from "../src/errors.ts";
import { readImports } from "../src/read/read-imports.ts";
import { renderCheck } from "../src/report/check-text.ts";
import { checkImports } from "../src/rules/check-imports.ts";
import { parseImportRules } from "../src/rules/import-rules.ts";
import { createTree } from "./temporary-tree.ts";

/** A workspace with three packages; `main` is the code of packages/app/src/main.ts. */
function workspace(main: string, elsewhere: Record<string, string> = {}): string {
  const source = (name: string): string =>
    JSON.stringify({ name, exports: { ".": { "own-source": "./src/index.ts" } } });
  return createTree({
    "package.json": `{ "name": "root", "workspaces": ["packages/*"], "dependencies": { "express": "*" } }`,
    "packages/app/package.json": source("@toolbox/app"),
    "packages/app/src/main.ts": main,
    "packages/core/package.json": source("@toolbox/core"),
    "packages/core/src/index.ts": "export const core = 1;",
    "packages/core/src/inner.ts": "export const inner = 1;",
    "packages/legacy/package.json": source("@example/legacy"),
    "packages/legacy/src/index.ts": "export const legacy = 1;",
    ...elsewhere,
  });
}

async function broken(root: string, rules: string): Promise<string[]> {
  const found = checkImports(await readImports(root), parseImportRules("rules.yaml", `rules:\n${rules}`));
  return found.map(({ file, line, specifier, rule }) => `${file}:${line} ${specifier} breaks ${rule}`);
}

const rule = (text: string): string => `  - { name: r, why: because, from: ["packages/app/src/**"], ${text} }`;

describe("import rules", () => {
  test("a package of ours that is not on the list is named, with its line", async () => {
    const root = workspace(
      `import { core } from "@toolbox/core";\n\nimport { legacy } from "@example/legacy";\nuse(core, legacy);`,
    );

    expect(await broken(root, rule(`ours: ["@toolbox/*"]`))).toEqual([
      "packages/app/src/main.ts:3 @example/legacy breaks r",
    ]);
    expect(await broken(root, rule("ours: []"))).toHaveLength(2);
    expect(await broken(root, rule(`ours: ["@toolbox/core", "@example/legacy"]`))).toEqual([]);
  });

  test("a relative path into another package counts as that package, and is no public door", async () => {
    const root = workspace(`import { core } from "../../core/src/index.ts";\nuse(core);`);

    expect(await broken(root, rule("ours: []"))).toEqual([
      "packages/app/src/main.ts:1 ../../core/src/index.ts breaks r",
    ]);
    expect(await broken(root, rule("doors: true"))).toEqual([
      "packages/app/src/main.ts:1 ../../core/src/index.ts breaks r",
    ]);
  });

  test("a path past the exports of a package is no public door, also where it leads nowhere", async () => {
    const root = workspace(
      `import { inner } from "@toolbox/core/src/inner.ts";\nimport { core } from "@toolbox/core";\nuse(inner, core);`,
    );

    expect(await broken(root, rule("doors: true"))).toEqual([
      "packages/app/src/main.ts:1 @toolbox/core/src/inner.ts breaks r",
    ]);
  });

  test("a package may import itself, and Node", async () => {
    const root = workspace(
      `import { a } from "./a.ts";\nimport { readFile } from "node:fs/promises";\nimport fs from "fs";\nuse(a, readFile, fs);`,
      {
        "packages/app/src/a.ts": "export const a = 1;",
      },
    );

    expect(await broken(root, rule("ours: [], packages: []"))).toEqual([]);
  });

  test("public packages can be limited", async () => {
    const root = workspace(`import express from "express";\nuse(express);`);

    expect(await broken(root, rule(`packages: ["knex"]`))).toEqual(["packages/app/src/main.ts:1 express breaks r"]);
    expect(await broken(root, rule(`packages: ["express"]`))).toEqual([]);
  });

  test("never forbids, whatever else is allowed; except lets files out", async () => {
    const root = workspace(`import { legacy } from "@example/legacy";\nuse(legacy);`);

    expect(await broken(root, rule(`ours: ["**"], never: ["@example/*"]`))).toHaveLength(1);
    expect(await broken(root, rule(`never: ["@example/*"], except: ["**/main.ts"]`))).toEqual([]);
  });

  test("imports of types, re-exports, require and dynamic imports are imports", async () => {
    const root = workspace(
      `import type { legacy } from "@example/legacy";\nexport * from "@example/legacy";\nconst a = require("@example/legacy");\nawait import("@example/legacy");`,
    );

    expect((await broken(root, rule("ours: []"))).map((line) => line.split(" ")[0])).toEqual(
      [1, 2, 3, 4].map((line) => `packages/app/src/main.ts:${line}`),
    );
  });

  test("only the files that a rule names are bound: tests are free", async () => {
    const root = workspace("", { "packages/app/test/main.test.ts": `import { legacy } from "@example/legacy";` });

    expect(await broken(root, rule("ours: []"))).toEqual([]);
  });

  test("a violation says where, what, which rule and why", () => {
    const violation = {
      file: "a.ts",
      line: 3,
      specifier: "@example/legacy",
      reaches: "@example/legacy",
      rule: "alone",
      why: "it is old.",
    };

    const rules = { file: "import-rules.yaml", imports: 10, rules: 2, violations: [violation] };

    expect(renderCheck({ boundaries: null, rules })).toBe(
      'a.ts:3 imports @example/legacy\n  breaks "alone": it is old.\n\n10 imports held against 2 rules, 1 broken.\n',
    );
  });
});

describe("a file of rules that cannot be used", () => {
  const parse = (text: string) => () => parseImportRules("rules.yaml", text);

  test("says where it is no YAML", () => {
    expect(parse("rules:\n  - name: [")).toThrow(ConfigurationInvalidError);
    expect(parse("rules:\n  - name: [")).toThrow(/^rules\.yaml:\d+:\d+: not valid YAML/);
  });

  test("says which field is missing or unknown, with line and column", () => {
    expect(parse("rules:\n  - name: a\n    from: [x]")).toThrow(/^rules\.yaml:2:5: rules\.0\.why: /);
    expect(parse("rules:\n  - name: a\n    why: b\n    from: [x]\n    our: []")).toThrow(
      /^rules\.yaml:2:5: rules\.0: .*"our"/,
    );
    expect(parse("rules: []")).toThrow(/^rules\.yaml:1:8: rules: /);
  });
});
