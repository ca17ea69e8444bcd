import { readdirSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import type { FileRole, Problem } from "../facts.ts";
import { isLeftOut } from "../resolve/left-out.ts";

/** What lies in the folder, by name only. Paths are relative to it, with forward slashes, sorted. */
export type Discovery = {
  sources: { path: string; role: FileRole }[];
  /** Every other file: what an import may name without being code, and configuration. */
  assets: string[];
  problems: Problem[];
};

/** Walks the folder. Links are not followed, so a loop of links is no trap; one that leads out is reported. */
export function discover(root: string): Discovery {
  const found: Discovery = { sources: [], assets: [], problems: [] };
  visit(root, "", found);
  found.sources.sort((a, b) => compare(a.path, b.path));
  found.assets.sort(compare);
  return found;
}

/** By path alone: what is code, what only tests code, what changes a database's schema. */
export function roleOf(path: string): FileRole | null {
  if (!/\.(?:[mc]?[jt]s|[jt]sx)$/.test(path) || /\.min\.[mc]?js$/.test(path)) return null;
  if (TEST_FOLDER.test(path) || TEST_NAME.test(path)) return "test";
  if (/\.d\.[mc]?ts$/.test(path)) return "declaration";
  return MIGRATION_FOLDER.test(path) ? "migration" : "source";
}

// --- internal ---

const TEST_FOLDER =
  /(?:^|\/)(?:tests?|__tests__|__mocks__|__fixtures__|__snapshots__|fixtures|e2e|spec|specs|cypress)\//;
const TEST_NAME =
  /(?:[._-](?:test|tests|spec|e2e|e2e-spec|bench|stories|mock)|(?:^|\/)(?:jest|vitest)[.-][^/]*)\.[mc]?[jt]sx?$/;
const MIGRATION_FOLDER = /(?:^|\/)(?:migrations?|seeds?|seeders?)\//;

function visit(root: string, folder: string, found: Discovery): void {
  for (const entry of list(root, folder, found)) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!isLeftOut(entry.name)) visit(root, path, found);
    } else if (entry.isFile()) {
      const role = roleOf(path);
      if (role) found.sources.push({ path, role });
      else found.assets.push(path);
    } else if (entry.isSymbolicLink() && !isLeftOut(entry.name)) {
      const reason = whyNotFollowed(root, path);
      if (reason !== null) found.problems.push({ file: path, line: null, reason });
    }
  }
}

// What a link inside the folder leads to is read under its own name.
function whyNotFollowed(root: string, path: string): string | null {
  try {
    const target = realpathSync(join(root, path));
    if (target === root || target.startsWith(root + sep)) return null;
    const matters = statSync(target).isDirectory() || roleOf(path) !== null;
    return matters ? "the link is not followed: it leads out of the analysed folder" : null;
  } catch {
    return roleOf(path) === null ? null : "the link is not followed: it leads nowhere";
  }
}

function list(root: string, folder: string, found: Discovery) {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true });
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    found.problems.push({ file: folder, line: null, reason: `the folder cannot be read (${reason})` });
    return [];
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
