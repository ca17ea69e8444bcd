import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { SCHEMA_VERSION } from "../src/analysis.ts";
import { createTree } from "./temporary-tree.ts";

const bin = join(import.meta.dirname, "..", "bin", "strangler-analyze.mjs");
const shop = join(import.meta.dirname, "fixtures", "layered-shop");

/** Runs the program in a folder, with a cache of its own. */
function runIn(cwd: string, ...args: string[]) {
  const env = { ...process.env, XDG_CACHE_HOME: join(cwd, ".cache") };
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd, env, encoding: "utf8" });
  return { status, stdout, stderr };
}

const nowhere = createTree({});
const run = (...args: string[]) => runIn(nowhere, ...args);

describe("strangler-analyze analyze", () => {
  test("prints a summary and nothing else", () => {
    const { status, stdout, stderr } = run("analyze", shop);

    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^layered-shop: 17 files/);
  });

  test("--json prints one document on standard output", () => {
    const { status, stdout, stderr } = run("analyze", shop, "--json");

    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: SCHEMA_VERSION,
      files: { "src/models/cart.ts": "cart" },
    });
  });

  test.each([
    ["--mermaid", /^flowchart LR\n/],
    ["--dot", /^digraph "layered-shop" \{\n/],
    ["--svg", /^<svg /],
    ["--html", /^<!doctype html>\n/],
  ])("%s prints that and nothing else; two of them exclude each other", (format, beginning) => {
    expect(run("analyze", shop, format)).toMatchObject({
      status: 0,
      stderr: "",
      stdout: expect.stringMatching(beginning),
    });
    expect(run("analyze", shop, format, "--json")).toMatchObject({ status: 2, stdout: "" });
  });
});

describe("a command that cannot do what it is asked", () => {
  const rules = join(nowhere, "rules.yaml");
  writeFileSync(rules, "rules: [");

  test.each([
    [["analyze", "no/such/folder"], 2, "there is no such folder"],
    [["analyze", shop, "--schema", "no/migrations"], 2, "Give the folder that holds the migrations"],
    [["accept", shop, "--plan", join(rules, "plan")], 4, "contexts.yaml was not written (ENOTDIR)"],
    [["analyse"], 2, "--help"],
    [[], 2, "Say what to do"],
    [["explain", "carts.ts", shop], 2, '"carts.ts" is no file, table, route or context'],
    [["explain", "src/models/cat.ts", shop], 2, "Did you mean src/models/cart.ts"],
    [["whatif", shop, "--move", "carts"], 2, "write --move PART=CONTEXT"],
    [["draft", "carts", shop], 2, "Did you mean cart?"],
    [["check"], 3, "neither is there"],
    [["check", "--rules", "no-rules.yaml"], 3, "no-rules.yaml: the file cannot be read (ENOENT)"],
    [["check", "--rules", rules], 3, "not valid YAML"],
    [["check", "--plan", "no-plan"], 3, "no-plan/contexts.yaml: the file cannot be read (ENOENT)"],
  ])("%j exits %i with one sentence", (args, status, sentence) => {
    const result = run(...args);

    expect(result.status).toBe(status);
    expect(result.stderr).toContain(sentence);
    expect(result.stderr).not.toContain("    at ");
    expect(result.stdout).toBe("");
  });
});

