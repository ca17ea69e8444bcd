import { createHash } from "node:crypto";
import type { Listing } from "../list-sources.ts";
import { hashFile } from "../read-text.ts";
import type { SourceCache } from "./source-cache.ts";
import { sameStamp, stampOf, type Stamp } from "./stamp.ts";

/** What is known of a file before it is read: its hash where the cache has a reading of the same content. */
export type SurveyedFile = { path: string; stamp: Stamp | null; hash: string | null };

/** Looks at the listed files as far as it takes to tell which of them have changed. */
export function survey(listing: Listing, cache: SourceCache, nowMs: number): SurveyedFile[] {
  return listing.files.map(({ path }) => {
    const stamp = stampOf(listing.root, path, nowMs);
    const before = cache.sources.get(path);
    const same = before && (sameStamp(stamp, before.stamp) || hashFile(listing.root, path) === before.hash);
    return { path, stamp, hash: same ? before.hash : null };
  });
}

/**
 * A key that changes with everything that the reading of a folder depends on: the analyzer, the names of all files,
 * what is in those that are read, and the configuration. Null while the content of a file is not known.
 */
export function keyOf(
  version: string,
  listing: Listing,
  files: readonly SurveyedFile[],
  configs: readonly string[],
): string | null {
  // Every folder asks for some configuration, so that none means: not read yet.
  if (configs.length === 0 || files.some((file) => file.hash === null)) return null;
  const { root, found, prismaSchemas } = listing;
  const key = createHash("sha256");
  key.update(JSON.stringify([version, root, found, listing.files]));
  for (const file of files) key.update(`${file.hash}\n`);
  for (const path of [...configs, ...prismaSchemas]) key.update(`${path}\0${hashFile(root, path)}\n`);
  return key.digest("hex");
}
