import type { Problem } from "../facts.ts";
import type { Sources } from "../link/link.ts";
import { saveSourceCache } from "./cache/source-cache.ts";
import { sameStamp } from "./cache/stamp.ts";
import { createConfigFiles } from "./config-files.ts";
import { keepHeapSmall } from "./heap.ts";
import type { Listing } from "./list-sources.ts";
import type { Kept, ReadOptions } from "./open-tree.ts";
import { readPrisma } from "./prisma/read-prisma.ts";
import { tooDeep, type FileReading } from "./read-file.ts";
import { readFiles } from "./read-files.ts";

/** Reads what the cache does not know, and keeps it there. With the listing, all that touches the analysed folder. */
export async function readTree(listing: Listing, kept: Kept, options: ReadOptions): Promise<Sources> {
  keepHeapSmall(listing.files.length);
  const texts = await readTexts(listing, kept, options);
  const problems: Problem[] = [...listing.found.problems];
  const configs = createConfigFiles(listing.root);
  const { readLayout } = await import("./layout.ts");
  const layout = readLayout(listing.root, listing.found, problems, configs);
  kept.configs = configs.asked();
  if (kept.folder !== null) save(listing, kept, kept.folder, texts);
  const files = listing.files.flatMap(({ path, role, schemaOnly }): Sources["files"] => {
    const reading = JSON.parse(texts.get(path) ?? "") as FileReading; // our own text, whole by its checksum
    texts.delete(path); // text and value of all files at once would be the most memory that a run ever takes
    if ("facts" in reading) return [{ facts: schemaOnly ? { ...reading.facts, imports: [] } : reading.facts, role }];
    problems.push(reading.problem);
    return [];
  });
  return { layout, files: [...files, ...readPrisma(listing.root, listing.prismaSchemas, problems)], problems };
}

// --- internal ---

/** A FileReading as text for every listed file. Afterwards `kept` knows the hash of each. */
async function readTexts({ root }: Listing, kept: Kept, options: ReadOptions): Promise<Map<string, string>> {
  const known = kept.files.some(({ hash }) => hash !== null) ? kept.cache.readTexts() : new Map<string, string>();
  const missing = kept.files.filter(({ path, hash }) => hash === null || !known.has(path)).map(({ path }) => path);
  const readings = missing.length === 0 ? [] : await readFiles(root, missing, options);
  const hashes = new Map<string, string>();
  readings.forEach(({ hash, json }, index) => {
    const path = missing[index] ?? "";
    known.set(path, json ?? JSON.stringify(tooDeep(path)));
    hashes.set(path, hash);
  });
  kept.files = kept.files.map((file) => ({ ...file, hash: hashes.get(file.path) ?? file.hash }));
  return known;
}

function save({ found }: Listing, kept: Kept, folder: string, texts: Map<string, string>): void {
  const { cache, files, configs, version } = kept;
  const changed = files.some(({ path, hash, stamp }) => {
    const before = cache.sources.get(path);
    return before?.hash !== hash || (stamp !== null && !sameStamp(stamp, before.stamp));
  });
  if (!changed && configs.join("\n") === cache.configs.join("\n")) return;
  const own = files.map(({ path, hash, stamp }) => ({ path, hash: hash ?? "", stamp }));
  const asked = new Set(own.map(({ path }) => path));
  // What this run did not ask for, such as the tests, is kept for the runs that do.
  const others = found.sources.flatMap(({ path }) => (asked.has(path) ? [] : (cache.sources.get(path) ?? [])));
  const whole = [...own, ...others].flatMap((source) => {
    const text = texts.get(source.path);
    return text === undefined ? [] : [{ ...source, text }];
  });
  saveSourceCache(folder, version, whole, configs);
}
