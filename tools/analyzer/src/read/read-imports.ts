import type { LinkKind } from "../facts.ts";
import { sortedBy } from "../order.ts";
import { createResolver } from "../resolve/resolver.ts";
import type { ImportRecord, Imports } from "../rules/imports.ts";
import type { Sources } from "../link/link.ts";
import type { ImportFact } from "../source-facts.ts";
import { openTree, type ReadOptions } from "./open-tree.ts";

/** Every import of a folder as it is written, tests included, with where it leads. */
export async function readImports(path: string, options: ReadOptions = {}): Promise<Imports> {
  const tree = openTree(path, { tests: true, ...options });
  return tree.remember("imports", async () => resolveImports(await tree.sources()));
}

// --- internal ---

function resolveImports({ layout, files }: Sources): Imports {
  const resolve = createResolver(layout);
  const imports = files.flatMap(({ facts }) =>
    facts.imports.map((statement): ImportRecord => {
      const specifier = statement.specifier ?? statement.code;
      const target =
        statement.specifier === null
          ? ({ kind: "unresolved", reason: "the specifier is computed at run time" } as const)
          : resolve(facts.path, statement.specifier);
      return { file: facts.path, line: statement.line, specifier, kind: kindOf(statement), target };
    }),
  );
  const packages = layout.packages
    .filter(({ folder }) => !folder.startsWith(".."))
    .map(({ name, folder }) => ({ name: name ?? folder, folder }));
  return {
    packages: sortedBy(packages, (item) => item.folder),
    imports: sortedBy(
      imports,
      (x) => x.file,
      (x) => x.line,
      (x) => x.specifier,
    ),
  };
}

function kindOf(statement: ImportFact): LinkKind {
  if (statement.names.every((name) => name.typeOnly)) return "type";
  if (statement.form === "dynamic" || statement.form === "reexport") return statement.form;
  return statement.names.every((name) => name.imported === "") ? "effect" : "value";
}
