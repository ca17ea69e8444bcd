import { chmod, cp, lstat, mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { errorCode } from "@strangler/platform";
import { PlaceTakenError } from "../errors.ts";
import type { StatePaths } from "../state/state-directory.ts";
import type { PostgresBinaries } from "./binaries.ts";
import { mayEnter, mayRun } from "./enterable.ts";
import type { ServerUser } from "./server-user.ts";

/** Where the embedded server lives, so that its user may reach both its files and its programs. */
export type Place = { home: string; dataDirectory: string; binaries: PostgresBinaries };

export type PlaceRequest = { paths: StatePaths; binaries: PostgresBinaries; user: ServerUser };

/**
 * The state directory, if the server's user may enter it. Root's server runs as another user, who may not enter a repository
 * below a 0700 home: then its data, and its programs if need be, go to a folder of their own below /var/tmp.
 */
export async function preparePlace({ paths, binaries, user }: PlaceRequest): Promise<Place> {
  const home = await findHome(paths, user);
  const runnable = mayRun(user, path.join(binaries.directory, "postgres"))
    ? binaries
    : await copyBinaries(binaries, path.join(home, "native"));
  return { home, dataDirectory: dataDirectoryOf(home), binaries: runnable };
}

export function dataDirectoryOf(home: string): string {
  return path.join(home, "data");
}

// --- internal ---

async function findHome(paths: StatePaths, user: ServerUser): Promise<string> {
  await makePassable(paths.postgres);
  if (mayEnter(user, paths.postgres)) return paths.postgres;
  await makePassable(paths.postgresElsewhere);
  await assertOurs(paths.postgresElsewhere);
  return paths.postgresElsewhere;
}

// The process's umask may be 077, so the mode is set and not only asked for.
async function makePassable(directory: string): Promise<void> {
  await mkdir(directory).catch(ignoreExisting);
  const { uid } = await lstat(directory);
  if (uid === process.getuid?.()) await chmod(directory, 0o711);
}

// Anybody may make folders in /var/tmp: one that another user has laid out for us is not used.
async function assertOurs(directory: string): Promise<void> {
  const stats = await lstat(directory);
  if (!stats.isDirectory() || stats.uid !== process.getuid?.()) throw new PlaceTakenError(directory);
}

async function copyBinaries(binaries: PostgresBinaries, target: string): Promise<PostgresBinaries> {
  const copied = { directory: path.join(target, "bin") };
  await cp(path.dirname(binaries.directory), target, { recursive: true, force: false, verbatimSymlinks: true });
  await openToAll(target);
  return copied;
}

async function openToAll(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) await openToAll(file);
    else if (entry.isFile()) await chmod(file, path.basename(directory) === "bin" ? 0o755 : 0o644);
  }
}

function ignoreExisting(error: unknown): void {
  if (errorCode(error) !== "EEXIST") throw error;
}
