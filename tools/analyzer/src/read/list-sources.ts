import { statSync } from "node:fs";
import { posix, relative, resolve, sep } from "node:path";
import { NoSourceFilesError, PathMissingError } from "../errors.ts";
import type { FileRole } from "../facts.ts";
import { discover, type Discovery } from "./discover.ts";
import { findPrismaSchemas } from "./prisma/find-schemas.ts";

/** What is going to be read, by name only. */
export type Listing = {
  /** Absolute path of the analysed folder. */
  root: string;
  found: Discovery;
  files: ListedFile[];
  /** Read all together, because they may name each other. */
  prismaSchemas: string[];
};

export type ListedFile = {
  /** Relative to the analysed folder; starts with `../` where the schema lies outside. */
  path: string;
  role: FileRole;
  /** Only what it declares counts, so its imports need not lead anywhere. */
  schemaOnly: boolean;
};

export type ListOptions = {
  /** Tests are left out of an analysis; a check of imports reads them too. */
  tests?: boolean;
  /** A folder outside with migrations or SQL files that declare the tables. */
  schema?: string | undefined;
};

/** Lists the files of a folder that say something. Throws PathMissingError or NoSourceFilesError. */
export function listSources(path: string, options: ListOptions = {}): Listing {
  const root = resolve(path);
  assertFolder(path, root);
  const found = discover(root);
  const wanted = found.sources.filter(({ role }) => options.tests === true || role !== "test");
  assertSources(path, found, wanted.length);
  const own = [...wanted, ...declarations(found)].map((file) => ({ ...file, schemaOnly: false }));
  const schema = options.schema === undefined ? [] : listSchema(root, options.schema);
  return { root, found, files: [...own, ...schema], prismaSchemas: findPrismaSchemas(root, found.assets) };
}

// --- internal ---

function assertFolder(path: string, root: string, holds?: "the migrations"): void {
  const stats = statSync(root, { throwIfNoEntry: false });
  if (!stats) throw new PathMissingError(path, "there is no such folder", holds);
  if (!stats.isDirectory()) throw new PathMissingError(path, "it is a file, not a folder", holds);
}

function assertSources(path: string, found: Discovery, wanted: number): void {
  if (wanted > 0) return;
  const files = found.sources.length + found.assets.length;
  throw new NoSourceFilesError(path, { files, tests: found.sources.length });
}

// Not code, but what it declares is read as well.
function declarations(found: Discovery): Discovery["sources"] {
  return found.assets.filter((asset) => DECLARES.test(asset)).map((path) => ({ path, role: "migration" }));
}

const DECLARES = /\.sql$/;

function listSchema(root: string, path: string): ListedFile[] {
  const folder = resolve(path);
  assertFolder(path, folder, "the migrations");
  const found = discover(folder);
  const above = relative(root, folder).split(sep).join("/");
  return [...found.sources.filter(({ role }) => role !== "test"), ...declarations(found)].map((file) => ({
    path: posix.join(above, file.path),
    role: "migration",
    schemaOnly: true,
  }));
}
