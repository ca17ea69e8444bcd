// A schedule: one world, and a choice of what happens next, again and again, until all work is done and everything has come to rest.
// Everything follows from the seed.

import { createRandom, type Random } from "../fuzz/random.ts";
import { installTime } from "./time.ts";
import { createWorld, FAULTS, Violation, type Fault, type Step, type World, type WorldOptions } from "./world.ts";

export type ScheduleOptions = WorldOptions & {
  /** How many faults may happen by chance. */
  faults: number;
  /** Kinds of faults that may. */
  kinds: readonly Fault[];
  /** Faults that happen at a given step, for going through all of them. */
  at: readonly { step: number; fault: Fault }[];
  /** Whoever is not at rest by then will never be. */
  mostSteps: number;
  /** Keeps a line for every step. */
  traced: boolean;
};

export type ScheduleResult = {
  seed: number;
  steps: number;
  faults: number;
  /** What did not hold; undefined when all did. */
  violation: string | undefined;
  trace: readonly string[];
};

/** What a seed stands for, unless told otherwise. */
export function optionsOf(seed: number): ScheduleOptions {
  const random = createRandom(seed, 0);
  const pieceBytes = 40 + random.below(600);
  return {
    transactions: random.chance(3) ? 40 : 3 + random.below(8),
    without: [],
    limits: {
      pieceBytes,
      pieceChanges: 1 + random.below(8),
      // As in earnest, a piece is only a part of what may wait: else it would wait for its own end.
      waitingBytes: 2 * pieceBytes + 200 + random.below(1_000),
    },
    twoPhase: random.chance(50),
    unlocked: random.chance(15),
    faults: random.below(5),
    kinds: FAULTS,
    at: [],
    mostSteps: 20_000,
    traced: false,
  };
}

/** Runs one. Two of them may not run at the same time: the clocks are the process's. */
export async function runSchedule(seed: number, options = optionsOf(seed)): Promise<ScheduleResult> {
  const time = installTime();
  const random = createRandom(seed, 3);
  const trace: string[] = [];
  const tell = (line: string) => {
    if (options.traced) trace.push(line);
  };
  const world = createWorld(seed, options, time);
  // A promise that fails and that nobody listens to ends a real process.
  const onUnheard = (error: unknown) => world.fail(`an error that nobody hears: ${String(error)}`);
  process.on("unhandledRejection", onUnheard);
  let steps = 0;
  let faults = 0;
  try {
    for (; !world.isAtRest(); steps += 1) {
      if (steps > options.mostSteps) throw new Violation(`it does not come to rest: ${world.describe()}`);
      const fault = faultAt(steps, faults, options, random, world);
      const did = fault === undefined ? take(world.steps(), random) : world.fault(fault);
      if (fault !== undefined && did !== undefined) faults += 1;
      if (did !== undefined && did !== "") tell(`${steps} ${did}`);
      await world.look();
    }
    world.lookBack();
    return { seed, steps, faults, violation: undefined, trace };
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    return { seed, steps, faults, violation: error.message, trace };
  } finally {
    world.close();
    process.off("unhandledRejection", onUnheard);
    time.remove();
  }
}

// --- internal ---

function faultAt(step: number, soFar: number, { faults, kinds, at }: ScheduleOptions, random: Random, world: World) {
  const planned = at.find((each) => each.step === step);
  if (planned !== undefined) return planned.fault;
  if (soFar >= faults || kinds.length === 0 || world.workIsOver() || !random.chance(4)) return undefined;
  return random.pick(kinds);
}

function take(steps: readonly Step[], random: Random): string | undefined {
  const total = steps.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) throw new Violation("nothing can happen any more");
  let draw = random.below(total);
  for (const step of steps) {
    draw -= step.weight;
    if (draw < 0) return step.take() ?? undefined;
  }
  return undefined;
}
