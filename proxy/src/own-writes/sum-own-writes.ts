import type { OwnWritesReport } from "./own-writes.ts";
import type { StreamState } from "./stream-follower.ts";

/** Adds up what several workers have seen. A stream is as far as the worker that knows least, and reachable when all reach it. */
export function sumOwnWrites(reports: readonly OwnWritesReport[]): OwnWritesReport {
  return {
    writes: reports.reduce((sum, { writes }) => sum + writes, 0),
    withoutPosition: merge(reports, "withoutPosition", "stream", (a, b) => ({ ...a, writes: a.writes + b.writes })),
    held: merge(reports, "held", "route", (a, b) => ({ ...a, requests: a.requests + b.requests })),
    streams: merge(reports, "streams", "name", leastOf),
  };
}

// --- internal ---

type Lists = Omit<OwnWritesReport, "writes">;

function merge<Field extends keyof Lists>(
  reports: readonly OwnWritesReport[],
  field: Field,
  name: keyof Lists[Field][number],
  add: (a: Lists[Field][number], b: Lists[Field][number]) => Lists[Field][number],
): Lists[Field] {
  const sums = new Map<unknown, Lists[Field][number]>();
  for (const entry of reports.flatMap((report) => report[field] as readonly Lists[Field][number][])) {
    const known = sums.get(entry[name]);
    sums.set(entry[name], known === undefined ? entry : add(known, entry));
  }
  return [...sums.values()] as Lists[Field];
}

function leastOf(a: StreamState, b: StreamState): StreamState {
  const [least = a] = [a, b].toSorted((one, other) => ((one.applied ?? "") < (other.applied ?? "") ? -1 : 1));
  return { ...least, reachable: a.reachable && b.reachable, problem: a.problem ?? b.problem };
}
