import type { Analysis } from "../src/analysis.ts";
import { judge } from "../src/analyze.ts";
import { SHARED, type Contexts } from "../src/contexts/contexts.ts";
import type { Facts } from "../src/facts.ts";
import { linkTexts } from "./link-texts.ts";

/** Findings for texts whose contexts are their folders; a table belongs to whoever writes it most. */
export async function judgeTexts(texts: Record<string, string>): Promise<Analysis> {
  const facts = await linkTexts(texts);
  return judge(facts, contextsByFolder(facts));
}

/** Every folder is a context, files beside the folders are shared. */
export function contextsByFolder(facts: Facts): Contexts {
  const folderOf = (path: string): string => (path.includes("/") ? (path.split("/")[0] ?? "") : SHARED);
  const files = Object.fromEntries(facts.files.map(({ path }) => [path, folderOf(path)]));
  const contexts = [...new Set(Object.values(files))].sort().map((name) => ({
    name,
    files: Object.keys(files).filter((file) => files[file] === name),
    tables: [],
    words: [],
    confidence: 1,
  }));
  return { contexts, files, tables: {}, confidence: {}, settled: false };
}
