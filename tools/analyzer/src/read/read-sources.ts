import { statSync } from "node:fs";
import { posix, relative, resolve, sep } from "node:path";
import { NoSourceFilesError, PathMissingError } from "../errors.ts";
import type { FileRole, Problem } from "../facts.ts";
import type { Sources } from "../link/link.ts";
import { discover, type Discovery } from "./discover.ts";
import { readLayout } from "./layout.ts";
import { readText } from "./read-text.ts";
import { extractSql } from "./sql/extract-sql.ts";
import { extract } from "./syntax/extract.ts";

/** Called before each file. */
export type Progress = (done: number, all: number) => void;

export type ReadOptions = {
  onProgress?: Progress | undefined;
  /** Tests are left out of an analysis; a check of imports reads them too. */
  tests?: boolean;
  /** A folder outside with migrations or SQL files that declare the tables. */
  schema?: string | undefined;
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
  const listed = [...wanted, ...sqlFiles(found)];
  const files = listed.flatMap(({ path: file, role }, index) => {
    options.onProgress?.(index, listed.length);
    return readSource(root, file, role, problems) ?? [];
  });
  const schema = options.schema === undefined ? [] : readSchema(root, options.schema, problems);
  return { layout, files: [...files, ...schema], problems };
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

function sqlFiles(found: Discovery): Discovery["sources"] {
  return found.assets.filter((asset) => asset.endsWith(".sql")).map((path) => ({ path, role: "migration" }));
}

function readSource(root: string, path: string, role: FileRole, problems: Problem[]): Sources["files"][number] | null {
  const read = readText(root, path);
  if ("text" in read)
    return { facts: path.endsWith(".sql") ? extractSql(path, read.text) : extract(path, read.text), role };
  problems.push(read.problem);
  return null;
}

// Migrations that live elsewhere: only what they declare counts, so their imports need not lead anywhere.
function readSchema(root: string, path: string, problems: Problem[]): Sources["files"] {
  const folder = resolve(path);
  assertFolder(path, folder);
  const found = discover(folder);
  const above = relative(root, folder).split(sep).join("/");
  const listed = [...found.sources.filter(({ role }) => role !== "test"), ...sqlFiles(found)];
  return listed.flatMap((source) => {
    const file = readSource(folder, source.path, "migration", problems);
    return file
      ? [{ facts: { ...file.facts, path: posix.join(above, source.path), imports: [] }, role: file.role }]
      : [];
  });
}
