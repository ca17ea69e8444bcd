import { packageName, type Resolution } from "../resolve/resolver.ts";
import type { External, Link, LinkKind, Unresolved } from "../facts.ts";
import { byText, sortedBy } from "../order.ts";
import type { ImportedName, ImportFact, SourceFacts } from "../source-facts.ts";
import type { Symbols } from "./symbols.ts";

/** Every import, name by name and through barrels to the file that defines the name. Nothing is dropped silently. */
export function linkImports(symbols: Symbols): { links: Link[]; externals: External[]; unresolved: Unresolved[] } {
  const found = { links: [] as Link[], externals: [] as External[], unresolved: [] as Unresolved[] };
  for (const [file, facts] of symbols.files) {
    facts.imports.forEach((statement, index) => {
      const resolution = symbols.resolutions.get(file)?.[index];
      if (resolution) linkStatement(symbols, facts, statement, resolution, found);
    });
  }
  return {
    links: sortedBy(
      unique(found.links),
      (x) => x.file,
      (x) => x.line,
      (x) => x.to,
      (x) => x.name,
      (x) => x.kind,
    ),
    externals: sortedBy(
      found.externals,
      (x) => x.file,
      (x) => x.line,
      (x) => x.package,
    ),
    unresolved: sortedBy(
      found.unresolved,
      (x) => x.file,
      (x) => x.line,
      (x) => x.specifier,
    ),
  };
}

// --- internal ---

type Found = { links: Link[]; externals: External[]; unresolved: Unresolved[] };

function linkStatement(
  symbols: Symbols,
  facts: SourceFacts,
  statement: ImportFact,
  resolution: Resolution,
  found: Found,
): void {
  const place = { file: facts.path, line: statement.line };
  const specifier = statement.specifier ?? statement.code;
  switch (resolution.kind) {
    case "package":
      found.externals.push({ ...place, package: packageName(resolution.name), kind: weakestKind(statement) });
      return;
    case "unresolved":
      found.unresolved.push({ ...place, specifier, reason: resolution.reason });
      return;
    case "asset":
      return;
    case "file":
      for (const name of statement.names) {
        for (const { to, name: taken, uses } of targets(symbols, resolution.path, name)) {
          if (to === facts.path) continue;
          const via = to === resolution.path ? null : resolution.path;
          found.links.push({ ...place, to, name: taken, kind: kindOf(statement, name), uses, via });
        }
      }
  }
}

function kindOf(statement: ImportFact, name: ImportedName): LinkKind {
  if (name.typeOnly) return "type";
  if (statement.form === "dynamic") return "dynamic";
  if (statement.form === "reexport") return "reexport";
  return name.imported === "" ? "effect" : "value";
}

function weakestKind(statement: ImportFact): LinkKind {
  const kinds = statement.names.map((name) => kindOf(statement, name));
  return kinds.find((kind) => kind !== "type") ?? kinds[0] ?? "effect";
}

type Target = { to: string; name: string; uses: number };

function targets(symbols: Symbols, file: string, name: ImportedName): Target[] {
  const origin = symbols.originOfExport(file, name.imported === "" ? "*" : name.imported);
  const whole: Target = { to: origin?.file ?? file, name: origin?.name ?? name.imported, uses: name.uses };
  if (whole.name !== "*" || name.imported === "") return [{ ...whole, name: name.imported === "" ? "" : whole.name }];

  const members = Object.entries(name.members).sort(([a], [b]) => byText(a, b));
  const taken = members.map(([member, uses]): Target => {
    const from = symbols.originOfExport(whole.to, member);
    return { to: from?.file ?? whole.to, name: from && from.name !== "*" ? from.name : member, uses };
  });
  return taken.length > 0 ? taken : [whole];
}

function unique(links: readonly Link[]): Link[] {
  const byKey = new Map<string, Link>();
  for (const link of links) {
    const key = [link.file, link.line, link.to, link.name, link.kind].join("\0");
    const known = byKey.get(key);
    byKey.set(key, known ? { ...known, uses: known.uses + link.uses } : link);
  }
  return [...byKey.values()];
}
