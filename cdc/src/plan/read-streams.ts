import { nearest, PlanFileError, readPlanFile, type PlanFile, type PlanFileProblem } from "@strangler/platform";
import type { z } from "zod";
import { UnknownStreamError } from "../errors.ts";
import { streamsSchema, type StreamPlan } from "./stream-plan.ts";

/**
 * Reads plan/streams.yaml. Throws PlanFileError with line, column, reason and suggestion for a file that cannot be read, is not
 * YAML, has an unknown or missing key, or contradicts itself (a key that is no column, a table written by two entries).
 */
export async function readStreams(file: string): Promise<StreamPlan[]> {
  const plan = await readPlanFile(file, streamsSchema);
  const problems = findContradictions(plan);
  if (problems.length > 0) throw new PlanFileError(problems);
  return Object.entries(plan.value.streams).map(([name, stream]) => ({ name, ...stream }));
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
type Path = readonly PropertyKey[];

function findContradictions(plan: Streams): PlanFileProblem[] {
  const problems: PlanFileProblem[] = [];
  const complain = (path: Path, reason: string, suggestion?: string) =>
    problems.push({
      file: plan.file,
      ...plan.placeOf(path),
      reason,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  for (const [name, stream] of Object.entries(plan.value.streams)) {
    if (stream.source === stream.target) {
      complain(["streams", name, "target"], `the target of "${name}" is its source, "${stream.source}".`);
    }
    const from = new Set<string>();
    const to = new Set<string>();
    stream.tables.forEach((table, index) => {
      const at = ["streams", name, "tables", index];
      if (from.has(table.from)) complain([...at, "from"], `${table.from} is already read by this stream.`);
      if (to.has(table.to)) complain([...at, "to"], `${table.to} is already written by this stream.`);
      from.add(table.from);
      to.add(table.to);
      table.key.forEach((column, place) => complainOfKey(table, column, [...at, "key", place], complain));
    });
  }
  return problems;
}

function complainOfKey(
  table: Streams["value"]["streams"][string]["tables"][number],
  column: string,
  path: Path,
  complain: (path: Path, reason: string, suggestion?: string) => void,
): void {
  const mapped = table.columns[column];
  const guess = nearest(column, Object.keys(table.columns));
  if (mapped === undefined) {
    complain(
      path,
      `the key "${column}" is not among the columns of ${table.to}.`,
      guess === undefined ? "Name it under columns." : `Did you mean "${guess}"?`,
    );
  } else if (typeof mapped !== "string") {
    complain(
      path,
      `the key "${column}" is an expression; a row must keep its name on the way.`,
      "Map it to a plain column.",
    );
  }
}
