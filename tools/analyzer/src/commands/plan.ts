import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { parseAcceptedContexts, type AcceptedContexts } from "../accepted/accepted-contexts.ts";
import { readConfiguration } from "./files.ts";

export type PlanArguments = { plan: string | undefined };

export const PLAN_OPTION = {
  plan: { type: "string", requiresArg: true, describe: "Folder of the plan", defaultDescription: "the nearest plan/" },
} as const;

/** What people agreed on, and where that is; paths as seen from where the command runs. */
export type Agreed = { file: string; accepted: AcceptedContexts; path: string; schema: string | undefined };

/** A file of the plan: in the folder that is named, or in the nearest `plan/`, here or above. */
export function planFile(plan: string | undefined, name: string): string {
  return join(plan ?? nearestPlan(), name);
}

/** The accepted contexts, if the plan has some. Throws ConfigurationInvalidError where a named plan has none. */
export function findAgreed(plan: string | undefined): Agreed | undefined {
  const file = planFile(plan, ACCEPTED);
  if (plan === undefined && !existsSync(file)) return undefined;
  const accepted = parseAcceptedContexts(file, readConfiguration(file));
  const beside = (path: string): string => join(dirname(dirname(file)), path);
  const schema = accepted.schema === undefined ? undefined : beside(accepted.schema);
  return { file, accepted, path: beside(accepted.path), schema };
}

/** True for two ways to write one folder: `./src/` and `src`. */
export function samePath(a: string, b: string): boolean {
  return resolve(a) === resolve(b);
}

/** A path as it is written into a plan: seen from the folder that holds the plan. */
export function seenFromPlan(file: string, path: string): string {
  return relative(dirname(dirname(resolve(file))), resolve(path)).replaceAll("\\", "/") || ".";
}

export const ACCEPTED = "contexts.yaml";

// --- internal ---

function nearestPlan(): string {
  const here = process.cwd();
  for (let folder = here; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "plan"))) return relative(here, join(folder, "plan"));
    if (dirname(folder) === folder) return "plan";
  }
}
