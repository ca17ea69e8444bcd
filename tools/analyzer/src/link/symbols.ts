import type { Resolution, Resolve } from "../resolve/resolver.ts";
import type { ExportFact, ImportedName, SourceFacts, Text } from "../source-facts.ts";
import { createProviders } from "./providers.ts";
import { createReceivers } from "./receivers.ts";
import type { Origin } from "./type-index.ts";

export type { Origin };

/** Every file with its imports resolved, and the questions about names that the linking asks. */
export type Symbols = {
  files: ReadonlyMap<string, SourceFacts>;
  resolutions: ReadonlyMap<string, readonly Resolution[]>;
  /** Where a name that `file` exports is defined, through barrels. Null: nothing of ours defines it. */
  originOfExport(file: string, name: string): Origin | null;
  /** Where a name as written in `file` is defined: `note`, `noteService.add`, `Note#add`. */
  originOf(file: string, name: string): Origin | null;
  /** The function that a call names, or null. */
  findFunction(file: string, callee: string): Origin | null;
  /** The class, interface or value behind a type that is spelled as in `ClassFact`. */
  typeOf(file: string, spelled: string): Origin | null;
  /** What a container hands out for a token that is asked for in `file`; null where that is open or not ours. */
  providerOf(file: string, token: Text): Origin | null;
  /** True for functions that a container calls with what they name. */
  isFactory(origin: Origin): boolean;
};

export function createSymbols(sources: readonly SourceFacts[], resolve: Resolve): Symbols {
  const index: Index = {
    files: new Map(sources.map((facts) => [facts.path, facts])),
    resolutions: new Map(sources.map((facts) => [facts.path, resolveImports(facts, resolve)])),
    imports: new Map(sources.map((facts) => [facts.path, importsByLocalName(facts)])),
    exports: new Map(sources.map((facts) => [facts.path, exportsByName(facts)])),
    origins: new Map(),
  };
  let hosts: Map<string, string[]> | null = null;
  const names = {
    files: index.files,
    originOfExport: (file: string, name: string) => originOfExport(index, file, name, new Set()),
    originOf: (file: string, name: string) => originOfLocal(index, file, name, new Set()),
    moduleOf: (file: string, specifier: string) => moduleOf(index, file, specifier),
    hostOf(file: string, position: string): string | null {
      const [host, ...others] = (hosts ??= findHosts(index)).get(`${file}\0${position}`) ?? [];
      return host !== undefined && others.length === 0 ? host : null;
    },
  };
  const providers = createProviders(names);
  const { findFunction, typeOf } = createReceivers({ ...names, ...providers });
  return {
    files: index.files,
    resolutions: index.resolutions,
    originOfExport: names.originOfExport,
    originOf: (file, name) => (name.includes("#") ? findFunction(file, name) : names.originOf(file, name)),
    findFunction,
    typeOf,
    ...providers,
  };
}

// --- internal ---

type Index = {
  files: ReadonlyMap<string, SourceFacts>;
  resolutions: ReadonlyMap<string, readonly Resolution[]>;
  imports: ReadonlyMap<string, ReadonlyMap<string, { index: number; name: ImportedName }>>;
  exports: ReadonlyMap<string, ReadonlyMap<string, ExportFact>>;
  /** Answers given before: barrels of barrels are asked for the same names again and again. */
  origins: Map<string, Origin | null>;
};

function resolveImports(facts: SourceFacts, resolve: Resolve): Resolution[] {
  return facts.imports.map(({ specifier }) =>
    specifier === null
      ? { kind: "unresolved", reason: "the specifier is computed at run time" }
      : resolve(facts.path, specifier),
  );
}

function importsByLocalName(facts: SourceFacts): Map<string, { index: number; name: ImportedName }> {
  const found = new Map<string, { index: number; name: ImportedName }>();
  facts.imports.forEach((statement, index) => {
    if (statement.form === "reexport") return;
    for (const name of statement.names) if (name.local !== null) found.set(name.local, { index, name });
  });
  return found;
}

function targetOf(index: Index, file: string, position: number): string | null {
  const resolution = index.resolutions.get(file)?.[position];
  return resolution?.kind === "file" ? resolution.path : null;
}

