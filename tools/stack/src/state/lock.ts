import { randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { errorCode } from "@strangler/platform";
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
  // A link appears whole or not at all: nobody ever sees a lock without its holder.
  const mine = `${paths.lock}.${process.pid}.${randomUUID()}`;
  await writeFile(mine, JSON.stringify(identify(process.pid)), { mode: 0o600 });
  try {
    await linkOrTakeOver(paths, mine);
  } finally {
    await rm(mine, { force: true });
  }
}

async function linkOrTakeOver(paths: StatePaths, mine: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await link(mine, paths.lock);
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
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
    // Gone in the meantime.
    return undefined;
  }
}
