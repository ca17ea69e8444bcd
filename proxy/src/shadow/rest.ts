/**
 * Leaves a candidate alone that gives no answers: after several failures in a row it is asked once in a while, at growing
 * distances, until it answers. Asking costs the proxy CPU that customers need, and a sick service does not need questions.
 */
export type Rest = {
  /** Whether it may be asked now. True is permission for one question. */
  mayAsk: () => boolean;
  answered: () => void;
  failed: () => void;
};

/** `now` in milliseconds, by a clock that only goes forward. */
export function createRest(now: () => number = () => performance.now()): Rest {
  let failures = 0;
  let until = 0;

  const pauseMs = () => Math.min(LONGEST_MS, SHORTEST_MS * 2 ** (failures - PATIENCE));
  return {
    mayAsk: () => {
      if (failures < PATIENCE) return true;
      if (now() < until) return false;
      // One question at a time: the next may come when this one has had its time.
      until = now() + pauseMs();
      return true;
    },
    answered: () => {
      failures = 0;
    },
    failed: () => {
      failures += 1;
      until = now() + pauseMs();
    },
  };
}

// --- internal ---

const PATIENCE = 5;
const SHORTEST_MS = 100;
const LONGEST_MS = 5_000;
