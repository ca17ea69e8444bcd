import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { identify } from "../process/identity.ts";

/** What was found on the disk before the server is started. */
export type DataDirectoryFacts = {
  /** Whether there is anything in it. */
  filled: boolean;
  /** Whether it was ever completed: the mark is written after `initdb` has ended well. */
  complete: boolean;
  /** The major version of its files. */
  version?: number;
  /** The server that holds it, as its pid file says. */
  server?: { pid: number; port: number; alive: boolean };
};

export type DataDirectoryState =
  | { state: "absent" }
  /** `initdb` was interrupted. Nothing was ever stored here. */
  | { state: "half-initialised" }
  | { state: "other-version"; found: number; wanted: number }
  | { state: "running"; pid: number; port: number }
  /** The pid file of a server that has died; its pid may belong to a stranger by now. */
  | { state: "stale-pid-file"; pid: number }
  | { state: "stopped" };

/** What the facts mean. Pure. */
export function judgeDataDirectory(facts: DataDirectoryFacts, wanted: number): DataDirectoryState {
  if (!facts.filled) return { state: "absent" };
  if (!facts.complete) return { state: "half-initialised" };
  if (facts.version !== wanted) return { state: "other-version", found: facts.version ?? 0, wanted };
  if (!facts.server) return { state: "stopped" };
  const { pid, port, alive } = facts.server;
  return alive ? { state: "running", pid, port } : { state: "stale-pid-file", pid };
}

export function readDataDirectory(dataDirectory: string): DataDirectoryFacts {
  const filled = existsSync(dataDirectory) && readdirSync(dataDirectory).length > 0;
  const complete = existsSync(completeMark(dataDirectory));
  const version = tryRead(path.join(dataDirectory, "PG_VERSION"));
  const server = readPidFile(dataDirectory);
  return {
    filled,
    complete,
    ...(version === undefined ? {} : { version: Number(version) }),
    ...(server && { server }),
  };
}

/** Stands beside the data: `initdb` refuses a directory that is not empty. */
export function completeMark(dataDirectory: string): string {
  return `${dataDirectory}.complete`;
}

// --- internal ---

function readPidFile(dataDirectory: string): DataDirectoryFacts["server"] {
  // Lines: pid, data directory, start time in seconds, port (storage/lmgr and miscadmin.h of PostgreSQL).
  const lines = tryRead(path.join(dataDirectory, "postmaster.pid"))?.split("\n");
  if (!lines) return undefined;
  const pid = Number(lines[0]);
  return { pid, port: Number(lines[3]), alive: isPostgresOf(pid, dataDirectory) };
}

// The pid may have passed to a stranger, so the process must also look like this very server.
function isPostgresOf(pid: number, dataDirectory: string): boolean {
  if (identify(pid) === undefined) return false;
  if (process.platform !== "linux") return true;
  const commandLine = tryRead(`/proc/${pid}/cmdline`)?.split("\0") ?? [];
  return commandLine.includes(dataDirectory);
}

function tryRead(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
}
