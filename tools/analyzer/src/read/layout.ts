import { posix, sep } from "node:path";
import { parse as parseYaml } from "yaml";
import type { Problem } from "../facts.ts";
import type { ConfigFiles } from "./config-files.ts";
import type { Alias, AliasSet, Layout, PackageManifest } from "../resolve/layout.ts";
import { parseJsonWithComments } from "./syntax/compiler.ts";
import type { Discovery } from "./discover.ts";

/** Reads what decides where an import leads: tsconfig files, package manifests, workspaces. */
export function readLayout(root: string, found: Discovery, problems: Problem[], files: ConfigFiles): Layout {
  const above = foldersAbove(root, files);
  const configs = [...found.assets.filter(isConfig), ...nearest(above, CONFIG_NAMES, files)];
  const manifests = [...found.assets.filter(isManifest), ...nearest(above, ["package.json"], files)];
  return {
    folder: toPosix(root).split("/").at(-1) ?? "",
    code: found.sources.map((source) => source.path),
    assets: found.assets,
    aliases: aliasSets(files, configs, problems),
    packages: manifests.flatMap((path) => readManifest(files, path, problems)),
    workspaces: found.assets.includes("pnpm-workspace.yaml") ? pnpmWorkspaces(files, problems) : [],
  };
}

// --- internal ---

const CONFIG_NAMES = ["tsconfig.json", "jsconfig.json"];

function isConfig(path: string): boolean {
  return CONFIG_NAMES.includes(posix.basename(path));
}

function isManifest(path: string): boolean {
  return posix.basename(path) === "package.json";
}

function toPosix(path: string): string {
  return path.split(sep).join("/");
}

// The folder may be a part of a project: its configuration then lies above, up to the root of the repository.
function foldersAbove(root: string, files: ConfigFiles): string[] {
  const folders: string[] = [];
  const most = toPosix(root).split("/").length - 1;
  for (let folder = "."; folders.length < most && !files.exists(posix.join(folder, ".git"));) {
    folder = posix.join("..", folder);
    folders.push(folder);
  }
  return folders;
}

function nearest(folders: string[], names: string[], files: ConfigFiles): string[] {
  const paths = folders.flatMap((folder) => names.map((name) => posix.join(folder, name)));
  return paths.filter((path) => files.exists(path)).slice(0, 1);
}

type Json = Record<string, unknown>;

function readJson(files: ConfigFiles, path: string, problems: Problem[]): Json | null {
  try {
    const value = parseJsonWithComments(path, files.read(path));
    if (isObject(value)) return value;
    problems.push({ file: path, line: null, reason: "it is not valid JSON, so its settings are not used" });
  } catch {
    problems.push({ file: path, line: null, reason: "it cannot be read, so its settings are not used" });
  }
  return null;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function aliasSets(files: ConfigFiles, configs: string[], problems: Problem[]): AliasSet[] {
  return configs.flatMap((path) => {
    const settings = readConfig(files, path, problems, new Set());
    if (!settings) return [];
    return [{ folder: posix.dirname(path), baseUrl: settings.baseUrl, aliases: settings.aliases }];
  });
}

type Settings = { baseUrl: string | null; aliases: Alias[] };

/** One config with what it extends and, for a solution file that only references others, theirs. */
function readConfig(files: ConfigFiles, path: string, problems: Problem[], seen: Set<string>): Settings | null {
  if (seen.has(path)) {
    problems.push({ file: path, line: null, reason: "tsconfig files extend one another in a circle" });
    return null;
  }
  seen.add(path);
  const config = readJson(files, path, problems);
  if (!config) return null;
  const inherited = parents(config).flatMap((parent) => {
    const target = extendedPath(files, path, parent);
    return target === null ? [] : [readConfig(files, target, problems, seen)];
  });
  const own = ownSettings(config, posix.dirname(path));
  const base = inherited.filter((settings) => settings !== null).at(-1) ?? { baseUrl: null, aliases: [] };
  const settings = {
    baseUrl: own.baseUrl ?? base.baseUrl,
    aliases: own.aliases.length > 0 ? own.aliases : base.aliases,
  };
  const says = settings.aliases.length > 0 || settings.baseUrl !== null;
  return says ? settings : (referenced(files, path, config, problems, seen) ?? settings);
}

function parents(config: Json): string[] {
  const value = config["extends"];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((item) => typeof item === "string");
}

// A config from an npm package is not there before an install; such presets hardly ever hold aliases.
function extendedPath(files: ConfigFiles, from: string, to: string): string | null {
  if (!to.startsWith(".") && !to.startsWith("/")) return null;
  const target = posix.join(posix.dirname(from), to);
  return (
    [target, `${target}.json`, posix.join(target, "tsconfig.json")].find(
      (path) => path.endsWith(".json") && files.exists(path),
    ) ?? null
  );
}

// A solution file has no settings of its own; the first project it references that has some speaks for it.
function referenced(
  files: ConfigFiles,
  path: string,
  config: Json,
  problems: Problem[],
  seen: Set<string>,
): Settings | null {
  const references: unknown[] = Array.isArray(config["references"]) ? config["references"] : [];
  for (const reference of references) {
    const to = isObject(reference) ? reference["path"] : null;
    const target = typeof to === "string" ? extendedPath(files, path, to.startsWith(".") ? to : `./${to}`) : null;
    const settings = target === null || seen.has(target) ? null : readConfig(files, target, problems, seen);
    if (settings && (settings.aliases.length > 0 || settings.baseUrl !== null)) return settings;
  }
  return null;
}

function ownSettings(config: Json, folder: string): Settings {
  const options = isObject(config["compilerOptions"]) ? config["compilerOptions"] : {};
  const base = options["baseUrl"];
  const baseUrl = typeof base === "string" ? posix.join(folder, base) : null;
  const paths = isObject(options["paths"]) ? options["paths"] : {};
  // Without a baseUrl the targets are relative to the file that says `paths`.
  const aliases = Object.entries(paths).map(([pattern, targets]) => ({
    pattern,
    targets: (Array.isArray(targets) ? targets : [])
      .filter((target) => typeof target === "string")
      .map((target) => posix.join(baseUrl ?? folder, target)),
  }));
  return { baseUrl, aliases };
}

function readManifest(files: ConfigFiles, path: string, problems: Problem[]): PackageManifest[] {
  const json = readJson(files, path, problems);
  if (!json) return [];
  const text = (key: string): string | null => (typeof json[key] === "string" ? json[key] : null);
  return [
    {
      folder: posix.dirname(path),
      name: text("name"),
      exports: json["exports"] ?? null,
      imports: isObject(json["imports"]) ? json["imports"] : {},
      entries: ["source", "module", "main", "types", "typings"].flatMap((key) => text(key) ?? []),
      dependencies: ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"].flatMap((key) =>
        isObject(json[key]) ? Object.keys(json[key]) : [],
      ),
      workspaces: workspacePatterns(json["workspaces"]),
    },
  ];
}

function workspacePatterns(value: unknown): string[] {
  const list: unknown = isObject(value) ? value["packages"] : value;
  return Array.isArray(list) ? list.filter((item) => typeof item === "string") : [];
}

function pnpmWorkspaces(files: ConfigFiles, problems: Problem[]): string[] {
  try {
    const value: unknown = parseYaml(files.read("pnpm-workspace.yaml"));
    return workspacePatterns(value);
  } catch {
    problems.push({
      file: "pnpm-workspace.yaml",
      line: null,
      reason: "it cannot be read, so its packages are guessed",
    });
    return [];
  }
}
