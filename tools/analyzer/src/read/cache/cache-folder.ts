import { hash } from "node:crypto";
import { readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** Where a user's caches belong: https://specifications.freedesktop.org/basedir-spec (relative paths are to be ignored). */
export function defaultCacheFolder(environment: { XDG_CACHE_HOME?: string | undefined }): string {
  const home = environment.XDG_CACHE_HOME ?? "";
  return join(isAbsolute(home) ? home : join(homedir(), ".cache"), "strangler", "analyzer");
}

/** The part of a cache that belongs to one analysed folder. */
export function folderOf(cache: string, root: string): string {
  return join(cache, hash("sha256", root).slice(0, 32));
}

/** Removes what belongs to folders that have not been analysed for a month. */
export function forgetOldFolders(cache: string, nowMs: number): void {
  try {
    for (const name of readdirSync(cache)) {
      const folder = join(cache, name);
      // Nothing but what folderOf made: a cache folder of the user's choice may hold other things.
      if (!/^[0-9a-f]{32}$/.test(name) || nowMs - statSync(folder).mtimeMs < KEPT_MS) continue;
      rmSync(folder, { recursive: true, force: true });
    }
  } catch {
    // another run may be tidying up as well
  }
}

/** Tells that a folder is in use. */
export function touchFolder(folder: string, nowMs: number): void {
  try {
    utimesSync(folder, nowMs / 1000, nowMs / 1000);
  } catch {
    // nothing was written there
  }
}

// --- internal ---

const KEPT_MS = 30 * 24 * 3600 * 1000;
