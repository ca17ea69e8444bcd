import type { EdgeReport } from "../../edge.ts";
import { emptySeries, slotEndMs, SLOTS, type Series, type Side } from "../../traffic.ts";

// Edges count from their start and never forget. What happened in a slice of time is the difference of two such counts; the
// newest slices are kept, finely for minutes and coarsely for hours, in arrays whose size is known beforehand.

/** One side of a route in one slice of time. Never without requests. */
export type Slice = {
  requests: number;
  errors: number;
  seconds: number;
  /** Milliseconds; of the slice and the time before it, `TRAILING_MS`, because a few requests have no percentiles. */
  p50: number;
  p95: number;
  p99: number;
};

export type Step = "fine" | "coarse";

/** Slices in order of time, the last one ending at `endsAt`; undefined where nothing was counted. */
export type Trend = {
  endsAt: number;
  stepMs: number;
  /** The first slice that was watched at all; before it nothing is known. */
  knownFrom: number;
  slices: (Slice | undefined)[];
};

export type History = {
  /** Takes the counts of now, about once a second. After a pause the slices between share what was counted. */
  add: (at: number, report: Pick<EdgeReport, "series">) => void;
  /** Of a route, or of `ALL_ROUTES`. */
  trend: (route: string, side: Side, step: Step) => Trend;
  /** Requests a second in each five of the last 300 seconds; nothing for a side that has had none. Cheap, for long lists. */
  rates: (route: string, side: Side) => (number | undefined)[];
  /** The last minute as one slice; undefined where nothing was counted. */
  lately: (route: string, side: Side) => Slice | undefined;
};

/** 1 s for 5 min and 10 s for 2 h. */
export const STEPS = { fine: { ms: 1_000, slices: 300 }, coarse: { ms: 10_000, slices: 720 } } as const;

/** Percentiles look back this far. */
export const TRAILING_MS = { fine: 10_000, coarse: 60_000 } as const;

/** The name under which all routes together are kept, and the requests without a route. No route's id contains a blank. */
export const ALL_ROUTES = "(all routes)";

/** Routes beyond this number have no past: about 200 kB are kept for each that has traffic. */
export const REMEMBERED_ROUTES = 512;

export function createHistory(): History {
  const steps = { fine: createStep("fine"), coarse: createStep("coarse") };
  // Of the last minute, oldest first. What has not changed from one to the next is shared.
  let recent: Snapshot[] = [];

  return {
    add: (at, report) => {
      const newest = takeSnapshot(at, report, recent.at(-1));
      recent = [...recent.filter((older) => older.at >= at - LATELY_MS), newest];
      steps.fine.add(newest, recent);
      steps.coarse.add(newest, recent);
    },
    trend: (route, side, step) => steps[step].trend(keyOf(route, side)),
    rates: (route, side) => steps.fine.rates(keyOf(route, side), SECONDS_A_RATE),
    lately: (route, side) => {
      const [oldest, newest] = [recent[0], recent.at(-1)];
      return oldest && newest && sliceBetween(oldest, newest, keyOf(route, side));
    },
  };
}

// --- internal ---

type Counted = Pick<Series, "requests" | "errors" | "slots">;
const UNCOUNTED: Counted = { requests: 0, errors: 0, slots: [] };

type Snapshot = { at: number; series: ReadonlyMap<string, Counted> };

const LATELY_MS = 60_000;
const SECONDS_A_RATE = 5;
const QUANTILES = [0.5, 0.95, 0.99] as const;
// tick, requests, errors, seconds, p50, p95, p99
const COLUMNS = 7;

function keyOf(route: string, side: Side): string {
  return `${side} ${route}`;
}

// Copies what has changed, because an edge in this process goes on counting in the same arrays; the rest is shared.
function takeSnapshot(at: number, { series }: Pick<EdgeReport, "series">, before: Snapshot | undefined): Snapshot {
  const copies = [...series, sumOf(series, "monolith"), sumOf(series, "service")].map(
    ({ route, side, requests, errors, slots }) => {
      const key = keyOf(route, side);
      const known = before?.series.get(key);
      const same = known !== undefined && known.requests === requests;
      return [key, same ? known : { requests, errors, slots: [...slots] }] as const;
    },
  );
  return { at, series: new Map(copies) };
}

function sumOf(all: readonly Series[], side: Side): Series {
  const sum = emptySeries(ALL_ROUTES, side);
  for (const series of all) {
    if (series.side !== side || series.requests === 0) continue;
    sum.requests += series.requests;
    sum.errors += series.errors;
    for (let slot = 0; slot < SLOTS; slot += 1) sum.slots[slot] = (sum.slots[slot] ?? 0) + (series.slots[slot] ?? 0);
  }
  return sum;
}

