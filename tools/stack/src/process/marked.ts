import { readdirSync, readFileSync } from "node:fs";

/** Every process of a stack carries this variable with the state directory as its value, and so do its children. */
export const MARK = "STRANGLER_STATE_DIRECTORY";

/**
 * Processes that carry the stack's mark, whether or not anybody wrote them down: workers that outlived their parent, and what
 * was started in the moment in which an `up` was killed. Empty where the system does not show environments.
 */
export function findMarkedProcesses(stateDirectory: string): number[] {
  if (process.platform !== "linux") return [];
  const mark = `${MARK}=${stateDirectory}`;
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => pid !== process.pid && environmentOf(pid).includes(mark));
}

// --- internal ---

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    // Another user's, or gone.
    return [];
  }
}
