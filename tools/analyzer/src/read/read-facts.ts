import type { Facts } from "../facts.ts";
import { link } from "../link/link.ts";
import { readSources, type ReadOptions } from "./read-sources.ts";
import { createSqlReader } from "./sql/read-sql.ts";

/** Reads a folder and links what it says. Throws PathMissingError or NoSourceFilesError. */
export async function readFacts(path: string, options: ReadOptions = {}): Promise<Facts> {
  return link(readSources(path, options), await createSqlReader());
}
