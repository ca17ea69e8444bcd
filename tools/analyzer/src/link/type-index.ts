import type { ClassFact, FunctionFact, SourceFacts, Text } from "../source-facts.ts";

/** A name where it is defined; `*` is the module as a whole. */
export type Origin = { file: string; name: string };

/** What following types needs to know of names. */
export type Names = {
  files: ReadonlyMap<string, SourceFacts>;
  originOf(file: string, name: string): Origin | null;
  originOfExport(file: string, name: string): Origin | null;
  /** The file that a specifier written in `file` leads to. */
  moduleOf(file: string, specifier: string): string | null;
  /** The one module that hands its exports to the function of `file`, as the argument at this position. */
  hostOf(file: string, position: string): string | null;
  /** What a container hands out for a token asked for in `file`. */
  providerOf(file: string, token: Text): Origin | null;
  /** Functions that a container calls with what they name. */
  isFactory(origin: Origin): boolean;
};

/** The names with what following types looks up again and again. */
export type TypeIndex = Names & {
  functions: ReadonlyMap<string, ReadonlyMap<string, FunctionFact>>;
  classes: ReadonlyMap<string, ReadonlyMap<string, ClassFact>>;
  /** Interface or class, as `file\0name` -> the classes that name it after `implements` or `extends`. */
  heirs(): ReadonlyMap<string, readonly Origin[]>;
  found: Map<string, Origin | null>;
};

export function createTypeIndex(names: Names): TypeIndex {
  const byName = <Fact extends { name: string }>(facts: readonly Fact[]): Map<string, Fact> =>
    new Map(facts.map((fact) => [fact.name, fact]));
  const files = [...names.files];
  let heirs: Map<string, Origin[]> | null = null;
  return {
    ...names,
    functions: new Map(files.map(([path, facts]) => [path, byName(facts.functions)])),
    classes: new Map(files.map(([path, facts]) => [path, byName(facts.classes)])),
    heirs: () => (heirs ??= findHeirs(names)),
    found: new Map(),
  };
}

export function keyOf({ file, name }: Origin): string {
  return `${file}\0${name}`;
}

// --- internal ---

function findHeirs(names: Names): Map<string, Origin[]> {
  const heirs = new Map<string, Origin[]>();
  for (const [file, { classes }] of names.files) {
    for (const { name, base, implements: interfaces } of classes) {
      for (const above of base === null ? interfaces : [base, ...interfaces]) {
        const origin = names.originOf(file, above);
        const key = origin && keyOf(origin);
        if (key) heirs.set(key, [...(heirs.get(key) ?? []), { file, name }]);
      }
    }
  }
  return heirs;
}
