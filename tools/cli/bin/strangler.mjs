#!/usr/bin/env node
// Finds a Node that is new enough, then hands over to the program. Written so that an old Node can read it too.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const OLDEST = [22, 18]; // the first version that strips types without a flag
const here = path.dirname(fileURLToPath(import.meta.url));

if (isNewEnough(process.versions.node)) await runProgram();
else runWith(findPinnedNode());

async function runProgram() {
  // Arguments may hold a password (--database-url), and everybody on this machine can read them.
  process.title = "strangler";
  nodeModule.enableCompileCache(findCacheDirectory());
  const source = path.join(here, "../src/main.ts");
  if (existsSync(source) && !here.includes(`${path.sep}node_modules${path.sep}`)) {
    useSources();
    await import(source);
  } else {
    await import("../dist/main.js");
  }
}

// The same as --conditions=strangler-source, without the price of starting Node a second time.
function useSources() {
  nodeModule.registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: [...context.conditions, "strangler-source"] }),
  });
}

function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

function findCacheDirectory() {
  const mark = `${path.sep}node_modules${path.sep}`;
  const yargs = nodeModule.createRequire(import.meta.url).resolve("yargs");
  return path.join(yargs.slice(0, yargs.lastIndexOf(mark)), "node_modules", ".cache", "strangler");
}

// npm links a Node for this machine into node_modules/.bin (see optionalDependencies of the root package).
function findPinnedNode() {
  for (let folder = here; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const candidate = path.join(folder, "node_modules", ".bin", "node");
    if (existsSync(candidate)) return candidate;
  }
  return undefined;
}

function runWith(node) {
  const sentence =
    `strangler needs Node ${OLDEST.join(".")} or newer, and this is ${process.versions.node}. ` +
    `Run "npm ci" in the repository, which brings a fitting one along, or install Node 24.\n`;
  if (node === undefined) {
    process.stderr.write(sentence);
    process.exit(4);
  }
  const script = fileURLToPath(import.meta.url);
  const options = { stdio: "inherit", env: { ...process.env, STRANGLER_NODE_CHOSEN: "1" } };
  if (process.env.STRANGLER_NODE_CHOSEN === "1") {
    process.stderr.write(sentence);
    process.exit(4);
  }
  const child = spawn(node, [script, ...process.argv.slice(2)], options);
  process.title = "strangler";
  // A terminal sends Ctrl-C to both; the child decides when it is over.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.once("error", () => {
    process.stderr.write(sentence);
    process.exit(4);
  });
  child.once("exit", (status, signal) => process.exit(status ?? (signal === "SIGINT" ? 130 : 143)));
}
