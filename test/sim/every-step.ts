// Small scope, all of it: of one schedule that runs without faults, every step is taken as the moment of every fault, alone and, for the first
// steps, two by two. What chance might pass by is gone through here.

import { optionsOf, runSchedule, type ScheduleOptions, type ScheduleResult } from "./schedule.ts";
import { FAULTS, type Fault } from "./world.ts";

export type EveryStepOptions = {
  seed: number;
  transactions: number;
  /** Pairs of faults are tried this many steps apart at most; 0 for single ones only. */
  apart: number;
};

/** Answers the results that break a promise, and how many schedules there were. */
export async function tryEveryStep({ seed, transactions, apart }: EveryStepOptions) {
  const calm: ScheduleOptions = { ...optionsOf(seed), transactions, faults: 0, unlocked: false };
  const { steps } = await runSchedule(seed, calm);
  const failures: ScheduleResult[] = [];
  let schedules = 0;
  for (const at of moments(steps, apart)) {
    const result = await runSchedule(seed, { ...calm, at });
    schedules += 1;
    if (result.violation !== undefined) failures.push(result);
  }
  return { schedules, failures };
}

// --- internal ---

function* moments(steps: number, apart: number): Generator<{ step: number; fault: Fault }[]> {
  for (let step = 0; step < steps; step += 1) {
    for (const fault of FAULTS) {
      yield [{ step, fault }];
      for (let later = 1; later <= apart; later += 1) {
        for (const second of FAULTS)
          yield [
            { step, fault },
            { step: step + later, fault: second },
          ];
      }
    }
  }
}
