import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { createTree } from "./temporary-tree.ts";

const bin = join(import.meta.dirname, "..", "bin", "strangler-analyze.mjs");
const shop = join(import.meta.dirname, "fixtures", "layered-shop");

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("strangler-analyze", () => {
  test("prints a summary and nothing else", () => {
    const { status, stdout, stderr } = run("analyze", shop);

    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^layered-shop: 17 files/);
  });

  test("--json prints one document on standard output", () => {
    const { status, stdout, stderr } = run("analyze", shop, "--json");

    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 2, files: { "src/models/cart.ts": "cart" } });
  });

  test("--mermaid prints a chart; it and --json exclude each other", () => {
    expect(run("analyze", shop, "--mermaid").stdout).toMatch(/^flowchart LR/);
    expect(run("analyze", shop, "--mermaid", "--json").status).toBe(2);
  });

  test.each([
    [["analyze", "no/such/folder"], 2, "there is no such folder"],
    [["analyse"], 2, "--help"],
    [[], 2, "Say what to do"],
    [["check-imports", shop, "--rules", "no-rules.yaml"], 3, "no-rules.yaml: the file cannot be read (ENOENT)"],
  ])("%j exits %i with one sentence", (args, status, sentence) => {
    const result = run(...args);

    expect(result.status).toBe(status);
    expect(result.stderr).toContain(sentence);
    expect(result.stderr).not.toContain("    at ");
    expect(result.stdout).toBe("");
  });

  test("check-imports exits 1 where a rule is broken, and 0 where none is", () => {
    const rules = join(createTree({}), "rules.yaml");

    writeFileSync(rules, `rules: [{ name: no knex, why: a reason., from: ["**"], packages: [express] }]`);
    const broken = run("check-imports", shop, "--rules", rules);
    writeFileSync(rules, `rules: [{ name: free, why: a reason., from: ["**"] }]`);
    const kept = run("check-imports", shop, "--rules", rules);

    expect(broken.status).toBe(1);
    expect(broken.stdout).toContain('src/lib/db.ts:1 imports knex\n  breaks "no knex": a reason.');
    expect({ status: kept.status, stderr: kept.stderr }).toEqual({ status: 0, stderr: "" });
  });
});
