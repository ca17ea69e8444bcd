/** Milliseconds since a run's start, with fractions. */
export type Clock = { now: () => number };

export function startClock(): Clock {
  const startedAt = performance.now();
  return { now: () => performance.now() - startedAt };
}

/**
 * Waits until the clock shows `dueMs`, or returns early when the signal is given. Node's timers know whole milliseconds
 * only and may fire one late; at fast servers that is as long as an answer takes. So the timer is set for the whole
 * milliseconds, and what is left is waited turn by turn.
 */
export function waitUntil(clock: Clock, dueMs: number, signal?: AbortSignal): Promise<void> {
  if (clock.now() >= dueMs || signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = () => {
      signal?.removeEventListener("abort", finish);
      clearTimeout(timer);
      resolve();
    };
    const turn = () => {
      if (clock.now() >= dueMs || signal?.aborted) finish();
      else setImmediate(turn);
    };
    const timer = setTimeout(turn, Math.max(0, Math.floor(dueMs - clock.now())));
    signal?.addEventListener("abort", finish);
  });
}
