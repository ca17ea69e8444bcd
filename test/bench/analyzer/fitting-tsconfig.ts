import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { readImports } from "@strangler/analyzer";
import ts from "typescript";

/**
 * One tsconfig for tools that know only one: the `paths` of every tsconfig in the tree, and for the packages of a
 * workspace their source folder, because nothing is installed. Without it they would lose edges and look faster.
 */
export async function writeFittingTsconfig(root: string, file: string): Promise<void> {
  const { packages } = await readImports(root);
  const paths: Record<string, string[]> = {};
  for (const { name, folder } of packages) {
    const sources = existsSync(join(root, folder, "src")) ? `${folder}/src` : folder;
    paths[name] ??= [`${sources}/index.ts`];
    paths[`${name}/*`] ??= [`${sources}/*`, `${folder}/*`];
  }
  const configs = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => /(?:^|\/)tsconfig\.json$/.test(path))
    .sort();
  for (const config of configs) for (const [name, targets] of pathsOf(root, config)) paths[name] ??= targets;
  const compilerOptions = { baseUrl: root, paths, jsx: "react-jsx", experimentalDecorators: true, allowJs: true };
  writeFileSync(file, JSON.stringify({ compilerOptions }));
}

// --- internal ---

type Said = { compilerOptions?: { baseUrl?: string; paths?: Record<string, string[]> } };

function pathsOf(root: string, config: string): [string, string[]][] {
  const read: { config?: Said } = ts.readConfigFile(join(root, config), (path) => ts.sys.readFile(path));
  const { baseUrl = ".", paths = {} } = read.config?.compilerOptions ?? {};
  const base = join(root, dirname(config), baseUrl);
  return Object.entries(paths).map(([name, targets]) => [name, targets.map((to) => relative(root, join(base, to)))]);
}
