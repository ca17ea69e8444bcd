import { builtinModules } from "node:module";
import { posix } from "node:path";
import { createFileFinder, sourceOfBuilt } from "./file-candidates.ts";
import type { Alias, AliasSet, Layout, PackageManifest } from "./layout.ts";
import { isLeftOut } from "./left-out.ts";
import { itemsAbove } from "./items-above.ts";
import { entriesOf, importTargets } from "./package-entries.ts";
import { chooseMembers } from "./workspaces.ts";

export type Resolution =
  /** `package` names the workspace package that the file was reached through, `subpath` which door of it. */
  | { kind: "file"; path: string; package: string | null; subpath: string | null }
  | { kind: "asset"; path: string }
  | { kind: "package"; name: string }
  | { kind: "unresolved"; reason: string };

export type Resolve = (from: string, specifier: string) => Resolution;

/** Where imports lead, as TypeScript and Node find it, from names alone: nothing needs to be installed. */
export function createResolver(layout: Layout): Resolve {
  const configsAbove = itemsAbove(layout.aliases);
  const world: World = {
    layout,
    findFile: createFileFinder(layout.code),
    assets: new Set(layout.assets),
    members: chooseMembers(layout),
    configOf: (file) => configsAbove(file)[0] ?? null,
    manifestsAbove: itemsAbove(layout.packages),
  };
  const memory = new Map<string, Resolution>();
  return (from, specifier) => {
    const key = `${posix.dirname(from)}\0${specifier}`;
    const known = memory.get(key);
    if (known) return known;
    const result = resolve(world, from, specifier.replace(/\?.*$/, "")); // bundlers: './icon.svg?raw'
    memory.set(key, result);
    return result;
  };
}

// --- internal ---

type World = {
  layout: Layout;
  findFile(path: string): string | null;
  assets: Set<string>;
  members: Map<string, PackageManifest>;
  configOf(file: string): AliasSet | null;
  /** Nearest first. */
  manifestsAbove(file: string): readonly PackageManifest[];
};

const BUILTIN = new Set(builtinModules);

function resolve(world: World, from: string, specifier: string): Resolution {
  if (/^\.\.?(?:\/|$)/.test(specifier)) return resolvePath(world, posix.join(posix.dirname(from), specifier), null);
  if (specifier.startsWith("node:") || BUILTIN.has(specifier)) return { kind: "package", name: specifier };
  if (specifier.startsWith("/")) return { kind: "unresolved", reason: "an absolute path" };
  if (specifier.startsWith("#")) return resolveSubpathImport(world, from, specifier);
  const alias = resolveAlias(world, from, specifier);
  if (alias && alias.kind !== "unresolved") return alias;
  // An alias that leads nowhere is no end: the package of that name may have what it promises.
  const rest =
    resolveBaseUrl(world, from, specifier) ?? resolveMember(world, specifier) ?? resolvePackage(world, from, specifier);
  return alias && rest.kind === "unresolved" ? alias : rest;
}

function resolvePath(world: World, path: string, via: { package: string; subpath: string } | null): Resolution {
  const inside = intoFolder(world, path);
  if (inside === null) return { kind: "unresolved", reason: "it leads out of the analysed folder" };
  const file = world.findFile(inside);
  if (file !== null) return { kind: "file", path: file, package: via?.package ?? null, subpath: via?.subpath ?? null };
  const asset = [inside, `${inside}.json`].find((candidate) => world.assets.has(candidate));
  if (asset !== undefined) return { kind: "asset", path: asset };
  return resolveFolderManifest(world, inside) ?? { kind: "unresolved", reason: whyMissing(inside) };
}

// A configuration above the folder may lead back into it: '../src/note' is 'note' when 'src' is analysed.
function intoFolder(world: World, path: string): string | null {
  const normal = posix.normalize(path);
  if (!normal.startsWith("..")) return normal;
  const back = `../${world.layout.folder}/`;
  return normal.startsWith(back) ? normal.slice(back.length) : null;
}

function whyMissing(path: string): string {
  const folder = path.split("/").slice(0, -1).find(isLeftOut);
  return folder === undefined ? `no such file: ${path}` : `${path} lies in a folder that is left out: ${folder}`;
}

function resolveFolderManifest(world: World, folder: string): Resolution | null {
  const manifest = world.layout.packages.find((candidate) => candidate.folder === folder);
  return manifest ? resolveEntries(world, manifest, ".") : null;
}

