import type { CallPlace } from "./call.ts";
import { loadPlugin } from "./fastify.ts";
import { folderOf } from "./file-paths.ts";
import { memberOf } from "./members.ts";
import { loadModule, settle } from "./modules.ts";
import type { Play } from "./play.ts";
import { knownText, textOf } from "./texts.ts";
import { record, text, type Value } from "./values.ts";

/**
 * `fastify.register(AutoLoad, { dir })`: every file of the folder is a plugin, its folder's name the prefix. Where a
 * folder has an index file, its other files are left to that one.
 */
export function autoloadPlugins(
  play: Play,
  on: Extract<Value, { kind: "router" }>,
  plugin: Extract<Value, { kind: "package" }>,
  options: Value,
  place: CallPlace,
): void {
  const folder = AUTOLOAD.test(plugin.package) ? folderOf(textOf(play, memberOf(play, options, "dir"))) : null;
  if (folder === null || options.kind !== "record") return;
  const byFolder = !isFalse(options.fields.get("dirNameRoutePrefix"));
  for (const { file, inner } of pluginFiles(play, folder)) {
    const plugin = settle(play, { kind: "module", file });
    const prefix = prefixOf(play, file, options, byFolder && inner !== "" ? `/${inner}` : "");
    const fields: [string, Value][] = prefix === "" ? [] : [["prefix", text(prefix)]];
    loadPlugin(play, on, plugin, record([...passedOn(options), ...fields], true), place);
  }
}

// --- internal ---

const AUTOLOAD = /^(?:@fastify\/autoload|fastify-autoload)$/;
const INDEX = /(?:^|\/)index\.[mc]?[jt]s$/;
const SCRIPT = /\.[mc]?[jt]s$/;
const HOOKS = /(?:^|\/)[_.]?auto_?hooks\.[mc]?[jt]s$/i;

type PluginFile = { file: string; inner: string };

function pluginFiles(play: Play, folder: string): PluginFile[] {
  const start = folder === "" ? "" : `${folder}/`;
  const files = [...play.symbols.files.keys()].filter(
    (file) => file.startsWith(start) && SCRIPT.test(file) && !HOOKS.test(file),
  );
  const found = files.map((file) => ({ file, inner: folderIn(file.slice(start.length)) }));
  const indexed = new Set(found.filter(({ file }) => INDEX.test(file)).map(({ inner }) => inner));
  return found.filter(({ file, inner }) => INDEX.test(file) || !indexed.has(inner));
}

function folderIn(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}

// What a plugin says of itself wins over the folder; `prefix` among the plugins' options comes before both.
function prefixOf(play: Play, file: string, options: Extract<Value, { kind: "record" }>, folder: string): string {
  const said = (name: string): string | null => {
    const value = memberOf(play, { kind: "module", file }, name);
    return value.kind === "text" ? value.text : fromPlugin(play, file, name);
  };
  const override = said("prefixOverride");
  if (override !== null) return override;
  const given = ofPlugins(options).get("prefix");
  const base = (given ? textOf(play, given) : "").replace(/\/$/, "");
  const own = `${base}${said("autoPrefix") ?? folder}`;
  return options.fields.has("routeParams") ? withParameters(own) : own;
}

// `module.exports.autoPrefix = "/x"` beside `module.exports = async function (fastify) {}`
function fromPlugin(play: Play, file: string, name: string): string | null {
  const value = loadModule(play, file)?.exports.fields.get(name);
  return value ? knownText(play, value) : null;
}

function withParameters(prefix: string): string {
  if (/__/.test(prefix)) return prefix.replaceAll("__", ":");
  return prefix.replaceAll("/_", "/:");
}

function passedOn(options: Extract<Value, { kind: "record" }>): [string, Value][] {
  return [...ofPlugins(options)].filter(([name]) => name !== "prefix");
}

function ofPlugins(options: Extract<Value, { kind: "record" }>): Map<string, Value> {
  const inner = options.fields.get("options");
  return inner?.kind === "record" ? inner.fields : new Map<string, Value>();
}

function isFalse(value: Value | undefined): boolean {
  return value?.kind === "flag" && !value.flag;
}
