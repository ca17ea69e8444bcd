import { setTimeout as pause } from "node:timers/promises";
import { ExitCode } from "@strangler/platform";
import { readStackStatus } from "@strangler/stack";
import { progress } from "./progress.ts";

const LOOK_EVERY_MS = 1_000;

/**
 * Stays until Ctrl-C or SIGTERM, then closes the stack. Says when a process dies, and ends when somebody has stopped the stack
 * from elsewhere. A second Ctrl-C leaves at once; what still runs then is ended by `strangler down`.
 */
export async function keepInForeground(stateDirectory: string, close: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(ExitCode.interrupted);
    stop.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  const stoppedElsewhere = await watch(stateDirectory, stop.signal);
  if (stoppedElsewhere) progress("The stack was stopped from elsewhere");
  else await close();
  process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  process.exitCode = stoppedElsewhere ? ExitCode.done : ExitCode.interrupted;
}

// --- internal ---

/** Answers true when nothing of the stack is left, false when the signal came. */
async function watch(stateDirectory: string, signal: AbortSignal): Promise<boolean> {
  const mourned = new Set<number | undefined>();
  while (!signal.aborted) {
    const { state, processes } = await readStackStatus(stateDirectory);
    if (state === "down") return true;
    for (const { name, state, why, pid } of processes) {
      if (state !== "dead" || mourned.has(pid)) continue;
      mourned.add(pid);
      progress(`${name} ${why}; "strangler logs ${name}" says why, "strangler up -d" starts it again`);
    }
    await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  return false;
}
