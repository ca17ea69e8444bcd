import { globPattern } from "../glob.ts";
import type { SourceFacts, Text } from "../source-facts.ts";
import type { Origin } from "./type-index.ts";
import { fillConstants } from "./text-values.ts";

type Names = {
  files: ReadonlyMap<string, SourceFacts>;
  originOf(file: string, name: string): Origin | null;
  originOfExport(file: string, name: string): Origin | null;
};

export type Providers = {
  /** What a container hands out for a token that is asked for in `file`; null where that is open or not ours. */
  providerOf: (this: void, file: string, token: Text) => Origin | null;
  /** Functions that a container calls with what they name. */
  isFactory: (this: void, origin: Origin) => boolean;
};

/**
 * Who stands behind a token. First what the code registers, then files that a container loads under their names, then,
 * where `resolve("noteService")` shows that the code base works so, classes under the camelCase of their name. A token
 * with two providers has none: nobody can tell which one is meant.
 */
export function createProviders(names: Names): Providers {
  let registered: Registry | null = null;
  let conventional: Registry | null = null;
  let called: ReadonlySet<string> | null = null;
  const registrations = (): Registry => (registered ??= findRegistered(names));
  const conventions = (): Registry => (conventional ??= findConventional(names, registrations()));
  const factories = (): ReadonlySet<string> => (called ??= targets(registrations()));
  return {
    providerOf: (file, token) => {
      const key = tokenKey(names, file, token);
      if (key === null) return null;
      const found = registrations().get(key) ?? (isText(key) ? conventions().get(key) : undefined);
      return only(found);
    },
    isFactory: (origin) => factories().has(`${origin.file}\0${origin.name}`),
  };
}

// --- internal ---

/** One spelling for one token, whatever file names it: text as it is, symbols and classes by where they are defined. */
function tokenKey(names: Pick<Names, "files" | "originOf">, file: string, token: Text): string | null {
  const filled = fillConstants(names, file, token);
  if (filled.every((part) => typeof part === "string")) return `${TEXT}${filled.join("")}`;
  const [only, ...others] = token;
  if (others.length > 0 || only === undefined || typeof only === "string" || !("name" in only)) return null;
  const origin = names.originOf(file, only.name);
  return origin && `${origin.file}\0${origin.name}`;
}

/** Token -> everything that is registered for it; null stands for something that is not ours. */
type Registry = ReadonlyMap<string, readonly (Origin | null)[]>;

const TEXT = "text:";

function isText(key: string): boolean {
  return key.startsWith(TEXT);
}

function only(found: readonly (Origin | null)[] | undefined): Origin | null {
  const [first, ...others] = found ?? [];
  if (!first || others.some((other) => other?.file !== first.file || other.name !== first.name)) return null;
  return first;
}

function add(registry: Map<string, (Origin | null)[]>, key: string, origin: Origin | null): void {
  const known = registry.get(key);
  if (known) known.push(origin);
  else registry.set(key, [origin]);
}

function findRegistered(names: Names): Registry {
  const registry = new Map<string, (Origin | null)[]>();
  for (const [file, { wiring }] of names.files) {
    for (const { token, target } of wiring.provides) {
      const key = tokenKey(names, file, token);
      const named = names.originOf(file, target);
      const origin = named && mainValue(names, named);
      // `{ provide: Notes, useExisting: Notes }` says nothing new.
      if (key !== null && key !== `${origin?.file}\0${origin?.name}`) add(registry, key, origin);
    }
  }
  for (const [key, origin] of scanned(names)) if (!registry.has(key)) add(registry, key, origin);
  return registry;
}

// `container.loadModules(["services/*.js"])`: every file under its own name.
function scanned(names: Names): [string, Origin][] {
  const patterns = [...names.files.values()].flatMap(({ wiring }) => wiring.scans.map(patternOf));
  if (patterns.length === 0) return [];
  return [...names.files.keys()]
    .filter((file) => patterns.some((pattern) => pattern.test(withoutExtension(file))))
    .flatMap((file): [string, Origin][] => {
      const origin = names.originOfExport(file, "default");
      return origin ? [[`${TEXT}${camelCase(baseName(file))}`, mainValue(names, origin)]] : [];
    });
}

// Relative to wherever the program starts, and often to what the compiler makes of the sources.
function patternOf(pattern: string): RegExp {
  const fromHere = pattern.replace(/^(?:\.{1,2}\/)+/, "").replace(/^(?:dist|build|lib|out)\//, "");
  return globPattern(`**/${withoutExtension(fromHere)}`);
}

function withoutExtension(path: string): string {
  return path.replace(/\.(?:\w+|\{[^}]*\})$/, "");
}

// A CommonJS module that exports one function or class is that function or class.
function mainValue(names: Names, origin: Origin): Origin {
  if (origin.name !== "*") return origin;
  const facts = names.files.get(origin.file);
  const [only, ...others] = facts?.classes ?? [];
  if (only && others.length === 0) return { file: origin.file, name: only.name };
  return facts?.functions.some(({ name }) => name === "default") ? { ...origin, name: "default" } : origin;
}

/** Every class and every constant with functions, under the camelCase of its name, where calls prove the habit. */
function findConventional(names: Names, registered: Registry): Registry {
  const registry = new Map<string, (Origin | null)[]>();
  for (const [file, facts] of names.files) {
    for (const name of namedThings(facts)) add(registry, `${TEXT}${camelCase(name)}`, { file, name });
  }
  const proven = [...names.files].some(([file, { wiring }]) =>
    wiring.asks.some(({ token, by }) => {
      const key = by === "call" ? tokenKey(names, file, token) : null;
      return key !== null && isText(key) && !registered.has(key) && only(registry.get(key)) !== null;
    }),
  );
  return proven ? registry : new Map();
}

function namedThings({ classes, exports, instances }: SourceFacts): Set<string> {
  const exported = new Set(exports.map(({ local }) => local));
  const capital = Object.keys(instances).filter((name) => /^[A-Z]\w*[a-z]\w*$/.test(name));
  return new Set([...classes.map(({ name }) => name), ...capital].filter((name) => exported.has(name)));
}

function targets(registered: Registry): Set<string> {
  const origins = [...registered.values()].flat();
  return new Set(origins.flatMap((origin) => (origin ? [`${origin.file}\0${origin.name}`] : [])));
}

function baseName(file: string): string {
  return withoutExtension(file.slice(file.lastIndexOf("/") + 1));
}

/** `NoteService`, `note-service`, `note.service` and `note_service` are all `noteService`; `URLStore` is `urlStore`. */
function camelCase(name: string): string {
  const joined = name.replaceAll(/[-_.]+(\w)/g, (_, letter: string) => letter.toUpperCase());
  return joined.replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]/, (start) => start.toLowerCase());
}
