import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

export type Tree = { name: string; path: string };

/** The trees that `--trees DIR` names: every `DIR/<name>/<kind>`, or every folder in DIR where none has such a part. */
export function treesOf({ trees, kind }: { trees: string; kind: string }): Tree[] {
  const folders = readdirSync(trees, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, path: join(trees, name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const prepared = folders
    .map(({ name, path }) => ({ name, path: join(path, kind) }))
    .filter(({ path }) => existsSync(path));
  return prepared.length > 0 ? prepared : folders.filter(({ path }) => hasCode(path));
}

/** `--trees DIR [--kind flat|orig] [--draws N]`; DIR is the folder of fixtures if not said. */
export function readOptions(draws: number): { trees: string; kind: string; draws: number } {
  const { values } = parseArgs({
    options: { trees: { type: "string" }, kind: { type: "string" }, draws: { type: "string" } },
  });
  return {
    trees: resolve(values.trees ?? join(import.meta.dirname, "..", "fixtures")),
    kind: values.kind ?? "flat",
    draws: values.draws === undefined ? draws : Number(values.draws),
  };
}

// --- internal ---

function hasCode(folder: string): boolean {
  return readdirSync(folder, { recursive: true }).some((file) => /\.[cm]?[jt]sx?$/.test(String(file)));
}
