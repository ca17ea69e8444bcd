import type { Sources } from "../link/link.ts";
import { openTree, type ReadOptions } from "./open-tree.ts";

export type { ReadOptions } from "./open-tree.ts";
export type { Progress } from "./read-files.ts";

/** Reads every source file of a folder by itself. Throws PathMissingError or NoSourceFilesError. */
export async function readSources(path: string, options: ReadOptions = {}): Promise<Sources> {
  return openTree(path, options).sources();
}
