// Time of the simulated world. While it is installed, timers fire only when the schedule says so, and clocks show only what the
// schedule has let pass: the same seed then gives the same run on any machine, however busy.

type Timer = { id: number; at: number; every: number | undefined; run: () => void };

export type SimulatedTime = {
  /** Fires the timer that is due next, if there is one. */
  fireNext: () => boolean;
  hasTimers: () => boolean;
  now: () => number;
  /** What the process that was killed had set goes with it. */
  forgetTimers: () => void;
  /** Gives the real clocks back. */
  remove: () => void;
};

export function installTime(): SimulatedTime {
  const real = {
    setTimeout,
    clearTimeout,
    setInterval,
    clearInterval,
    dateNow: Date.now,
    now: performance.now.bind(performance),
  };
  let now = 0;
  let serial = 0;
  let timers: Timer[] = [];

  const set = (run: () => void, delay: number | undefined, isRepeated: boolean) => {
    const every = Math.max(1, delay ?? 1);
    timers.push({ id: (serial += 1), at: now + every, every: isRepeated ? every : undefined, run });
    return handle(serial);
  };
  const clear = (given: unknown) => {
    const id = Number(given);
    timers = timers.filter((timer) => timer.id !== id);
  };
  Object.assign(globalThis, {
    setTimeout: (run: () => void, delay?: number) => set(run, delay, false),
    setInterval: (run: () => void, delay?: number) => set(run, delay, true),
    clearTimeout: clear,
    clearInterval: clear,
  });
  Date.now = () => EPOCH + Math.floor(now);
  performance.now = () => now;

  return {
    fireNext() {
      let next: Timer | undefined;
      for (const timer of timers) if (next === undefined || timer.at < next.at) next = timer;
      if (next === undefined) return false;
      now = Math.max(now, next.at);
      if (next.every === undefined) clear(next.id);
      else next.at = now + next.every;
      next.run();
      return true;
    },
    hasTimers: () => timers.length > 0,
    now: () => now,
    forgetTimers: () => {
      timers = [];
    },
    remove() {
      const { dateNow, now: performanceNow, ...functions } = real;
      Object.assign(globalThis, functions);
      Date.now = dateNow;
      performance.now = performanceNow;
    },
  };
}

const turn = setImmediate;

/** Resolves when every promise that can go on without the world has gone on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    turn(resolve);
  });
}

// --- internal ---

const EPOCH = Date.UTC(2026, 0, 1);

function handle(id: number) {
  return { [Symbol.toPrimitive]: () => id, unref: () => undefined, ref: () => undefined };
}
