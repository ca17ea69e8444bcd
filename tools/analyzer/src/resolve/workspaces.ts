import { posix } from "node:path";
import { globPattern } from "../glob.ts";
import type { Layout, PackageManifest } from "./layout.ts";

/**
 * Which package of the tree a bare name means. Two folders may carry the same name (an example, a copy): a member of
 * the workspace goes before any other, then the one nearer to the root.
 */
export function chooseMembers(layout: Layout): Map<string, PackageManifest> {
  const isMember = membership(layout);
  const ranked = [...layout.packages]
    .filter(({ folder }) => !folder.startsWith(".."))
    .sort((a, b) => rank(a, isMember) - rank(b, isMember) || (a.folder < b.folder ? -1 : 1));
  const members = new Map<string, PackageManifest>();
  for (const manifest of ranked) {
    if (manifest.name !== null && !members.has(manifest.name)) members.set(manifest.name, manifest);
  }
  return members;
}

// --- internal ---

function membership(layout: Layout): (folder: string) => boolean {
  const patterns = [
    ...layout.workspaces,
    ...layout.packages.flatMap(({ folder, workspaces }) =>
      workspaces.map((pattern) => {
        const negated = pattern.startsWith("!");
        return `${negated ? "!" : ""}${posix.join(folder, negated ? pattern.slice(1) : pattern)}`;
      }),
    ),
  ].map((pattern) => pattern.replace(/\/$/, ""));
  const wanted = patterns.filter((pattern) => !pattern.startsWith("!"));
  const refused = patterns.filter((pattern) => pattern.startsWith("!")).map((pattern) => pattern.slice(1));
  return (folder) =>
    wanted.some((pattern) => matches(folder, pattern)) && !refused.some((pattern) => matches(folder, pattern));
}

function matches(folder: string, pattern: string): boolean {
  return globPattern(pattern.replace(/^\.\//, "")).test(folder);
}

function rank(manifest: PackageManifest, isMember: (folder: string) => boolean): number {
  const depth = manifest.folder === "." ? 0 : manifest.folder.split("/").length;
  return (isMember(manifest.folder) ? 0 : 1_000) + depth;
}
