import path from "node:path";
import { SeedFailedError } from "./errors.ts";
import { lastWords } from "./last-words.ts";
import type { CheckedStackPlan } from "./plan/read-stack-plan.ts";
import { resolveEnvironment, type References } from "./plan/references.ts";
import type { DatabasePlan } from "./plan/schema.ts";
import { endProcess } from "./process/end.ts";
import { spawnProgram } from "./process/spawn.ts";
import type { StatePaths } from "./state/state-directory.ts";

export type SeedRun = {
  paths: StatePaths;
  checked: CheckedStackPlan;
  references: References;
  database: string;
  seed: NonNullable<DatabasePlan["seed"]>;
  size: "small" | "large";
  signal?: AbortSignal | undefined;
};

/** Runs the plan's seed program to its end. Throws SeedFailedError with what it said last. */
export async function runSeed({ paths, checked, references, database, seed, size, signal }: SeedRun): Promise<void> {
  const spawned = await spawnProgram(paths, {
    name: `seed-${database}`,
    script: path.join(checked.root, seed.script),
    arguments: seed.sizes[size] ?? [],
    environment: resolveEnvironment(seed.environment, references),
    directory: checked.root,
  });
  const { ended, log, identity } = spawned;
  const stop = () => void endProcess(identity, { drainMs: 0 });
  signal?.addEventListener("abort", stop);
  const how = await ended;
  signal?.removeEventListener("abort", stop);
  signal?.throwIfAborted();
  if (how !== "exit status 0") throw new SeedFailedError(database, how, log, await lastWords(spawned));
}
