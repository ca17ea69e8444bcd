import { ExitCode } from "@strangler/platform";
import type { StreamProblem } from "../errors.ts";
import type { StreamPlan } from "../plan/stream-plan.ts";

/** What speaks against a plan, and which part of it: a path below the stream, such as "tables.0.columns.id". */
export type PlanProblem = StreamProblem & { path: string };

/** Something that the plan or a database's tables must change. */
export function planProblem(problem: string, path: string, sentence: string): PlanProblem {
  return { problem, exitCode: ExitCode.configuration, sentence, path };
}

/** Puts file, line and column to a problem, if the plan came from a file. */
export function locate(plan: StreamPlan, { path, ...problem }: PlanProblem): StreamProblem {
  const place = findPlace(plan, path);
  return place === undefined ? problem : { ...problem, place };
}

/** Where a part of the plan is written, or the nearest part around it; undefined for a plan that came from no file. */
export function findPlace(plan: StreamPlan, path: string): StreamProblem["place"] {
  if (plan.written === undefined) return undefined;
  const { file, places } = plan.written;
  const parts = path.split(".");
  for (let length = parts.length; length >= 0; length -= 1) {
    const place = places[parts.slice(0, length).join(".")];
    if (place !== undefined) return { file, ...place };
  }
  return undefined;
}

/** Names in a sentence. */
export function list(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
