import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { testWith } from "@strangler/test-kit/jest";

const run = promisify(execFile);
const repository = path.resolve(import.meta.dirname, "../..");
const LONG = 300_000;

type Manifest = { name: string; private?: boolean; workspaces?: string[] };

async function readManifest(directory: string): Promise<Manifest> {
  return JSON.parse(await readFile(path.join(repository, directory, "package.json"), "utf8")) as Manifest;
}

/** Packs every publishable package into `folder`; returns name -> tarball. */
async function packAll(folder: string): Promise<Record<string, string>> {
  await run(process.execPath, ["build.mjs"], { cwd: repository });
  const { workspaces = [] } = await readManifest(".");
  const manifests = await Promise.all(workspaces.map(readManifest));
  const publishable = manifests.filter((manifest) => manifest.private !== true).map((manifest) => manifest.name);
  const flags = publishable.flatMap((name) => ["--workspace", name]);
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder, ...flags], { cwd: repository });
  const packed = Object.values(JSON.parse(stdout) as Record<string, { name: string; filename: string }>);
  return Object.fromEntries(packed.map(({ name, filename }) => [name, `file:${path.join(folder, filename)}`]));
}

const tarballs = await mkdtemp(path.join(tmpdir(), "strangler-tarballs-"));
const oldest = await mkdtemp(path.join(tmpdir(), "strangler-node-"));
const node22 = await installNode22(oldest);
/** Built and packed once for both: a build replaces what another one is reading. */
let packed: Record<string, string> = {};

beforeAll(async () => {
  packed = await packAll(tarballs);
}, LONG);

afterAll(async () => {
  await rm(tarballs, { recursive: true, force: true });
  await rm(oldest, { recursive: true, force: true });
});

describe("the packages, packed and installed in an empty folder", () => {
  let folder = "";

  beforeAll(async () => {
    folder = await installIn("strangler-packed-", packed);
  }, LONG);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("offer the command line, built, without this repository", async () => {
    const { stdout } = await run(path.join(folder, "node_modules/.bin/strangler"), ["--help"], { cwd: folder });

    expect(stdout).toContain("strangler up");
    expect(stdout).toContain("Exit status:");
  });

  test("analyze a stranger's code base", async () => {
    const source = path.join(folder, "theirs");
    const { stdout: made } = await run(process.execPath, ["-e", WRITE_A_CODE_BASE, source]);
    expect(made).toBe("");

    const { stdout } = await run(path.join(folder, "node_modules/.bin/strangler"), ["analyze", source, "--json"], {
      cwd: folder,
    });

    expect(Object.keys((JSON.parse(stdout) as { files: object }).files)).toEqual(["src/fig.js", "src/tree.js"]);
  });
});

describe("the analyzer alone, packed and installed in an empty folder", () => {
  let folder = "";
  let program = "";

  beforeAll(async () => {
    folder = await installIn("strangler-packed-analyzer-", {
      "@strangler/analyzer": packed["@strangler/analyzer"] ?? "",
    });
    program = path.join(folder, "node_modules/@strangler/analyzer/bin/strangler-analyze.mjs");
    await cp(path.join(repository, "tools/analyzer/test/fixtures/layered-shop"), path.join(folder, "theirs"), {
      recursive: true,
    });
  }, LONG);

  afterAll(() => rm(folder, { recursive: true, force: true }));

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

/** An empty folder with nothing in it but these packages and what they need. */
async function installIn(prefix: string, dependencies: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), prefix));
  await writeFile(path.join(folder, "package.json"), JSON.stringify({ name: "stranger", private: true, dependencies }));
  await run("npm", ["install", "--ignore-scripts", "--no-audit", "--prefer-offline"], { cwd: folder });
  return folder;
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

const WRITE_A_CODE_BASE = `
  const fs = require("node:fs");
  fs.mkdirSync(process.argv[1] + "/src", { recursive: true });
  fs.writeFileSync(process.argv[1] + "/src/fig.js", "exports.ripe = (db) => db('figs').where({ ripe: true });");
  fs.writeFileSync(process.argv[1] + "/src/tree.js", "const { ripe } = require('./fig'); exports.shake = (db) => ripe(db);");
`;
