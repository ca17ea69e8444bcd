import { randomBytes } from "node:crypto";
import { open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { errorCode } from "@strangler/platform";
import { RoutesLockedError, RoutesNotWritableError } from "../../errors.ts";
import { isAlive, MACHINE } from "../machine.ts";

// One writer at a time, on one machine or several that share a folder. The lock is a file that only one process can create; Node
// has no flock(2). It is also the writer's journal: what it holds is what its holder was about to do, so that the next one can
// finish what a dead one began.

export type HeldLock = {
  /** Notes what is about to be done, durably. */
  note: (journal: string) => Promise<void>;
};

export type LockOptions = {
  /** How long to wait for whoever holds it. */
  waitMs?: number;
  /** A holder that cannot be asked, on another machine, counts as dead after this; a change takes milliseconds. */
  staleMs?: number;
};

/**
 * Runs `use` under the lock. `recover` gets what a dead holder had noted, under the lock, before `use`. Throws RoutesLockedError
 * after `waitMs`, RoutesNotWritableError when the folder cannot be written.
 */
export async function withLock<Result>(
  lock: string,
  recover: (journal: string) => Promise<void>,
  use: (held: HeldLock) => Promise<Result>,
  { waitMs = 5_000, staleMs = 30_000 }: LockOptions = {},
): Promise<Result> {
  const mine: Holder = { pid: process.pid, host: MACHINE, nonce: randomBytes(9).toString("base64url"), journal: "" };
  const deadline = performance.now() + waitMs;
  let journal: string | undefined;
  while (!(await tryCreate(lock, mine))) {
    journal = (await breakWhenDead(lock, staleMs)) ?? journal;
    if (performance.now() > deadline) throw new RoutesLockedError(lock, waitMs, await describeHolder(lock));
    await pause(2 + Math.random() * 8);
  }
  try {
    if (journal !== undefined && journal !== "") await recover(journal);
    return await use({ note: (text) => overwriteDurably(lock, { ...mine, journal: text }) });
  } finally {
    await rm(lock, { force: true });
  }
}

// --- internal ---

type Holder = { pid: number; host: string; nonce: string; journal: string };

async function tryCreate(lock: string, holder: Holder): Promise<boolean> {
  try {
    await writeFile(lock, JSON.stringify(holder), { flag: "wx" });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw new RoutesNotWritableError(lock, error);
  }
}

async function overwriteDurably(lock: string, holder: Holder): Promise<void> {
  const handle = await open(lock, "r+");
  try {
    // The journal only grows here, from nothing; so no tail of an older one is left behind.
    await handle.writeFile(JSON.stringify(holder));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Removes the lock of a dead holder and answers what it had noted. Only one process at a time may do so, under a second lock:
 * of two that both saw the dead one, the slower would otherwise remove the lock that the faster has just taken.
 */
async function breakWhenDead(lock: string, staleMs: number): Promise<string | undefined> {
  if (!(await isDead(lock, staleMs))) return undefined;
  const breaking = `${lock}.breaking`;
  if (!(await tryCreate(breaking, { pid: process.pid, host: MACHINE, nonce: "", journal: "" }))) {
    // Held for microseconds; who holds it for longer has died in them.
    if (await isOlderThan(breaking, staleMs)) await rm(breaking, { force: true });
    return undefined;
  }
  try {
    if (!(await isDead(lock, staleMs))) return undefined;
    const holder = await readHolder(lock);
    await rm(lock, { force: true });
    return holder?.journal ?? "";
  } finally {
    await rm(breaking, { force: true });
  }
}

async function isDead(lock: string, staleMs: number): Promise<boolean> {
  const holder = await readHolder(lock);
  // Half written: its maker is writing it, or died while it did.
  if (holder === undefined) return isOlderThan(lock, 1_000);
  if (holder.host !== MACHINE) return isOlderThan(lock, staleMs);
  return !isAlive(holder.pid) || isOlderThan(lock, staleMs);
}

async function readHolder(lock: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(lock, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

async function isOlderThan(file: string, ageMs: number): Promise<boolean> {
  return stat(file).then(
    ({ mtimeMs }) => Date.now() - mtimeMs > ageMs,
    () => false,
  );
}

async function describeHolder(lock: string): Promise<string> {
  const holder = await readHolder(lock);
  return holder === undefined ? "an unknown process" : `process ${holder.pid} on ${holder.host}`;
}
