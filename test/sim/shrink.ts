// From a schedule that fails to a smaller one that still does: less that happens, fewer faults, fewer kinds of either. A smaller one
// need not fail in the same way; whatever it breaks was promised too.

import { runSchedule, type ScheduleOptions, type ScheduleResult } from "./schedule.ts";
import { FAULTS } from "./world.ts";

export type Shrunk = { options: ScheduleOptions; result: ScheduleResult };

/** Tries at most `tries` smaller schedules of the same seed. */
export async function shrink(seed: number, options: ScheduleOptions, tries = 400): Promise<Shrunk> {
  let smallest = { options, result: await runSchedule(seed, options) };
  let left = tries;
  for (let found = true; found && left > 0;) {
    found = false;
    for (const smaller of smallerOnes(smallest.options)) {
      if ((left -= 1) < 0) break;
      const result = await runSchedule(seed, smaller);
      if (result.violation === undefined || result.steps > smallest.result.steps) continue;
      smallest = { options: smaller, result };
      found = true;
      break;
    }
  }
  return { ...smallest, result: await runSchedule(seed, { ...smallest.options, traced: true }) };
}

// --- internal ---

const OPERATIONS = ["rekeys", "swaps", "truncates", "notes", "subtransactions", "prepared"];

function* smallerOnes(options: ScheduleOptions): Generator<ScheduleOptions> {
  const { transactions, faults, kinds, without, unlocked, twoPhase } = options;
  if (transactions > 4) yield { ...options, transactions: Math.floor(transactions / 2) };
  if (faults > 0) yield { ...options, faults: 0 };
  if (unlocked) yield { ...options, unlocked: false };
  if (twoPhase) yield { ...options, twoPhase: false };
  if (faults > 1) yield { ...options, faults: faults - 1 };
  for (const operation of OPERATIONS) {
    if (!without.includes(operation)) yield { ...options, without: [...without, operation] };
  }
  if (faults > 0 && kinds.length > 1) {
    for (const kind of FAULTS)
      if (kinds.includes(kind)) yield { ...options, kinds: kinds.filter((each) => each !== kind) };
  }
  if (transactions > 1) yield { ...options, transactions: transactions - 1 };
}
