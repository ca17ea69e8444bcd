import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Changes with every byte of the analyzer and with the parsers it uses, so that no run reads what another one meant. */
export function analyzerVersion(): string {
  const version = createHash("sha256");
  const own = fileURLToPath(new URL("../..", import.meta.url));
  const files = readdirSync(own, { recursive: true, encoding: "utf8" }).filter((file) => /\.[jt]s$/.test(file));
  for (const file of files.sort()) version.update(`${file}\0`).update(readFileSync(join(own, file)));
  for (const parser of PARSERS) version.update(`${parser} ${installedVersion(parser)}\0`);
  return version.digest("hex").slice(0, 32);
}

// --- internal ---

const PARSERS = ["ts-morph", "libpg-query"];

function installedVersion(name: string): string {
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8"));
      if (typeof manifest === "object" && manifest && "version" in manifest) return String(manifest.version);
    } catch {
      // not in this folder: look in the next one up
    }
  }
  return "unknown";
}
