import type { Facts } from "../facts.ts";
import { openTree, type ReadOptions, type Tree } from "./open-tree.ts";

/** Reads a folder and links what it says. Throws PathMissingError or NoSourceFilesError. */
export async function readFacts(path: string, options: ReadOptions = {}): Promise<Facts> {
  return linkFacts(openTree(path, options));
}

/** The parsers are loaded only where something has changed since the last time. */
export function linkFacts(tree: Tree): Promise<Facts> {
  return tree.remember("facts", async () => {
    const sources = await tree.sources();
    const { link } = await import("../link/link.ts");
    const { createSqlReader } = await import("./sql/read-sql.ts");
    return link(sources, await createSqlReader());
  });
}
