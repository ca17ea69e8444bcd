import type { PlanFile } from "@strangler/platform";
import type { StackPlan } from "@strangler/stack";
import type { Compose, Service } from "./compose-schema.ts";

export type Problem = { file: string; line?: number; reason: string };

export type NamedService = {
  name: string;
  service: Service;
  /** A problem at that place of the service. */
  at: (path: readonly string[], reason: string) => Problem;
};

/** All that the checks look at. */
export type Checked = {
  compose: Compose;
  services: NamedService[];
  plan: StackPlan;
  /** Folders of npm workspaces. */
  workspaces: readonly string[];
  exists: (relative: string) => boolean;
  readText: (relative: string) => string | undefined;
};

export function nameServices(file: PlanFile<Compose>): NamedService[] {
  return Object.entries(file.value.services).map(([name, service]) => ({
    name,
    service,
    at: (path, reason) => ({ file: file.file, line: file.placeOf(["services", name, ...path]).line, reason }),
  }));
}