function resolveAlias(world: World, from: string, specifier: string): Resolution | null {
  const config = world.configOf(from);
  const matches = (config?.aliases ?? []).filter((alias) => matchAlias(alias, specifier) !== null);
  const [best] = matches.sort((a, b) => prefixLength(b) - prefixLength(a));
  if (!best) return null;
  const star = matchAlias(best, specifier) ?? "";
  const results = best.targets.map((target) => resolvePath(world, target.replace("*", star), null));
  const found = results.find((result) => result.kind !== "unresolved");
  if (found) return found;
  // `"*": ["types/*"]` matches every package as well; only a pattern with a name of its own is a promise.
  const aim = best.targets.join(", ");
  return best.pattern === "*"
    ? null
    : { kind: "unresolved", reason: `tsconfig maps "${best.pattern}" to ${aim}, where nothing is` };
}

function matchAlias(alias: Alias, specifier: string): string | null {
  const star = alias.pattern.indexOf("*");
  if (star < 0) return alias.pattern === specifier ? "" : null;
  const head = alias.pattern.slice(0, star);
  const tail = alias.pattern.slice(star + 1);
  const fits = specifier.startsWith(head) && specifier.endsWith(tail) && specifier.length >= head.length + tail.length;
  return fits ? specifier.slice(head.length, specifier.length - tail.length) : null;
}

// TypeScript prefers an exact pattern, then the longest text before the star.
function prefixLength(alias: Alias): number {
  const star = alias.pattern.indexOf("*");
  return star < 0 ? Number.MAX_SAFE_INTEGER : star;
}

function resolveBaseUrl(world: World, from: string, specifier: string): Resolution | null {
  const baseUrl = world.configOf(from)?.baseUrl;
  if (baseUrl === null || baseUrl === undefined) return null;
  const result = resolvePath(world, posix.join(baseUrl, specifier), null);
  return result.kind === "file" ? result : null;
}

function resolveSubpathImport(world: World, from: string, specifier: string): Resolution {
  const manifest = world.manifestsAbove(from)[0] ?? null;
  const targets = manifest ? importTargets(manifest.imports, specifier) : [];
  for (const target of targets) {
    const result = target.startsWith(".")
      ? firstFile(world, manifest?.folder ?? ".", target, null)
      : resolve(world, from, target);
    if (result && result.kind !== "unresolved") return result;
  }
  const alias = resolveAlias(world, from, specifier);
  if (alias) return alias;
  return { kind: "unresolved", reason: `no "imports" of the nearest package.json leads to a file for ${specifier}` };
}

function resolveMember(world: World, specifier: string): Resolution | null {
  const name = packageName(specifier);
  const manifest = world.members.get(name);
  if (!manifest) return null;
  const rest = specifier.slice(name.length + 1);
  return resolveEntries(world, manifest, rest === "" ? "." : `./${rest}`);
}

function resolveEntries(world: World, manifest: PackageManifest, subpath: string): Resolution {
  const via = { package: manifest.name ?? manifest.folder, subpath };
  const { entries, sealed } = entriesOf(manifest, subpath);
  for (const entry of entries) {
    const result = firstFile(world, manifest.folder, entry, via);
    if (result) return result;
  }
  const door = subpath === "." ? "no entry" : `no door "${subpath}"`;
  const why = sealed && entries.length === 0 ? `its "exports" has ${door}` : `${door} of it is a file here`;
  return { kind: "unresolved", reason: `workspace package ${via.package}: ${why}` };
}

function firstFile(
  world: World,
  folder: string,
  entry: string,
  via: { package: string; subpath: string } | null,
): Resolution | null {
  for (const path of [entry, ...sourceOfBuilt(entry)]) {
    const result = resolvePath(world, posix.join(folder, path), via);
    if (result.kind !== "unresolved") return result;
  }
  return null;
}

function resolvePackage(world: World, from: string, specifier: string): Resolution {
  const name = packageName(specifier);
  const manifests = world.manifestsAbove(from);
  const declares = (wanted: string): boolean => manifests.some((manifest) => manifest.dependencies.includes(wanted));
  const types = `@types/${name.replace("@", "").replace("/", "__")}`;
  if (manifests.length === 0 || declares(name) || declares(types)) return { kind: "package", name };
  return { kind: "unresolved", reason: `no package.json on the way up declares "${name}"` };
}

export function packageName(specifier: string): string {
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}