function originOfExport(index: Index, file: string, name: string, seen: Set<string>): Origin | null {
  const key = `${file}\0${name}`;
  const known = index.origins.get(key);
  if (known !== undefined) return known;
  if (seen.has(key)) return null;
  seen.add(key);
  const origin = searchExport(index, file, name, seen);
  index.origins.set(key, origin);
  return origin;
}

// The first of a name counts.
function exportsByName({ exports }: SourceFacts): Map<string, ExportFact> {
  return new Map(exports.map((fact) => [fact.name, fact] as const).reverse());
}

function searchExport(index: Index, file: string, name: string, seen: Set<string>): Origin | null {
  const facts = index.files.get(file);
  if (!facts) return null;
  if (name === "*") return { file, name };
  const exports = index.exports.get(file);
  const own = exports?.get(name);
  if (own && !own.from) return own.local === null ? { file, name } : originOfLocal(index, file, own.local, seen);
  if (own?.from) {
    const target = targetOf(index, file, own.from.index);
    return target === null ? null : originOfExport(index, target, own.from.imported, seen);
  }
  const stars = exports?.has("*") ? facts.exports.filter((fact) => fact.name === "*") : [];
  for (const star of stars) {
    const target = star.from ? targetOf(index, file, star.from.index) : null;
    const origin = target === null || name === "default" ? null : originOfExport(index, target, name, seen);
    if (origin) return origin;
  }
  const mixed = mixedExport(index, file, name);
  if (mixed) return mixed;
  // `import note from './note'` of a CommonJS module is the module itself.
  return name === "default" && facts.exports.length > 0 ? { file, name: "*" } : null;
}

// `require("./create")(Notes)`: what `create` adds to `Notes` is an export of this file.
function mixedExport(index: Index, file: string, name: string): Origin | null {
  for (const { module, index: position } of index.files.get(file)?.mixins.into ?? []) {
    const target = mixinFile(index, file, module);
    const facts = target === null ? undefined : index.files.get(target);
    const added = facts && `${facts.mixins.given[position]}.${name}`;
    if (facts?.functions.some((fact) => fact.name === added)) return { file: facts.path, name: added ?? "" };
  }
  return null;
}

function mixinFile(index: Index, file: string, module: string): string | null {
  if (module.startsWith(MODULE)) return moduleOf(index, file, module.slice(MODULE.length));
  return originOfLocal(index, file, module, new Set())?.file ?? null;
}

const MODULE = "require:";

/** File and position in its function's parameters -> the modules that hand their exports over there. */
function findHosts(index: Index): Map<string, string[]> {
  const hosts = new Map<string, string[]>();
  for (const { path, mixins } of index.files.values()) {
    for (const { module, index: position } of mixins.into) {
      const key = `${mixinFile(index, path, module)}\0${position}`;
      hosts.set(key, [...(hosts.get(key) ?? []), path]);
    }
  }
  return hosts;
}

function originOfLocal(index: Index, file: string, local: string, seen: Set<string>): Origin | null {
  const dot = local.indexOf(".");
  const first = dot < 0 ? local : local.slice(0, dot);
  const imported = index.imports.get(file)?.get(first);
  if (!imported) return { file, name: local };
  const target = targetOf(index, file, imported.index);
  const base = target === null ? null : originOfExport(index, target, imported.name.imported, seen);
  return base && dot >= 0 ? member(index, base, local.slice(dot + 1), seen) : base;
}

function moduleOf(index: Index, file: string, specifier: string): string | null {
  const position = index.files.get(file)?.imports.findIndex((statement) => statement.specifier === specifier) ?? -1;
  return position < 0 ? null : targetOf(index, file, position);
}

function member(index: Index, base: Origin, rest: string, seen: Set<string>): Origin | null {
  if (base.name !== "*") return { file: base.file, name: `${base.name}.${rest}` };
  const dot = rest.indexOf(".");
  const first = dot < 0 ? rest : rest.slice(0, dot);
  const origin = originOfExport(index, base.file, first, seen) ?? { file: base.file, name: first };
  return dot < 0 ? origin : { file: origin.file, name: `${origin.name}.${rest.slice(dot + 1)}` };
}
