import { lstatSync } from "node:fs";
import { join } from "node:path";

/** What changes about a file whenever its content does: size, times of change in milliseconds, number on the disk. */
export type Stamp = readonly [size: number, modifiedMs: number, changedMs: number, inode: number];

/**
 * Null where no stamp can be trusted: the file is gone, or it was changed so shortly before `nowMs` that a further
 * change could leave the same times behind (git calls such an entry racy).
 */
export function stampOf(root: string, path: string, nowMs: number): Stamp | null {
  const stats = lstatSync(join(root, path), { throwIfNoEntry: false });
  if (!stats || Math.max(stats.mtimeMs, stats.ctimeMs) > nowMs - COARSEST_CLOCK_MS) return null;
  return [stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino];
}

export function sameStamp(a: Stamp | null, b: Stamp | null): boolean {
  return a !== null && b !== null && a.every((value, index) => value === b[index]);
}

// --- internal ---

// FAT counts in two seconds; every other file system that is in use is finer.
const COARSEST_CLOCK_MS = 2_000;
