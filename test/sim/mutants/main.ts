// npm run mutants [-- --only TEXT]: breaks a copy of cdc/src in one place after another, and looks who notices. A mutant that nobody notices, or
// that does not apply any more, fails the command.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { ExitCode, runMain } from "@strangler/platform";
import { MUTANTS, type Mutant } from "./mutants.ts";

runMain(async () => {
  const { values } = parseArgs({ options: { only: { type: "string", default: "" } } });
  const chosen = MUTANTS.filter(({ name }) => name.includes(values.only));
  const copy = await copyTree();
  try {
    const results: Result[] = [];
    for (const mutant of chosen) {
      const caughtBy = await tryMutant(copy, mutant);
      results.push({ name: mutant.name, file: mutant.file, caughtBy });
      process.stderr.write(`${render(results.at(-1) as Result)}\n`);
    }
    const survivors = results.filter(({ caughtBy }) => caughtBy === SURVIVED || caughtBy === NOT_APPLIED);
    process.stdout.write(`${JSON.stringify({ mutants: results.length, survivors, results }, null, 2)}\n`);
    if (survivors.length > 0) process.exitCode = ExitCode.finding;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
});

// --- internal ---

type Result = { name: string; file: string; caughtBy: string };

const ROOT = path.join(import.meta.dirname, "../../..");
const COPIED = ["cdc", "test/sim", "test/fuzz/random.ts", "test/kit", "jest.config.mjs", "package.json"];
const SURVIVED = "NOBODY";
const NOT_APPLIED = "DOES NOT APPLY ANY MORE";
const SCHEDULES = 5_000;
const LIMIT_MS = 300_000;

// A tree of its own, with the packages of this one; only the mutated package is a copy, so that it finds itself there.
async function copyTree(): Promise<string> {
  const copy = await mkdtemp(path.join(tmpdir(), "mutants-"));
  for (const each of COPIED) {
    await mkdir(path.dirname(path.join(copy, each)), { recursive: true });
    await cp(path.join(ROOT, each), path.join(copy, each), {
      recursive: true,
      filter: (from) => !from.includes("node_modules"),
    });
  }
  await linkPackages(path.join(ROOT, "node_modules"), path.join(copy, "node_modules"), copy);
  return copy;
}

async function linkPackages(from: string, to: string, copy: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) {
    const source = path.join(from, name);
    const target = path.join(to, name);
    if (name === "@strangler") await linkPackages(source, target, copy);
    else await symlink(await placeOf(source, copy), target);
  }
}

async function placeOf(source: string, copy: string): Promise<string> {
  if (!(await lstat(source)).isSymbolicLink()) return source;
  const place = path.resolve(path.dirname(source), await readlink(source));
  return place === path.join(ROOT, "cdc") ? path.join(copy, "cdc") : place;
}

async function tryMutant(copy: string, mutant: Mutant): Promise<string> {
  const file = path.join(copy, "cdc/src", mutant.file);
  const original = await readFile(file, "utf8");
  if (original.split(mutant.from).length !== 2) return NOT_APPLIED;
  await writeFile(
    file,
    original.replace(mutant.from, () => mutant.to),
  );
  try {
    return await whoCatches(copy, mutant);
  } finally {
    await writeFile(file, original);
  }
}

async function whoCatches(copy: string, { test }: Mutant): Promise<string> {
  if (test !== undefined) {
    const jest = [
      "--experimental-vm-modules",
      path.join(ROOT, "node_modules/jest/bin/jest.js"),
      test.file,
      "-t",
      test.name,
    ];
    return (await run(copy, [...jest, "--forceExit"])).status === 0 ? SURVIVED : `${test.file}: ${test.name}`;
  }
  const { status, words } = await run(copy, [
    "test/sim/main.ts",
    "--schedules",
    String(SCHEDULES),
    "--stop-at",
    "1",
    "--no-shrink",
  ]);
  // Killed because it took too long: nobody has said anything.
  if (status === 0 || status === null) return SURVIVED;
  const [, seed = "", violation = ""] = /^seed (\d+), step \d+: (.*)$/m.exec(words) ?? [];
  return seed === ""
    ? `the simulator: ${words.trim().split("\n").at(-1) ?? ""}`
    : `the simulator, seed ${seed}: ${violation}`;
}

async function run(cwd: string, args: readonly string[]): Promise<{ status: number | null; words: string }> {
  const child = spawn(process.execPath, ["--conditions=strangler-source", ...args], { cwd, timeout: LIMIT_MS });
  let words = "";
  child.stderr.on("data", (chunk: Buffer) => (words += chunk.toString()));
  child.stdout.resume();
  const [status] = (await once(child, "close")) as [number | null];
  return { status, words };
}

function render({ name, file, caughtBy }: Result): string {
  return `${file.padEnd(24)} ${name.padEnd(58)} ${caughtBy.slice(0, 110)}`;
}
