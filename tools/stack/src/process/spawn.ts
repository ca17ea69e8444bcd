import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, fstatSync, openSync, renameSync, statSync } from "node:fs";
import path from "node:path";
import { ProcessDidNotStartError } from "../errors.ts";
import type { StatePaths } from "../state/state-directory.ts";
import { identify, type ProcessIdentity } from "./identity.ts";
import { MARK } from "./marked.ts";

export type Program = {
  name: string;
  /** Absolute path of its entry file. */
  script: string;
  arguments: readonly string[];
  /** What runs it, when it is not a program of Node's. */
  command?: string;
  environment: Readonly<Record<string, string>>;
  directory: string;
};

export type Spawned = {
  identity: ProcessIdentity;
  log: string;
  /** Where in the log its words begin, in bytes. */
  logFrom: number;
  /** How it ended, once it has. */
  ended: Promise<string>;
  /** Lets this process end before the program does. */
  release: () => void;
};

/** Starts a program that outlives this process: a session of its own, so that Ctrl-C reaches only us, its words in a log file. */
export async function spawnProgram(paths: StatePaths, program: Program): Promise<Spawned> {
  const log = logFile(paths, program.name);
  keepOldLog(log);
  const file = openSync(log, "a", 0o600);
  const logFrom = fstatSync(file).size;
  const { command = process.execPath, script } = program;
  const options = program.command === undefined ? [...SOURCE_CONDITION, ...SMALL_HEAP, script] : [];
  const child = spawn(command, [...options, ...program.arguments], {
    cwd: program.directory,
    env: { ...program.environment, NODE_COMPILE_CACHE: paths.compileCache, [MARK]: paths.directory },
    detached: true,
    stdio: ["ignore", file, file],
  });
  closeSync(file);
  const ended = endOf(child);
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity === undefined) throw new ProcessDidNotStartError(program.name, await ended, log);
  return { identity, log, logFrom, ended, release: () => child.unref() };
}

export function logFile(paths: StatePaths, name: string): string {
  return path.join(paths.logs, `${name}.log`);
}

// --- internal ---

// What runs from source starts others from source; an installed package starts what was built.
const SOURCE_CONDITION = import.meta.filename.endsWith(".ts") ? ["--conditions=strangler-source"] : [];
// V8 lets short-lived objects pile up to 3 x 16 MB a process before it collects them; with 3 x 4 MB an Express process that had
// answered 3,000 requests took 110 MB instead of 211, at the same 140 requests a second. All of a stack shares one machine.
const SMALL_HEAP = ["--max-semi-space-size=4"];
const LOG_LIMIT_BYTES = 20 * 1024 * 1024;

function keepOldLog(log: string): void {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_LIMIT_BYTES) renameSync(log, `${log}.old`);
}

async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [status, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    return signal === null ? `exit status ${status}` : signal;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
