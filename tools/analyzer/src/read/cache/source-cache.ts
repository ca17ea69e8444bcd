import { join } from "node:path";
import { openFramedFile, writeFramedFile } from "./framed-file.ts";
import type { Stamp } from "./stamp.ts";

/** One file as it was when it was read. */
export type CachedSource = {
  path: string;
  hash: string;
  /** Null where only the hash can tell whether it has changed. */
  stamp: Stamp | null;
};

/** Readings of single files, all in one file of the cache folder. */
export type SourceCache = {
  sources: ReadonlyMap<string, CachedSource>;
  /** The configuration files that the last run asked for, whether they were there or not. */
  configs: readonly string[];
  /** The readings as text, by path; none where the cache turns out to be damaged. */
  readTexts(): Map<string, string>;
};

/** The cache of another version is an empty one. */
export function openSourceCache(folder: string, version: string): SourceCache {
  const file = openFramedFile(join(folder, FILE));
  const header = file && isHeader(file.header) && file.header.version === version ? file.header : null;
  if (!file || !header) return EMPTY_CACHE;
  return {
    sources: new Map(header.entries.map(([path, hash, stamp]) => [path, { path, hash, stamp }])),
    configs: header.configs,
    readTexts: () => {
      const body = file.readBody();
      const texts = header.entries.map(([path, , , start, end]) => [path, body?.toString("utf8", start, end)] as const);
      return new Map(texts.flatMap(([path, text]) => (text === undefined ? [] : [[path, text] as const])));
    },
  };
}

export const EMPTY_CACHE: SourceCache = { sources: new Map(), configs: [], readTexts: () => new Map() };

export function saveSourceCache(
  folder: string,
  version: string,
  sources: readonly (CachedSource & { text: string })[],
  configs: readonly string[],
): void {
  const body = sources.map(({ text }) => Buffer.from(text));
  let end = 0;
  const entries = sources.map(({ path, hash, stamp }, index): Entry => {
    const start = end;
    end += body[index]?.length ?? 0;
    return [path, hash, stamp, start, end];
  });
  const header: Header = { version, configs: [...configs], entries };
  writeFramedFile(join(folder, FILE), header, body);
}

// --- internal ---

const FILE = "sources";

type Entry = [path: string, hash: string, stamp: Stamp | null, start: number, end: number];
type Header = { version: string; configs: string[]; entries: Entry[] };

// The checksum says that the file is as it was written, and its name and version say by whom.
function isHeader(value: unknown): value is Header {
  return typeof value === "object" && value !== null && "version" in value && "entries" in value && "configs" in value;
}
