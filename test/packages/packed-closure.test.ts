import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

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

describe("the packages, packed and installed in an empty folder", () => {
  let folder = "";

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "strangler-packed-"));
    const dependencies = await packAll(folder);
    await writeFile(
      path.join(folder, "package.json"),
      JSON.stringify({ name: "stranger", private: true, dependencies }),
    );
    await run("npm", ["install", "--ignore-scripts", "--no-audit", "--prefer-offline"], { cwd: folder });
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

// --- internal ---

const WRITE_A_CODE_BASE = `
  const fs = require("node:fs");
  fs.mkdirSync(process.argv[1] + "/src", { recursive: true });
  fs.writeFileSync(process.argv[1] + "/src/fig.js", "exports.ripe = (db) => db('figs').where({ ripe: true });");
  fs.writeFileSync(process.argv[1] + "/src/tree.js", "const { ripe } = require('./fig'); exports.shake = (db) => ripe(db);");
`;
