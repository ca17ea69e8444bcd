import type { Sources } from "../link/link.ts";
import { analyzerVersion } from "./cache/analyzer-version.ts";
import { folderOf, forgetOldFolders, touchFolder } from "./cache/cache-folder.ts";
import { findResult, saveResult } from "./cache/result-cache.ts";
import { EMPTY_CACHE, openSourceCache, type SourceCache } from "./cache/source-cache.ts";
import { keyOf, survey, type SurveyedFile } from "./cache/survey.ts";
import { listSources, type Listing, type ListOptions } from "./list-sources.ts";
import type { ReadFilesOptions } from "./read-files.ts";

export type ReadOptions = ListOptions &
  ReadFilesOptions & {
    /** Folder for what is worth keeping until the next run; nothing is kept without it. */
    cache?: string | undefined;
  };

/** A folder that is about to be read, or need not be, because nothing in it has changed. */
export type Tree = {
  /** Every file by itself. Files that have not changed come from the cache. */
  sources(): Promise<Sources>;
  /**
   * What `make` gives: plain data, from the cache where nothing that was read for it has changed. `besides` names what
   * the answer depends on outside of the tree.
   */
  remember<Result>(question: string, make: () => Promise<Result>, besides?: string): Promise<Result>;
};

/** What earlier runs left behind, and what this one has learned so far. */
export type Kept = {
  /** Null where nothing is kept. */
  folder: string | null;
  version: string;
  cache: SourceCache;
  files: SurveyedFile[];
  /** The configuration files that were asked for. */
  configs: readonly string[];
};

/** Looks at a folder without reading more than is needed. Throws PathMissingError or NoSourceFilesError. */
export function openTree(path: string, options: ReadOptions = {}): Tree {
  const listing = listSources(path, options);
  const kept = options.cache === undefined ? keepNothing(listing) : openKept(listing, options.cache);
  let sources: Promise<Sources> | null = null;
  const load = async (): Promise<Sources> => (await import("./read-tree.ts")).readTree(listing, kept, options);
  return {
    sources: () => (sources ??= load()),
    remember: (question, make, besides = "") => {
      const whole = JSON.stringify([question, options.tests ?? false, options.schema ?? null]);
      return kept.folder === null ? make() : remember(listing, kept, kept.folder, whole, make, besides);
    },
  };
}

// --- internal ---

function keepNothing(listing: Listing): Kept {
  const files = listing.files.map(({ path }) => ({ path, stamp: null, hash: null }));
  return { folder: null, version: "", cache: EMPTY_CACHE, files, configs: [] };
}

function openKept(listing: Listing, caches: string): Kept {
  const nowMs = Date.now();
  const folder = folderOf(caches, listing.root);
  const version = analyzerVersion();
  const cache = openSourceCache(folder, version);
  forgetOldFolders(caches, nowMs);
  touchFolder(folder, nowMs);
  return { folder, version, cache, files: survey(listing, cache, nowMs), configs: cache.configs };
}

async function remember<Result>(
  listing: Listing,
  kept: Kept,
  folder: string,
  question: string,
  make: () => Promise<Result>,
  besides: string,
): Promise<Result> {
  const before = keyOf(kept.version, listing, kept.files, kept.configs);
  const known = before === null ? null : findResult(folder, question, before + besides);
  // The key stands for this very code and all it reads, so what lies under it is what `make` would give.
  if (known !== null) return known as Result;
  const result = await make();
  const after = keyOf(kept.version, listing, kept.files, kept.configs);
  if (after !== null) saveResult(folder, question, after + besides, result);
  return result;
}
