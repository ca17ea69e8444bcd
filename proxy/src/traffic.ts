import type { Decision } from "./decide.ts";

/** What is counted of the requests of one route on one side. */
export type SideCount = {
  requests: number;
  /** Answers with a status of 500 or more, whoever gave them. */
  errors: number;
  /** Times that the upstream gave no answer, or not a whole one. */
  failures: number;
  durationMsSum: number;
};

export type Side = Decision["side"];

/** Upper ends of the duration buckets, in seconds. */
export const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

/** The series of one route and side. `slots` counts requests per duration bucket, the last one those above all ends. */
export type Series = SideCount & { route: string; side: Side; statusClasses: Map<string, number>; slots: number[] };

/** What has passed since the proxy started. Kept across reloads: a flip must not reset what it is judged by. */
export type Traffic = {
  record: (route: string, side: Side, status: number, durationMs: number, failed: boolean) => void;
  all: () => Iterable<Series>;
  find: (route: string, side: Side) => SideCount;
};

/** The name under which requests without a route are counted. No route's id contains a blank. */
export const NO_ROUTE = "(no route)";

export function createTraffic(): Traffic {
  const series = new Map<string, Series>();
  return {
    record: (route, side, status, durationMs, failed) => {
      const key = `${side} ${route}`;
      let one = series.get(key);
      if (one === undefined) series.set(key, (one = emptySeries(route, side)));
      count(one, status, durationMs, failed);
    },
    all: () => series.values(),
    find: (route, side) => {
      const { requests, errors, failures, durationMsSum } = series.get(`${side} ${route}`) ?? emptySeries(route, side);
      return { requests, errors, failures, durationMsSum };
    },
  };
}

// --- internal ---

function emptySeries(route: string, side: Side): Series {
  return {
    route,
    side,
    requests: 0,
    errors: 0,
    failures: 0,
    durationMsSum: 0,
    statusClasses: new Map(),
    slots: Array.from({ length: DURATION_BUCKETS.length + 1 }, () => 0),
  };
}

function count(series: Series, status: number, durationMs: number, failed: boolean): void {
  series.requests += 1;
  if (status >= 500) series.errors += 1;
  if (failed) series.failures += 1;
  series.durationMsSum += durationMs;
  const statusClass = `${Math.floor(status / 100)}xx`;
  series.statusClasses.set(statusClass, (series.statusClasses.get(statusClass) ?? 0) + 1);
  const found = DURATION_BUCKETS.findIndex((end) => durationMs <= end * 1000);
  const slot = found === -1 ? DURATION_BUCKETS.length : found;
  series.slots[slot] = (series.slots[slot] ?? 0) + 1;
}