describe("from a proposal to a boundary that holds", () => {
  let root: string;
  const inRoot = (...args: string[]) => runIn(root, ...args);
  const file = (name: string): string => readFileSync(join(root, name), "utf8");

  const accepted = createTree({});

  beforeAll(() => {
    cpSync(shop, join(accepted, "shop"), { recursive: true });
    expect(runIn(accepted, "accept", "shop")).toMatchObject({ status: 0, stderr: "" });
  });

  beforeEach(() => {
    root = createTree({});
    cpSync(accepted, root, { recursive: true });
  });

  test("accept writes contexts and baseline, and check finds nothing to say", () => {
    const plan = parse(file("plan/contexts.yaml")) as { path: string; contexts: Record<string, { tables: string[] }> };

    expect(plan.path).toBe("shop");
    expect(plan.contexts["order"]?.tables).toEqual(["order_lines", "orders"]);
    expect(file("plan/contexts.baseline.yaml")).toContain("access src/models/review.ts: write products");
    expect(inRoot("check")).toMatchObject({
      status: 0,
      stderr: "",
      stdout: expect.stringContaining(", 0 new, 0 stale,"),
    });
  });

  test("check names a new access to another context's table, with its place and a remedy", () => {
    appendFileSync(join(root, "shop/src/models/cart.ts"), 'export const drop = () => db("reviews").del();\n');

    const { status, stdout } = inRoot("check");

    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^new: cart -> review: access src\/models\/cart\.ts: write reviews\n {2}shop\/src\/models\/cart\.ts:\d+\n {2}api-call: /,
    );
  });

  test("check fails for what is gone, too, until the baseline has shrunk", () => {
    rmSync(join(root, "shop/src/models/review.ts"));

    const before = inRoot("check");
    const shrinking = inRoot("check", "--shrink");

    expect(before.status).toBe(1);
    expect(before.stdout).toContain("review -> product: access src/models/review.ts: write products");
    expect(shrinking).toMatchObject({ status: 0, stdout: expect.stringContaining("taken out of the baseline") });
    expect(file("plan/contexts.baseline.yaml")).not.toContain("src/models/review.ts");
    expect(inRoot("check").status).toBe(0);
  });

  test("check fails for a file that nobody has placed; accept keeps what was decided and places it", () => {
    const decided = file("plan/contexts.yaml")
      .replace("- src/models/cart.ts", "- src/models/cart.ts # agreed")
      .replaceAll("review:", "opinion:");
    writeFileSync(join(root, "plan/contexts.yaml"), decided);
    mkdirSync(join(root, "shop/src/more"));
    writeFileSync(
      join(root, "shop/src/services/cart-totals.ts"),
      'import { items } from "../models/cart";\nexport const total = () => items();\n',
    );

    const before = inRoot("check");
    expect(inRoot("accept")).toMatchObject({ status: 0, stderr: "" });
    const plan = parse(file("plan/contexts.yaml")) as { contexts: Record<string, { files: string[] }> };

    expect(before.status).toBe(1);
    expect(before.stdout).toContain("shop/src/services/cart-totals.ts");
    expect(file("plan/contexts.yaml")).toContain("# agreed");
    expect(Object.keys(plan.contexts)).toContain("opinion");
    expect(plan.contexts["cart"]?.files).toContain("src/services/cart-totals.ts");
    expect(inRoot("check").status).toBe(0);
  });

  test("accept changes nothing where the baseline cannot be read", () => {
    writeFileSync(join(root, "plan/contexts.baseline.yaml"), "crossings: [");
    const before = file("plan/contexts.yaml");

    expect(inRoot("accept", "--afresh", "--contexts", "2")).toMatchObject({
      status: 3,
      stdout: "",
      stderr: expect.stringContaining("contexts.baseline.yaml:1:"),
    });
    expect(file("plan/contexts.yaml")).toBe(before);
  });

  test("accept for another folder changes nothing", () => {
    const before = file("plan/contexts.yaml");

    const { status, stderr } = inRoot("accept", "shop/src");

    expect(status).toBe(2);
    expect(stderr).toBe(
      "plan/contexts.yaml speaks of shop, not of shop/src. Give another folder with --plan, or replace it with --afresh.\n",
    );
    expect(file("plan/contexts.yaml")).toBe(before);
  });

  test("pins bind the next proposal, and it says so; impossible ones change nothing", () => {
    const pins = (list: string) => writeFileSync(join(root, "plan/contexts.yaml"), `${accepted}pins: ${list}\n`);
    const accepted = file("plan/contexts.yaml");
    const contextsOf = ({ stdout }: { stdout: string }) =>
      (JSON.parse(stdout) as { files: Record<string, string> }).files;

    pins("{ together: [[src/models/review.ts, src/models/cart.ts]] }");
    const together = inRoot("analyze", "shop", "--json");
    pins("{ together: [[src/models/review.ts, orders]], apart: [[orders, src/models/review.ts]] }");
    const impossible = inRoot("accept", "--afresh");

    expect(together.stderr).toBe("The pins of plan/contexts.yaml are kept.\n");
    expect(contextsOf(together)["src/models/review.ts"]).toBe(contextsOf(together)["src/models/cart.ts"]);
    expect(impossible).toMatchObject({ status: 3, stdout: "", stderr: expect.stringContaining("contradict") });
    expect(file("plan/contexts.yaml")).toContain("apart: [[orders");
  });

  test("--contexts asks for so many, --granularity for larger or smaller ones", () => {
    const count = (...args: string[]) =>
      (
        JSON.parse(inRoot("analyze", "shop", "--json", ...args).stdout) as { contexts: { name: string }[] }
      ).contexts.filter(({ name }) => name !== "shared").length;

    expect(count("--contexts", "2")).toBe(2);
    expect(count("--granularity", "coarse")).toBeLessThanOrEqual(count("--granularity", "fine"));
    expect(inRoot("analyze", "shop", "--contexts", "0")).toMatchObject({ status: 2, stdout: "" });
    expect(inRoot("analyze", "shop", "--granularity", "huge")).toMatchObject({ status: 2, stdout: "" });
  });

  test("commands find the plan from below, and paths in it are seen from beside it", () => {
    const below = join(root, "shop/src");

    expect(runIn(below, "check")).toMatchObject({ status: 0, stdout: expect.stringContaining(" 0 new,") });
    expect(runIn(below, "explain", "products").stdout).toContain("belongs to product");
  });

  test("check holds import rules as well, alone or together", () => {
    const rules = join(root, "import-rules.yaml");

    writeFileSync(rules, `rules: [{ name: no knex, why: a reason., from: ["**"], packages: [express] }]`);
    const broken = inRoot("check");
    writeFileSync(rules, `rules: [{ name: free, why: a reason., from: ["**"] }]`);
    const kept = inRoot("check", "--json");

    expect(broken.status).toBe(1);
    expect(broken.stdout).toContain('shop/src/lib/db.ts:1 imports knex\n  breaks "no knex": a reason.');
    expect(kept).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(kept.stdout)).toMatchObject({ boundaries: { fresh: [], stale: [] }, rules: { violations: [] } });
  });

  test("whatif shows what a move would change, and changes nothing", () => {
    const before = file("plan/contexts.yaml");

    const { status, stdout } = inRoot("whatif", "--move", "products=review", "--move", "src/models/product.ts=review");

    expect(status).toBe(0);
    expect(stdout).toContain("table products: product -> review");
    expect(stdout).toMatch(/^cost of all seams +[\d.]+ +[\d.]+ +(?:better|worse)$/m);
    expect(file("plan/contexts.yaml")).toBe(before);
  });

  test("draft writes a patch for the plan, which git takes", () => {
    const { status, stdout } = inRoot("draft", "order");

    writeFileSync(join(root, "order.patch"), stdout);
    const applied = spawnSync("git", ["apply", "order.patch"], { cwd: root, encoding: "utf8" });

    expect({ status, applied: applied.status, said: applied.stderr }).toEqual({ status: 0, applied: 0, said: "" });
    expect(stdout).toContain("# Seams to cut, hardest first:\n#   transaction order -> ");
    expect(parse(file("plan/routes.yaml"))).toMatchObject({
      services: { order: { url: expect.any(String) } },
      routes: expect.arrayContaining([expect.objectContaining({ service: "order", stage: "monolith" })]),
    });
    expect(parse(file("plan/streams.yaml"))).toMatchObject({
      streams: { order: { tables: [{ from: "public.order_lines" }, { from: "public.orders" }] } },
    });
  });

  test.each([
    ["src/models/review.ts", /^src\/models\/review\.ts is in review\n[\s\S]*write products of product, line \d+/],
    ["products", /^table products belongs to product\n[\s\S]*review \(src\/models\/review\.ts:\d+\)/],
    [
      "POST /api/orders",
      /^POST \/api\/orders is answered by order\n[\s\S]*write order_lines \(src\/models\/order\.ts:\d+\)/,
    ],
    ["context:order", /^order: \d+ files, 2 tables, \d+ routes/],
  ])("explain %s says why it is there", (part, text) => {
    expect(inRoot("explain", part)).toMatchObject({ status: 0, stderr: "", stdout: expect.stringMatching(text) });
  });
});
