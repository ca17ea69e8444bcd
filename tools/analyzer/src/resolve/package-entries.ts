import type { PackageManifest } from "./layout.ts";

/**
 * The files that a package's manifest offers for a subpath (`.` or `./sub`), best first. No condition is known to be
 * set, so every one counts, in the order the manifest gives them; the first that leads to source wins.
 */
export function entriesOf(manifest: PackageManifest, subpath: string): { entries: string[]; sealed: boolean } {
  if (manifest.exports !== null) return { entries: exportTargets(manifest.exports, subpath), sealed: true };
  const open = subpath === "." ? [...manifest.entries, "src/index", "index"] : [subpath, subpath.replace("./", "src/")];
  return { entries: open, sealed: false };
}

/** Targets of `imports` such as `#db/*`. */
export function importTargets(imports: Record<string, unknown>, specifier: string): string[] {
  return matchSubpath(imports, specifier);
}

// --- internal ---

function exportTargets(exports: unknown, subpath: string): string[] {
  const isMap = isObject(exports) && Object.keys(exports).some((key) => key.startsWith("."));
  if (isMap) return matchSubpath(exports, subpath);
  return subpath === "." ? targetsOf(exports, "") : [];
}

function matchSubpath(map: Record<string, unknown>, subpath: string): string[] {
  if (subpath in map) return targetsOf(map[subpath], "");
  const patterns = Object.keys(map)
    .filter((key) => key.includes("*"))
    .sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  for (const pattern of patterns) {
    const [head = "", tail = ""] = pattern.split("*");
    const fits = subpath.startsWith(head) && subpath.endsWith(tail) && subpath.length >= head.length + tail.length;
    if (fits) return targetsOf(map[pattern], subpath.slice(head.length, subpath.length - tail.length));
  }
  return [];
}

function targetsOf(value: unknown, star: string): string[] {
  if (typeof value === "string") return [value.replaceAll("*", star)];
  if (Array.isArray(value)) return value.flatMap((item: unknown) => targetsOf(item, star));
  return isObject(value) ? Object.values(value).flatMap((item) => targetsOf(item, star)) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
