// Holds the imports that the analyzer reads against TypeScript's own resolution, edge by edge.
// node --conditions=strangler-source tools/analyzer/test/quality/imports-vs-typescript.ts --trees DIR
// DIR holds one folder for each code base, either with the code or with several versions of it in folders.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { discover } from "../../src/read/discover.ts";
import { readSources } from "../../src/read/read-sources.ts";
import { createResolver } from "../../src/resolve/resolver.ts";
import { chooseMembers } from "../../src/resolve/workspaces.ts";
import { compareEdges, type Comparison, type OurEdge } from "./compare-edges.ts";
import { typescriptImports } from "./typescript-imports.ts";

const { values } = parseArgs({ options: { trees: { type: "string" } } });
if (values.trees === undefined) {
  process.stderr.write("Say where the code bases are: --trees DIR\n");
  process.exit(2);
}
const roots = codeBasesIn(resolve(values.trees));
const rows = [];
for (const root of roots) rows.push({ name: relative(resolve(values.trees), root), ...(await compareTree(root)) });
print(rows);
process.exitCode = rows.some(({ unexplained }) => unexplained > 0) ? 1 : 0;

// --- internal ---

function codeBasesIn(folder: string): string[] {
  const inner = readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isDirectory());
  return inner.flatMap((path) => {
    const versions = ["orig", "flat"].map((name) => join(path, name)).filter((version) => existsSync(version));
    return versions.length > 0 ? versions : [path];
  });
}

async function compareTree(root: string): Promise<Comparison> {
  const { layout, files } = await readSources(root, { tests: true });
  const find = createResolver(layout);
  const ours = files.flatMap(({ facts }) =>
    facts.imports.flatMap(({ specifier, line, form }): OurEdge[] => {
      const target = specifier === null ? null : find(facts.path, specifier);
      const isFile = target?.kind === "file" || (target?.kind === "asset" && target.path.endsWith(".json"));
      const via = target?.kind === "file" ? target.package : null;
      return isFile ? [{ file: facts.path, line, specifier: specifier ?? "", to: target.path, form, via }] : [];
    }),
  );
  const sources = discover(root).sources.map(({ path }) => path);
  const links = Object.fromEntries([...chooseMembers(layout)].map(([name, { folder }]) => [name, folder]));
  return compareEdges(ours, typescriptImports(root, sources, links));
}

function print(rows: readonly (Comparison & { name: string })[]): void {
  const lines = [["code base", "edges ours", "TypeScript", "only ours", "only theirs", "unexplained"]];
  for (const row of rows) {
    const counts = [row.ours, row.theirs, row.onlyOurs.length, row.onlyTheirs.length, row.unexplained];
    lines.push([row.name, ...counts.map(String)]);
  }
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  process.stdout.write(`${text.join("\n")}\n`);
  for (const { name, onlyOurs, onlyTheirs } of rows) {
    for (const difference of [...onlyOurs, ...onlyTheirs]) process.stdout.write(`${name}: ${difference}\n`);
  }
}
