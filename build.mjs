// Builds every publishable package into its dist/, in the order in which they need each other.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const root = import.meta.dirname;
const { workspaces } = readManifest(".");
const packages = new Map(
  workspaces.map((directory) => [directory, readManifest(directory)]).filter(([, manifest]) => !manifest.private),
);
const built = new Set();

for (const directory of packages.keys()) build(directory);

function build(directory) {
  const manifest = packages.get(directory);
  if (built.has(manifest.name)) return;
  built.add(manifest.name);
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    const needed = [...packages].find(([, other]) => other.name === name);
    if (needed) build(needed[0]);
  }
  compile(directory);
  console.log(`built ${manifest.name}`);
}

function compile(directory) {
  const config = path.join(root, directory, "tsconfig.build.json");
  rmSync(path.join(root, directory, "dist"), { recursive: true, force: true });
  writeFileSync(
    config,
    JSON.stringify({
      extends: path.relative(path.join(root, directory), path.join(root, "tsconfig.json")),
      // Without the source condition, the packages built before are seen as a stranger sees them: through their dist/.
      compilerOptions: {
        customConditions: [],
        noEmit: false,
        declaration: true,
        rewriteRelativeImportExtensions: true,
        rootDir: "src",
        outDir: "dist",
      },
      include: ["src"],
    }),
  );
  try {
    execFileSync(process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "-p", config], {
      stdio: "inherit",
    });
  } finally {
    rmSync(config);
  }
}

function readManifest(directory) {
  return JSON.parse(readFileSync(path.join(root, directory, "package.json"), "utf8"));
}
