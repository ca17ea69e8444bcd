import { errorCode, waitFor } from "@strangler/platform";
import { identify, isSameProcess, type ProcessIdentity } from "./identity.ts";
import { findMarkedProcesses } from "./marked.ts";
import { withDescendants } from "./tree.ts";

export type EndOptions = {
  /** How long it may take to finish what it is doing. */
  drainMs?: number;
};

/** Asks the process to end, and ends it when it does not in time. One that has ended already, or whose pid has passed to another, is left alone. */
export async function endProcess(identity: ProcessIdentity, { drainMs = 15_000 }: EndOptions = {}): Promise<void> {
  if (!isSameProcess(identity)) return;
  signal(identity, "SIGTERM");
  const ended = waitFor("the process to end", () => !isSameProcess(identity), { limitMs: drainMs });
  await ended.catch(() => signal(identity, "SIGKILL"));
  await waitFor(`process ${identity.pid} to end after SIGKILL`, () => !isSameProcess(identity));
}

/** Ends what carries the stack's mark and belongs to none of the recorded processes: nobody would ever stop it. */
export async function endForgottenProcesses(stateDirectory: string, recorded: readonly number[]): Promise<void> {
  const known = new Set(withDescendants(recorded));
  await endAll(findMarkedProcesses(stateDirectory).filter((pid) => !known.has(pid)));
}

export async function endAll(pids: readonly number[]): Promise<void> {
  for (const pid of pids) {
    const identity = identify(pid);
    if (identity) await endProcess(identity, { drainMs: 2_000 });
  }
}

// --- internal ---

function signal(identity: ProcessIdentity, name: NodeJS.Signals): void {
  try {
    process.kill(identity.pid, name);
  } catch (error) {
    const gone = errorCode(error) === "ESRCH";
    if (!gone) throw error;
  }
}
