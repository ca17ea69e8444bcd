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
    .filter((pid) => pid !== process.pid && wordsOf(`/proc/${pid}/environ`).includes(mark));
}

/** Processes that have this text as one of their arguments. Empty where the system does not show command lines. */
export function findProcessesNaming(argument: string): number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => wordsOf(`/proc/${pid}/cmdline`).includes(argument));
}

// --- internal ---

function wordsOf(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split("\0");
  } catch {
    // Another user's, or gone.
    return [];
  }
}
