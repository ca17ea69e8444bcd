import type { Origin } from "../symbols.ts";
import { GLOBALS } from "./globals.ts";
import { memberOf } from "./members.ts";
import type { ImportedAs, Module, Play } from "./play.ts";
import { run } from "./run.ts";
import { record, text, UNDEFINED, UNKNOWN, type Env, type Value } from "./values.ts";

/** Loads a file as Node would: once, and what circular imports ask for too early is not there yet. */
export function loadModule(play: Play, file: string): Module | null {
  const known = play.modules.get(file);
  if (known !== undefined) {
    if (play.loading.has(file)) play.effects++;
    return known;
  }
  const code = play.symbols.files.get(file)?.routing;
  if (!code) {
    play.modules.set(file, null);
    return null;
  }
  const exports = record([]);
  const module = record([["exports", exports]], true);
  const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : "";
  const names = new Map<string, Value>([
    ["module", module],
    ["exports", exports],
    ["__dirname", text(`${ROOT}/${folder}`)],
    [
      "import.meta",
      record(
        [
          ["url", text(`${ROOT}/${file}`)],
          ["dirname", text(`${ROOT}/${folder}`)],
        ],
        true,
      ),
    ],
  ]);
  const loaded: Module = { file, env: { file, names, parent: null, self: null }, module, exports };
  play.modules.set(file, loaded);
  play.loading.add(file);
  run(play, code.steps, loaded.env);
  play.loading.delete(file);
  return loaded;
}

/** Paths on the disk start here, so that nothing takes them for paths of requests. */
export const ROOT = "<root>";

/** What a name stands for: in the functions around, in the module, in another file, in the language. */
export function findName(play: Play, env: Env, name: string): Value {
  for (let level: Env | null = env; level; level = level.parent) {
    const value = level.names.get(name);
    if (value) return value;
  }
  return importedValue(play, env.file, name) ?? GLOBALS.get(name) ?? (name === "undefined" ? UNDEFINED : UNKNOWN);
}

/** `require("specifier")` and `import("specifier")`. */
export function requireModule(play: Play, file: string, specifier: string): Value {
  const index = play.symbols.files.get(file)?.imports.findIndex((fact) => fact.specifier === specifier) ?? -1;
  return resolved(play, file, index, specifier);
}

/** What a file gives away under a name. */
export function exportedValue(play: Play, file: string, name: string): Value {
  if (name === "*") return { kind: "module", file };
  const origin = play.symbols.originOfExport(file, name);
  const module = loadModule(play, file);
  if (origin && origin.file !== file) return originValue(play, origin);
  if (!module) return { kind: "reference", file, name: origin?.name ?? name };
  const own = origin ? definedValue(play, module, origin.name) : null;
  return own ?? givenAway(play, module, name) ?? { kind: "reference", file, name: origin?.name ?? name };
}

/** A module used as a value is what it exports by default, or its `module.exports`. */
export function settle(play: Play, value: Value): Value {
  if (value.kind !== "module") return value;
  const module = loadModule(play, value.file);
  if (!module) return { kind: "reference", file: value.file, name: "default" };
  const exports = module.module.fields.get("exports") ?? module.exports;
  return settle(play, module.exports.fields.get("default") ?? exports);
}

// --- internal ---

function importedValue(play: Play, file: string, name: string): Value | null {
  const imported = importsOf(play, file).get(name);
  if (!imported) return null;
  const whole = resolved(play, file, imported.index, imported.specifier);
  if (imported.name === "*") return whole;
  if (whole.kind === "module") return exportedValue(play, whole.file, imported.name);
  return imported.name === "default" ? whole : memberOf(play, whole, imported.name);
}

function importsOf(play: Play, file: string): ReadonlyMap<string, ImportedAs> {
  const known = play.imports.get(file);
  if (known) return known;
  const found = new Map<string, ImportedAs>();
  play.symbols.files.get(file)?.imports.forEach(({ form, specifier, names }, index) => {
    if (form === "reexport") return;
    for (const { local, imported } of names) {
      if (local !== null && !found.has(local)) found.set(local, { index, specifier: specifier ?? "", name: imported });
    }
  });
  play.imports.set(file, found);
  return found;
}

function resolved(play: Play, file: string, index: number, specifier: string): Value {
  const resolution = play.symbols.resolutions.get(file)?.[index];
  if (resolution?.kind === "file") return { kind: "module", file: resolution.path };
  return /^[./]/.test(specifier) ? UNKNOWN : { kind: "package", package: specifier.replace(/^node:/, ""), path: "" };
}

function originValue(play: Play, origin: Origin): Value {
  if (origin.name === "*") return { kind: "module", file: origin.file };
  const module = loadModule(play, origin.file);
  return (module && definedValue(play, module, origin.name)) ?? { kind: "reference", ...origin };
}

function definedValue(play: Play, module: Module, name: string): Value | null {
  if (name === "*") return { kind: "module", file: module.file };
  if (name === "default") return givenAway(play, module, name);
  const [first = "", ...rest] = name.split(".");
  const start = module.env.names.get(first) ?? module.exports.fields.get(first);
  if (!start) return null;
  const value = rest.reduce((of, member) => memberOf(play, of, member), start);
  return value.kind === "unknown" || value.kind === "undefined" ? null : value;
}

function givenAway(play: Play, module: Module, name: string): Value | null {
  const whole = module.module.fields.get("exports") ?? module.exports;
  if (name === "default") return module.exports.fields.get("default") ?? (whole === module.exports ? null : whole);
  const value = whole.kind === "record" ? whole.fields.get(name) : memberOf(play, whole, name);
  return value && value.kind !== "unknown" && value.kind !== "undefined" ? value : null;
}
