import { existsSync } from "node:fs";
import path from "node:path";

/** The options every command has; see program.ts. */
export type CommonArguments = { plan?: string | undefined; state?: string | undefined };

export type Directories = { planDirectory: string; stateDirectory: string };

/** Where the plan and the stack's state are: as given, else the nearest `plan/stack.yaml` from here upwards, and `.strangler` beside it. */
export function findDirectories({ plan, state }: CommonArguments, from = process.cwd()): Directories {
  const planDirectory = plan === undefined ? nearestPlan(from) : path.resolve(from, plan);
  const stateDirectory =
    state === undefined ? path.join(path.dirname(planDirectory), ".strangler") : path.resolve(from, state);
  return { planDirectory, stateDirectory };
}

// --- internal ---

function nearestPlan(from: string): string {
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, "plan");
    if (existsSync(path.join(candidate, "stack.yaml"))) return candidate;
    if (folder === path.dirname(folder)) return path.resolve(from, "plan");
  }
}