function sliceBetween(before: Snapshot, after: Snapshot, key: string, trailing = before): Slice | undefined {
  const counted = after.series.get(key);
  const known = before.series.get(key);
  if (counted === undefined || counted === known || before === after) return undefined;
  const base = baseOf(known, counted);
  const requests = counted.requests - base.requests;
  if (requests === 0) return undefined;
  const [p50 = 0, p95 = 0, p99 = 0] = percentilesBetween(baseOf(trailing.series.get(key), counted), counted);
  const errors = Math.max(0, counted.errors - base.errors);
  return { requests, errors, seconds: (after.at - before.at) / 1_000, p50, p95, p99 };
}

// A count that is smaller than before belongs to a worker that was replaced: all of it is new.
function baseOf(before: Counted | undefined, after: Counted): Counted {
  return before === undefined || before.requests > after.requests ? UNCOUNTED : before;
}

// One pass for all three: this is done for every side of every busy route, every second.
function percentilesBetween(before: Counted, after: Counted): number[] {
  const all = after.requests - before.requests;
  const percentiles: number[] = [];
  let upTo = 0;
  for (let slot = 0; slot < SLOTS && percentiles.length < QUANTILES.length; slot += 1) {
    upTo += Math.max(0, (after.slots[slot] ?? 0) - (before.slots[slot] ?? 0));
    while (upTo >= all * (QUANTILES[percentiles.length] ?? 2)) percentiles.push(slotEndMs(slot));
  }
  return percentiles;
}

function createStep(step: Step) {
  const { ms, slices } = STEPS[step];
  const rings = new Map<string, Float64Array>();
  const tickOf = (at: number) => Math.floor(at / ms);
  let last: Snapshot | undefined;
  let firstTick = Number.POSITIVE_INFINITY;

  function ringFor(key: string): Float64Array | undefined {
    const known = rings.get(key);
    if (known !== undefined || rings.size >= REMEMBERED_ROUTES * 2) return known;
    const ring = new Float64Array(slices * COLUMNS);
    rings.set(key, ring);
    return ring;
  }

  function write(key: string, slice: Slice, from: number, to: number): void {
    const ring = ringFor(key);
    const { requests, errors, seconds, p50, p95, p99 } = slice;
    for (let tick = Math.max(from, to - slices + 1); tick <= to; tick += 1) {
      ring?.set([tick, requests, errors, seconds, p50, p95, p99], (tick % slices) * COLUMNS);
    }
  }

  return {
    add: (snapshot: Snapshot, recent: readonly Snapshot[]) => {
      const before = last;
      const tick = tickOf(snapshot.at);
      if (before !== undefined && tick <= tickOf(before.at)) return;
      last = snapshot;
      if (before === undefined) return;
      const from = tickOf(before.at) + 1;
      firstTick = Math.min(firstTick, from);
      const trailing = recent.find(({ at }) => at >= snapshot.at - TRAILING_MS[step]);
      for (const key of snapshot.series.keys()) {
        const slice = sliceBetween(before, snapshot, key, trailing);
        if (slice !== undefined) write(key, slice, from, tick);
      }
    },
    trend: (key: string): Trend => {
      const ring = rings.get(key);
      const oldest = tickOf(last?.at ?? 0) - slices + 1;
      const ticks = Array.from({ length: slices }, (_, index) => oldest + index);
      return {
        endsAt: (oldest + slices) * ms,
        stepMs: ms,
        knownFrom: Math.min(slices, Math.max(0, firstTick - oldest)),
        slices: ticks.map((tick) => ring && readSlice(ring, tick, slices)),
      };
    },
    rates: (key: string, size: number): (number | undefined)[] => {
      const ring = rings.get(key);
      if (ring === undefined) return [];
      const first = tickOf(last?.at ?? 0) - slices + 1;
      return Array.from({ length: slices / size }, (_, group) => {
        const from = first + group * size;
        return from + size <= firstTick ? undefined : rateIn(ring, from, size, slices);
      });
    },
  };
}

// The average of a few slices, without making objects of them.
function rateIn(ring: Float64Array, from: number, size: number, slices: number): number {
  let sum = 0;
  for (let tick = from; tick < from + size; tick += 1) {
    const start = (tick % slices) * COLUMNS;
    if (tick >= 0 && ring[start] === tick) sum += (ring[start + 1] ?? 0) / (ring[start + 3] ?? 1);
  }
  return sum / size;
}

function readSlice(ring: Float64Array, tick: number, slices: number): Slice | undefined {
  const start = (tick % slices) * COLUMNS;
  // A row that an earlier round has left is not of this slice.
  if (tick < 0 || ring[start] !== tick) return undefined;
  const [requests = 0, errors = 0, seconds = 0, p50 = 0, p95 = 0, p99 = 0] = ring.subarray(start + 1, start + COLUMNS);
  return { requests, errors, seconds, p50, p95, p99 };
}
