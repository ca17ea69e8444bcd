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

export function errorBlock({ control, candidate }: Sides, rule: WatchRule): Block {
  return { control: errorShare(control, rule), candidate: errorShare(candidate, rule) };
}

export function slowBlock({ control, candidate }: Sides, cut: Cut): Block {
  return { control: slowShare(control, cut.control), candidate: slowShare(candidate, cut.candidate) };
}

/**
 * From which slot on requests are slow: on the control's side a twentieth of what came lately, on the candidate's side those that take
 * `times` as long and at least `ms` more. undefined while too little is known of the control.
 */
export function cutOf(lately: readonly number[], { times, ms }: NonNullable<WatchRule["slower"]>): Cut | undefined {
  const all = lately.reduce((sum, each) => sum + each, 0);
  if (all < ENOUGH_FOR_A_QUANTILE) return undefined;
  let upTo = 0;
  const control = lately.findIndex((inSlot) => (upTo += inSlot) >= FAST * all);
  const endMs = slotEndMs(control);
  const candidate = slotOf(Math.max(times * endMs, endMs + ms));
  // The last slot has no end: beyond it there is nothing.
  return control < 0 || candidate >= SLOTS - 1 ? undefined : { control, candidate };
}

/** The share of the control's requests that count as slow, if tomorrow is like yesterday. */
export const SLOW_AS_A_RULE = 0.05;

// --- internal ---

const FAST = 1 - SLOW_AS_A_RULE;
const ENOUGH_FOR_A_QUANTILE = 50;

function errorShare({ requests, faults, statusClasses }: Series, { clientErrors }: WatchRule): Share {
  return { count: faults + (clientErrors ? (statusClasses[4] ?? 0) : 0), of: requests };
}

function slowShare({ slots, requests }: Series, cut: number): Share {
  let count = 0;
  for (let slot = cut + 1; slot < SLOTS; slot += 1) count += slots[slot] ?? 0;
  return { count, of: requests };
}

function difference(before: Series, after: Series): Series | undefined {
  if (after.requests < before.requests || after.faults < before.faults) return undefined;
  const minus = (a: readonly number[], b: readonly number[]) => a.map((value, index) => value - (b[index] ?? 0));
  return {
    ...after,
    requests: after.requests - before.requests,
    faults: after.faults - before.faults,
    rescued: after.rescued - before.rescued,
    errors: after.errors - before.errors,
    failures: after.failures - before.failures,
    durationMsSum: after.durationMsSum - before.durationMsSum,
    statusClasses: minus(after.statusClasses, before.statusClasses),
    slots: minus(after.slots, before.slots),
  };
}
