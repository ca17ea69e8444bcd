#!/usr/bin/env node
// Plain JavaScript that every Node understands: it finds a Node that is new enough, then starts the program.
import { spawnSync } from "node:child_process";
import * as nodeModule from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const OLDEST = [22, 18];
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) {
  nodeModule.enableCompileCache();
  // Node strips types only outside of node_modules: an installed package runs its build, a checkout its source.
  const installed = import.meta.url.includes("/node_modules/");
  await import(new URL(installed ? "../dist/main.js" : "../src/main.ts", import.meta.url).href);
} else {
  const node = pinnedNode();
  if (!node) {
    console.error(
      `strangler-analyze needs Node ${OLDEST.join(".")} or newer, this is ${process.versions.node}: install Node 24 and run it again.`,
    );
    process.exit(4);
  }
  const { status, signal } = spawnSync(node, process.argv.slice(1), { stdio: "inherit" });
  process.exit(status ?? (signal === "SIGINT" ? 130 : 70));
}

/** The Node that the repository brings as an npm package, if it is installed. */
function pinnedNode() {
  const require = nodeModule.createRequire(fileURLToPath(import.meta.url));
  const { platform, arch } = process;
  for (const name of [`node-${platform === "win32" ? "win" : platform}-${arch}`, `node-bin-${platform}-${arch}`]) {
    try {
      return join(dirname(require.resolve(`${name}/package.json`)), "bin", platform === "win32" ? "node.exe" : "node");
    } catch {
      // not installed: try the next name
    }
  }
  return null;
}
