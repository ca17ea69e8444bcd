import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { testWith } from "@strangler/test-kit/jest";

const run = promisify(execFile);
const repository = path.resolve(import.meta.dirname, "../..");
const LONG = 300_000;

const oldest = await mkdtemp(path.join(tmpdir(), "strangler-node-"));
const node22 = await installNode22(oldest);

describe("the analyzer alone, packed and installed in an empty folder", () => {
  let folder = "";
  let program = "";

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "strangler-packed-analyzer-"));
    const tarball = await packAnalyzer(folder);
    const manifest = { name: "stranger", private: true, dependencies: { "@strangler/analyzer": `file:${tarball}` } };
    await writeFile(path.join(folder, "package.json"), JSON.stringify(manifest));
    await run("npm", ["install", "--ignore-scripts", "--no-audit", "--prefer-offline"], { cwd: folder });
    program = path.join(folder, "node_modules/@strangler/analyzer/bin/strangler-analyze.mjs");
    await cp(path.join(repository, "tools/analyzer/test/fixtures/layered-shop"), path.join(folder, "theirs"), {
      recursive: true,
    });
  }, LONG);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await rm(oldest, { recursive: true, force: true });
  });

  async function analyzeWith(node: string, ...more: string[]): Promise<string> {
    const command = [program, "analyze", "theirs", "--json", "--cache", path.join(folder, "cache"), ...more];
    return (await run(node, command, { cwd: folder })).stdout;
  }

  test("gives a stranger's contexts, from the code and from the cache alike", async () => {
    const cold = await analyzeWith(process.execPath);
    const analysis = JSON.parse(cold) as { contexts: { name: string }[]; problems: unknown[] };

    expect(analysis.contexts.map(({ name }) => name)).toEqual(expect.arrayContaining(["cart", "order"]));
    expect(analysis.problems).toEqual([]);
    expect(await analyzeWith(process.execPath)).toBe(cold);
  });

  const missing = node22 === null ? "npm has no Node 22 for this machine" : undefined;
  testWith(missing, "gives the same bytes on Node 22", async () => {
    const onThis = await analyzeWith(process.execPath, "--no-cache");

    expect(await analyzeWith(node22 ?? "", "--no-cache")).toBe(onThis);
  });
});

// --- internal ---

async function packAnalyzer(folder: string): Promise<string> {
  await run(process.execPath, ["build.mjs"], { cwd: repository });
  const flags = ["--json", "--pack-destination", folder, "--workspace", "@strangler/analyzer"];
  const { stdout } = await run("npm", ["pack", ...flags], { cwd: repository });
  const [packed] = Object.values(JSON.parse(stdout) as Record<string, { filename: string }>);
  return path.join(folder, packed?.filename ?? "");
}

/** From npm, in a folder of its own: beside Node 24 the two would quarrel over the name of their program. */
async function installNode22(folder: string): Promise<string | null> {
  const name = `node-${process.platform}-${process.arch}`;
  try {
    await writeFile(path.join(folder, "package.json"), JSON.stringify({ name: "node-22", private: true }));
    await run("npm", ["install", `${name}@22`, "--ignore-scripts", "--no-audit", "--prefer-offline"], { cwd: folder });
    const node = path.join(folder, "node_modules", name, "bin/node");
    const { stdout } = await run(node, ["--version"]);
    return stdout.startsWith("v22.") ? node : null;
  } catch {
    return null; // no such package for this machine, or no registry
  }
}
