import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { chmod, mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { StateDirectoryForeignError } from "../errors.ts";

/** Where everything of one stack lies. All paths are absolute. */
export type StatePaths = {
  directory: string;
  /** What runs, on which ports, on whose server. Its presence marks the directory as a stack's. */
  record: string;
  secrets: string;
  lock: string;
  run: string;
  logs: string;
  compileCache: string;
  /** The broker's settings, data and jars. */
  kafka: string;
  /** The embedded server's home, if its user may enter here. */
  postgres: string;
  /** The embedded server's home otherwise: a folder that any user may reach, named after this directory. */
  postgresElsewhere: string;
};

export function statePaths(stateDirectory: string): StatePaths {
  const directory = path.resolve(stateDirectory);
  const inside = (name: string) => path.join(directory, name);
  const fingerprint = createHash("sha256").update(directory).digest("hex").slice(0, 12);
  return {
    directory,
    record: inside("stack.json"),
    secrets: inside("secrets.json"),
    lock: inside("lock"),
    run: inside("run"),
    logs: inside("logs"),
    compileCache: inside("compile-cache"),
    kafka: inside("kafka"),
    postgres: inside("postgres"),
    postgresElsewhere: path.join(sharedPlace(), `strangler-${fingerprint}`),
  };
}

/** Makes the directory, or takes it if it is a stack's already. Throws StateDirectoryForeignError for a folder with other things in it. */
export async function openStateDirectory(stateDirectory: string): Promise<StatePaths> {
  const paths = statePaths(stateDirectory);
  const fresh = !existsSync(paths.directory) || readdirSync(paths.directory).length === 0;
  if (!fresh && !isOurs(paths)) throw new StateDirectoryForeignError(paths.directory);
  await mkdir(paths.directory, { recursive: true });
  // Others may pass through (the server may run as another user), but not look.
  if (fresh) await chmod(paths.directory, 0o711);
  await mkdir(paths.run, { recursive: true, mode: 0o700 });
  await mkdir(paths.logs, { recursive: true, mode: 0o700 });
  return paths;
}

/** Removes everything of the stack from the disk; a directory that is not a stack's is left as it is. */
export async function removeStateDirectory(paths: StatePaths): Promise<void> {
  if (!existsSync(paths.directory) || !isOurs(paths)) return;
  await rm(paths.directory, { recursive: true, force: true });
}

// --- internal ---

// A mistyped --state must never make `down --purge` empty somebody's home directory.
function isOurs(paths: StatePaths): boolean {
  if (existsSync(paths.record) || path.basename(paths.directory) === ".strangler") return true;
  return readdirSync(paths.directory).length === 0;
}

// /var/tmp survives a reboot, /tmp may be in memory.
function sharedPlace(): string {
  return existsSync("/var/tmp") ? "/var/tmp" : tmpdir();
}
