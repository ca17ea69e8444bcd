import { slotEndMs, slotOf, SLOTS, type Series } from "../traffic.ts";
import type { Block, Share } from "./growth.ts";
import type { WatchRule } from "./watch-rule.ts";

/** Both sides of a route: cumulative counters, or the difference of two such. */
export type Sides = { readonly control: Series; readonly candidate: Series };

/** Beyond which slot of the histogram a request counts as slow, on either side. */
export type Cut = { readonly control: number; readonly candidate: number };

/** What has happened between two reports. undefined when the counters have gone back: an edge has begun anew. */
export function between(before: Sides, after: Sides): Sides | undefined {
  const control = difference(before.control, after.control);
  const candidate = difference(before.candidate, after.candidate);
  return control && candidate && { control, candidate };
}

export function errorBlock({ control, candidate }: Sides, { clientErrors }: WatchRule): Block {
  return { control: errorShare(control, clientErrors), candidate: errorShare(candidate, clientErrors) };
}

export function slowBlock({ control, candidate }: Sides, cut: Cut): Block {
  return { control: beyond(control.slots, cut.control), candidate: beyond(candidate.slots, cut.candidate) };
}

/** Of so many requests, how many lie beyond a slot. */
export function beyond(slots: readonly number[], cut: number): Share {
  let of = 0;
  let count = 0;
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const inSlot = slots[slot] ?? 0;
    of += inSlot;
    if (slot > cut) count += inSlot;
  }
  return { count, of };
}

/**
 * From which slot on requests are slow: on the control's side what lies beyond a quantile of the control lately, on the candidate's side
 * what takes `times` as long and at least `ms` more. undefined while too little is known of the control.
 */
export function cutOf(
  lately: readonly number[],
  quantile: number,
  { times, ms }: NonNullable<WatchRule["slower"]>,
): Cut | undefined {
  const all = lately.reduce((sum, inSlot) => sum + inSlot, 0);
  if (all < ENOUGH_FOR_A_QUANTILE) return undefined;
  let upTo = 0;
  const control = lately.findIndex((inSlot) => (upTo += inSlot) >= quantile * all);
  const endMs = slotEndMs(control);
  const candidate = slotOf(Math.max(times * endMs, endMs + ms));
  // The last slot has no end: beyond it there is nothing.
  return control < 0 || candidate >= SLOTS - 1 ? undefined : { control, candidate };
}

/** The durations that a cut stands for. */
export function cutMs({ control, candidate }: Cut): { control: number; candidate: number } {
  return { control: slotEndMs(control), candidate: slotEndMs(candidate) };
}

// --- internal ---

const ENOUGH_FOR_A_QUANTILE = 50;

function errorShare({ requests, faults, statusClasses }: Series, clientErrors: boolean): Share {
  return { count: faults + (clientErrors ? (statusClasses[4] ?? 0) : 0), of: requests };
}

function difference(before: Series, after: Series): Series | undefined {
  if (after.requests < before.requests || after.faults < before.faults) return undefined;
  return {
    ...after,
    requests: after.requests - before.requests,
    faults: after.faults - before.faults,
    statusClasses: minus(after.statusClasses, before.statusClasses),
    slots: minus(after.slots, before.slots),
  };
}

function minus(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, index) => value - (b[index] ?? 0));
}
