import { cpSync, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { generateTree } from "./generated-tree.ts";

/** Copies side by side share one set of aliases, so only the single tree can be compared edge by edge. */
export type Tree = { name: string; root: string; files: number; copies: number };

const LARGE = 2_500;
const VERY_LARGE = 8_000;

/**
 * What is measured: of every code base in the folder that is large enough, itself and as many copies side by side as
 * make a very large one. Without a folder it is a generated one in two sizes.
 */
export function prepareTrees(folder: string | undefined, workplace: string): Tree[] {
  const found = folder === undefined ? [] : readdirSync(folder).map((name) => join(folder, name));
  const large = found.filter((path) => statSync(path).isDirectory() && countSources(path) >= LARGE);
  const real = large.flatMap((path) => [copies(path, 1, workplace), copies(path, timesFor(path), workplace)]);
  return real.length > 0 ? real : [LARGE, 4 * LARGE].map((files) => generated(files, workplace));
}

// --- internal ---

function timesFor(path: string): number {
  return Math.ceil(VERY_LARGE / countSources(path));
}

// A copy, because the folder may be read-only and may have a history around it.
function copies(path: string, times: number, workplace: string): Tree {
  const name = path.split("/").at(-1) ?? "";
  const root = join(workplace, `${name}-x${times}`);
  for (let copy = 1; copy <= times; copy++) {
    const target = times === 1 ? root : join(root, `copy-${copy}`);
    cpSync(path, target, { recursive: true, filter: (source) => !/\/(?:node_modules|\.git)$/.test(source) });
  }
  return { name: times === 1 ? name : `${name}, ${times} times`, root, files: countSources(root), copies: times };
}

function generated(files: number, workplace: string): Tree {
  const root = join(workplace, `generated-${files}`);
  if (!existsSync(root)) mkdirSync(root, { recursive: true });
  generateTree(root, files);
  return { name: "generated", root, files, copies: 1 };
}

function countSources(path: string): number {
  return readdirSync(path, { recursive: true, encoding: "utf8" }).filter(
    (file) => /\.[mc]?[jt]sx?$/.test(file) && !/(?:^|\/)node_modules\//.test(file),
  ).length;
}
