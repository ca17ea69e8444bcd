import { execFile } from "node:child_process";
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { analyze } from "../src/analyze.ts";
import { defaultCacheFolder, folderOf, forgetOldFolders } from "../src/read/cache/cache-folder.ts";
import { sameStamp, stampOf } from "../src/read/cache/stamp.ts";
import { readFacts } from "../src/read/read-facts.ts";
import { readImports } from "../src/read/read-imports.ts";
import { createTree } from "./temporary-tree.ts";

const shop = join(import.meta.dirname, "fixtures", "layered-shop");

function copyShop(): { root: string; cache: string } {
  const root = createTree({});
  cpSync(shop, root, { recursive: true });
  return { root, cache: createTree({}) };
}

async function factsOf(root: string, cache?: string, threads = 1): Promise<string> {
  return JSON.stringify(await readFacts(root, { cache, threads }));
}

/** Every file below a folder with its content. */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries(
    files.map((file) => [
      file,
      statSync(join(folder, file)).isFile() ? readFileSync(join(folder, file), "latin1") : "",
    ]),
  );
}

describe("what was read is kept", () => {
  test("cold, warm, partly warm, without a cache, on one thread or three: the same bytes", async () => {
    const { root, cache } = copyShop();
    const plain = await factsOf(root);

    expect(await factsOf(root, undefined, 3)).toBe(plain);
    expect(await factsOf(root, cache, 2)).toBe(plain);
    expect(await factsOf(root, cache)).toBe(plain);

    writeFileSync(
      join(root, "extra.ts"),
      'import { knex } from "knex"; export const all = () => knex("extras").select();',
    );
    const more = await factsOf(root);
    expect(more).not.toBe(plain);
    expect(await factsOf(root, cache)).toBe(more);
    rmSync(join(root, "extra.ts"));
    expect(await factsOf(root, cache, 3)).toBe(plain);
  });

  test("analyses and imports are the same from the cache", async () => {
    const { root, cache } = copyShop();
    const [analysis, imports] = [await analyze(root), await readImports(root)];

    for (const _run of ["cold", "warm"]) {
      expect(JSON.stringify(await analyze(root, { cache }))).toBe(JSON.stringify(analysis));
      expect(JSON.stringify(await readImports(root, { cache }))).toBe(JSON.stringify(imports));
    }
  });

  test("what lies outside of the files that are read counts too", async () => {
    const root = createTree({ "a.ts": 'import { b } from "@/b"; b();', "lib/b.ts": "export const b = () => 1;" });
    const cache = createTree({});
    const links = async (): Promise<string[]> => (await readFacts(root, { cache })).links.map(({ to }) => to);
    expect(await links()).toEqual([]);

    writeFileSync(join(root, "base.json"), `{ "compilerOptions": { "paths": { "@/*": ["./lib/*"] } } }`);
    writeFileSync(join(root, "tsconfig.json"), `{ "extends": "./base.json" }`);
    expect(await links()).toEqual(["lib/b.ts"]);
    writeFileSync(join(root, "base.json"), `{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }`);
    expect(await links()).toEqual([]);
    renameSync(join(root, "lib"), join(root, "src"));
    expect(await links()).toEqual(["src/b.ts"]);
  });

  test("a change that keeps size and time of change is seen", async () => {
    const root = createTree({ "a.ts": 'import "./b";', "b.ts": "", "c.ts": "" });
    const cache = createTree({});
    const { atime, mtime } = statSync(join(root, "a.ts"));
    await readFacts(root, { cache });

    writeFileSync(join(root, "a.ts"), 'import "./c";');
    utimesSync(join(root, "a.ts"), atime, mtime);

    expect((await readFacts(root, { cache })).links.map(({ to }) => to)).toEqual(["c.ts"]);
  });

  test("a stamp stands for a content only where the clock had time to move on", () => {
    const root = createTree({ "a.ts": "" });
    const soon = Date.now();

    expect(stampOf(root, "a.ts", soon)).toBeNull();
    expect(stampOf(root, "gone.ts", soon + 60_000)).toBeNull();
    const stamp = stampOf(root, "a.ts", soon + 60_000);
    expect(sameStamp(stamp, stampOf(root, "a.ts", soon + 60_000))).toBe(true);
    expect(sameStamp(null, null)).toBe(false);
  });

  test("a damaged, cut or foreign cache is rebuilt without a word", async () => {
    const { root, cache } = copyShop();
    const plain = await factsOf(root, cache);
    const folder = folderOf(cache, root);
    const whole = contents(folder);

    for (const damage of [cutShort, turnedAround, (): string => "", (text: string): string => `${text}\n`]) {
      for (const [file, content] of Object.entries(whole)) {
        writeFileSync(join(folder, file), damage(content), "latin1");
        expect(await factsOf(root, cache)).toBe(plain);
      }
    }
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "a file where the folder should be");
    expect(await factsOf(root, cache)).toBe(plain);
  });

  test("runs at the same time do not disturb each other and leave nothing half-written", async () => {
    const { root, cache } = copyShop();
    const plain = await factsOf(root);

    const runs = await Promise.all(Array.from({ length: 6 }, () => factsOf(root, cache)));

    expect(new Set(runs)).toEqual(new Set([plain]));
    expect(readdirSync(folderOf(cache, root)).filter((file) => file.includes("."))).toEqual([]);
  });

  test("the analysed folder stays as it was", async () => {
    const { root, cache } = copyShop();
    const before = contents(root);

    await analyze(root, { cache });

    expect(contents(root)).toEqual(before);
  });

  test("where nothing has changed, no parser is loaded", async () => {
    const { root, cache } = copyShop();
    const analyzeAlone = async (): Promise<string[]> => {
      const env = {
        ...process.env,
        ANALYZER: join(import.meta.dirname, "../src/analyze.ts"),
        ROOT: root,
        CACHE: cache,
      };
      const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", LOADED_PARSERS], {
        env,
      });
      return JSON.parse(stdout) as string[];
    };

    expect(await analyzeAlone()).not.toEqual([]);
    expect(await analyzeAlone()).toEqual([]);
  });

  test("it lies where caches belong, and folders that nobody analyses any more are forgotten", () => {
    expect(defaultCacheFolder({ XDG_CACHE_HOME: "/var/caches" })).toBe("/var/caches/strangler/analyzer");
    expect(defaultCacheFolder({ XDG_CACHE_HOME: "relative" })).toMatch(/\.cache\/strangler\/analyzer$/);

    const cache = createTree({});
    const [old, other] = [folderOf(cache, "/old"), join(cache, "not-ours")];
    for (const folder of [old, other]) cpSync(shop, folder, { recursive: true });
    forgetOldFolders(cache, Date.now());
    expect(readdirSync(cache)).toHaveLength(2);
    forgetOldFolders(cache, Date.now() + 31 * 24 * 3_600_000);
    expect(readdirSync(cache)).toEqual(["not-ours"]);
  });
});

// --- internal ---

function cutShort(text: string): string {
  return text.slice(0, -100);
}

function turnedAround(text: string): string {
  const middle = Math.floor(text.length / 2);
  return `${text.slice(0, middle)}${text[middle] === "1" ? "2" : "1"}${text.slice(middle + 1)}`;
}

const LOADED_PARSERS = `
  import Module from "node:module";
  const { analyze } = await import(process.env.ANALYZER);
  await analyze(process.env.ROOT, { cache: process.env.CACHE });
  const loaded = Object.keys(Module._cache).filter((file) => /typescript|ts-morph|libpg/.test(file));
  console.log(JSON.stringify(loaded));
`;
