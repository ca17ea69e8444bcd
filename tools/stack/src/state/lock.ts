import { readFile, rm, writeFile } from "node:fs/promises";
import { StackBusyError } from "../errors.ts";
import { identify, isSameProcess, type ProcessIdentity } from "../process/identity.ts";
import type { StatePaths } from "./state-directory.ts";

/** Lets one `up` or `down` at a time change a stack. Throws StackBusyError; a lock whose holder died is taken over. */
export async function withStackLock<Result>(paths: StatePaths, work: () => Promise<Result>): Promise<Result> {
  await takeLock(paths);
  try {
    return await work();
  } finally {
    await rm(paths.lock, { force: true });
  }
}

// --- internal ---

async function takeLock(paths: StatePaths): Promise<void> {
  const me = JSON.stringify(identify(process.pid));
  for (let attempt = 1; ; attempt += 1) {
    try {
      await writeFile(paths.lock, me, { flag: "wx", mode: 0o600 });
      return;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const holder = await readHolder(paths);
    if (attempt > 3 || (holder && isSameProcess(holder))) throw new StackBusyError(paths.directory, holder?.pid);
    await rm(paths.lock, { force: true });
  }
}

async function readHolder(paths: StatePaths): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(paths.lock, "utf8")) as ProcessIdentity;
  } catch {
    // Gone in the meantime, or its writer died between making and filling it.
    return undefined;
  }
}
