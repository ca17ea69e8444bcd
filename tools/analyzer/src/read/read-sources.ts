import { statSync } from "node:fs";
import { resolve } from "node:path";
import { NoSourceFilesError, PathMissingError } from "../errors.ts";
import type { Problem } from "../facts.ts";
import type { Sources } from "../link/link.ts";
import { discover, type Discovery } from "./discover.ts";
import { readLayout } from "./layout.ts";
import { readText } from "./read-text.ts";
import { extract } from "./syntax/extract.ts";

/** Called before each file. */
export type Progress = (done: number, all: number) => void;

export type ReadOptions = {
  onProgress?: Progress | undefined;
  /** Tests are left out of an analysis; a check of imports reads them too. */
  tests?: boolean;
};

/** Reads every source file of a folder by itself. With its neighbours in this folder, all that touches the disk. */
export function readSources(path: string, options: ReadOptions = {}): Sources {
  const root = resolve(path);
  assertFolder(path, root);
  const found = discover(root);
  const wanted = found.sources.filter(({ role }) => options.tests === true || role !== "test");
  assertSources(path, found, wanted.length);
  const problems: Problem[] = [...found.problems];
  const layout = readLayout(root, found, problems);
  const files = wanted.flatMap(({ path: file, role }, index) => {
    options.onProgress?.(index, wanted.length);
    const read = readText(root, file);
    if ("text" in read) return [{ facts: extract(file, read.text), role }];
    problems.push(read.problem);
    return [];
  });
  return { layout, files, problems };
}

// --- internal ---

function assertFolder(path: string, root: string): void {
  const stats = statSync(root, { throwIfNoEntry: false });
  if (!stats) throw new PathMissingError(path, "there is no such folder");
  if (!stats.isDirectory()) throw new PathMissingError(path, "it is a file, not a folder");
}

function assertSources(path: string, found: Discovery, wanted: number): void {
  if (wanted > 0) return;
  const files = found.sources.length + found.assets.length;
  throw new NoSourceFilesError(path, { files, tests: found.sources.length });
}
