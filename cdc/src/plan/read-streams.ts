import { nearest, PlanFileError, readPlanFile, type PlanFile } from "@strangler/platform";
import type { z } from "zod";
import { UnknownStreamError } from "../errors.ts";
import { findContradictions } from "./contradictions.ts";
import { streamsSchema, type PlanPlace, type StreamPlan, type WrittenPlan } from "./stream-plan.ts";

/**
 * Reads plan/streams.yaml. Throws PlanFileError with line, column, reason and suggestion for a file that cannot be read, is not
 * YAML, has an unknown or missing key, or contradicts itself (a key that is no column, a row written by two entries, a table
 * written by two streams, streams that feed each other).
 */
export async function readStreams(file: string): Promise<StreamPlan[]> {
  const plan = await readPlanFile(file, streamsSchema);
  const problems = findContradictions(plan.value.streams);
  if (problems.length > 0) {
    throw new PlanFileError(problems.map(({ path, ...said }) => ({ file: plan.file, ...plan.placeOf(path), ...said })));
  }
  return Object.entries(plan.value.streams).map(([name, stream]) => ({
    name,
    ...stream,
    written: findPlaces(plan, ["streams", name], stream),
  }));
}

/** The stream of that name. Throws UnknownStreamError with the names there are. */
export function getStream(streams: readonly StreamPlan[], name: string, file: string): StreamPlan {
  const stream = streams.find((candidate) => candidate.name === name);
  if (stream !== undefined) return stream;
  const names = streams.map((candidate) => candidate.name);
  throw new UnknownStreamError(name, file, names, nearest(name, names));
}

// --- internal ---

type Streams = PlanFile<z.output<typeof streamsSchema>>;

function findPlaces(plan: Streams, root: readonly string[], stream: object): WrittenPlan {
  const places: Record<string, PlanPlace> = {};
  const walk = (value: unknown, path: readonly (string | number)[]): void => {
    places[path.join(".")] = plan.placeOf([...root, ...path]);
    if (Array.isArray(value)) value.forEach((each, index) => walk(each, [...path, index]));
    else if (typeof value === "object" && value !== null) {
      for (const [key, each] of Object.entries(value)) walk(each, [...path, key]);
    }
  };
  walk(stream, []);
  return { file: plan.file, places };
}
