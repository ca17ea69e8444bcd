import type { Place } from "../facts.ts";
import { globPattern } from "../glob.ts";
import { packageName } from "../resolve/resolver.ts";
import type { ImportRule } from "./import-rules.ts";
import type { ImportRecord, Imports } from "./imports.ts";

/** One import that one rule forbids. */
export type Violation = Place & {
  specifier: string;
  /** What the import reaches: a package of ours or a public one. */
  reaches: string;
  rule: string;
  why: string;
};

/** Holds imports against rules. Pure; violations come in the order of the imports. */
export function checkImports(imports: Imports, rules: readonly ImportRule[]): Violation[] {
  const packageOf = packageFinder(imports);
  const ours = new Set(imports.packages.map(({ name }) => name));
  return imports.imports.flatMap((record) => {
    const reach = reachOf(record, packageOf, ours);
    return rules
      .filter((rule) => binds(rule, record.file) && forbids(rule, reach))
      .map(({ name, why }) => {
        const { file, line, specifier } = record;
        return { file, line, specifier, reaches: reach.package, rule: name, why };
      });
  });
}

// --- internal ---

/** Where an import leads, as rules see it. */
type Reach = {
  kind: "own" | "ours" | "public" | "builtin" | "unknown";
  package: string;
  /** True where the import names the package and its manifest opens that door. */
  throughDoor: boolean;
};

function packageFinder({ packages }: Imports): (file: string) => string {
  const byDepth = [...packages].sort((a, b) => b.folder.length - a.folder.length);
  return (file) =>
    byDepth.find(({ folder }) => folder === "." || file.startsWith(`${folder}/`))?.name ?? "the repository";
}

function reachOf(record: ImportRecord, packageOf: (file: string) => string, ours: ReadonlySet<string>): Reach {
  const { target, specifier, file } = record;
  const own = packageOf(file);
  const named = packageName(specifier);
  switch (target.kind) {
    case "file": {
      const reached = packageOf(target.path);
      return { kind: reached === own ? "own" : "ours", package: reached, throughDoor: target.package === reached };
    }
    case "asset": {
      const reached = packageOf(target.path);
      return { kind: reached === own ? "own" : "ours", package: reached, throughDoor: ours.has(named) };
    }
    case "package":
      return isBuiltin(target.name)
        ? { kind: "builtin", package: target.name, throughDoor: true }
        : { kind: "public", package: packageName(target.name), throughDoor: true };
    case "unresolved":
      // A name of ours that leads nowhere knocks at a door that the package does not have.
      return ours.has(named) && named !== own
        ? { kind: "ours", package: named, throughDoor: false }
        : { kind: "unknown", package: named, throughDoor: true };
  }
}

function isBuiltin(name: string): boolean {
  return name.startsWith("node:") || !name.includes("/") ? process.getBuiltinModule(name) !== undefined : false;
}

function binds(rule: ImportRule, file: string): boolean {
  const matches = (glob: string): boolean => globPattern(glob).test(file);
  return rule.from.some(matches) && !(rule.except ?? []).some(matches);
}

function forbids(rule: ImportRule, reach: Reach): boolean {
  const listed = (list: readonly string[]): boolean => list.some((glob) => globPattern(glob).test(reach.package));
  switch (reach.kind) {
    case "own":
    case "builtin":
    case "unknown": // a broken import is the compiler's to report
      return false;
    case "public":
      return rule.packages !== undefined && !listed(rule.packages);
    case "ours":
      if (rule.never && listed(rule.never)) return true;
      if (rule.ours && !listed(rule.ours)) return true;
      return rule.doors === true && !reach.throughDoor;
  }
}
