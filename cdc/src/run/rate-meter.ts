/** How much a counter has grown per second over the last seconds. */
export type RateMeter = { start: (read: () => number) => void; perSecond: () => number; close: () => void };

export function createRateMeter(): RateMeter {
  const samples: { at: number; count: number }[] = [];
  let timer: NodeJS.Timeout | undefined;
  return {
    start(read) {
      timer = setInterval(() => {
        samples.push({ at: performance.now(), count: read() });
        if (samples.length > WINDOW) samples.shift();
      }, 1000);
      // Looking at the rate is no reason to live on.
      timer.unref();
    },
    perSecond() {
      const first = samples[0];
      const last = samples.at(-1);
      if (first === undefined || last === undefined || last.at === first.at) return 0;
      return Math.max(0, Math.round(((last.count - first.count) * 1000) / (last.at - first.at)));
    },
    close: () => clearInterval(timer),
  };
}

// --- internal ---

const WINDOW = 5;
