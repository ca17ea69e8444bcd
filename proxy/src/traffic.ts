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

/** The slots of a histogram: four to each doubling, from 0.1 ms to 37 s, and one for all that took longer. */
export const SLOTS = 76;

/** The upper end of a slot, in milliseconds. Two neighbours are 19 % apart. */
export function slotEndMs(slot: number): number {
  return slot >= SLOTS - 1 ? Number.POSITIVE_INFINITY : 0.1 * 2 ** (slot / 4);
}

/** The slot of a duration in milliseconds. */
export function slotOf(durationMs: number): number {
  if (durationMs <= 0.1) return 0;
  return Math.min(SLOTS - 1, Math.ceil(4 * Math.log2(durationMs * 10)));
}

/** The series of one route and side: plain data, so that those of several workers can be added up. */
export type Series = SideCount & {
  route: string;
  side: Side;
  /** Requests that the side's upstream did not serve well: a status of 500 or more, or no whole answer. What the watch judges by. */
  faults: number;
  /** Of these, how many the monolith answered in its stead. */
  rescued: number;
  /** Answers by class, "1xx" to "5xx" at index 1 to 5. */
  statusClasses: number[];
  /** Requests per slot of duration: `slotEndMs`. */
  slots: number[];
};

/** What has passed since the edge started. Kept across reloads: a flip must not reset what it is judged by. */
export type Traffic = {
  /** `failed`: the side's upstream gave no whole answer. `rescued`: the customer got one all the same, from the monolith. */
  record: (route: string, side: Side, status: number, durationMs: number, failed: boolean, rescued?: boolean) => void;
  all: () => Series[];
};

/** The name under which requests without a route are counted. No route's id contains a blank. */
export const NO_ROUTE = "(no route)";

export function createTraffic(): Traffic {
  const routes = new Map<string, Record<Side, Series>>();
  return {
    record: (route, side, status, durationMs, failed, rescued = false) => {
      let both = routes.get(route);
      if (both === undefined) routes.set(route, (both = emptyPair(route)));
      count(both[side], status, durationMs, failed, rescued);
    },
    all: () => [...routes.values()].flatMap(({ monolith, service }) => [monolith, service]),
  };
}

/** The series of a route that nobody has asked for. */
export function emptySeries(route: string, side: Side): Series {
  return {
    route,
    side,
    requests: 0,
    errors: 0,
    failures: 0,
    faults: 0,
    rescued: 0,
    durationMsSum: 0,
    statusClasses: [0, 0, 0, 0, 0, 0],
    slots: Array.from({ length: SLOTS }, () => 0),
  };
}

/**
 * The duration that a share `quantile` (0..1) of the requests did not exceed, in milliseconds: the upper end of its slot, so at
 * most 19 % too much. undefined without requests.
 */
export function quantileMs(slots: readonly number[], quantile: number): number | undefined {
  const all = slots.reduce((sum, inSlot) => sum + inSlot, 0);
  if (all === 0) return undefined;
  let upTo = 0;
  const slot = slots.findIndex((inSlot) => (upTo += inSlot) >= quantile * all);
  return slotEndMs(slot);
}

// --- internal ---

function emptyPair(route: string): Record<Side, Series> {
  return { monolith: emptySeries(route, "monolith"), service: emptySeries(route, "service") };
}

function count(series: Series, status: number, durationMs: number, failed: boolean, rescued: boolean): void {
  series.requests += 1;
  if (status >= 500) series.errors += 1;
  if (failed) series.failures += 1;
  if (failed || status >= 500) series.faults += 1;
  if (rescued) series.rescued += 1;
  series.durationMsSum += durationMs;
  increase(series.statusClasses, Math.floor(status / 100));
  increase(series.slots, slotOf(durationMs));
}

function increase(counts: number[], index: number): void {
  counts[index] = (counts[index] ?? 0) + 1;
}
