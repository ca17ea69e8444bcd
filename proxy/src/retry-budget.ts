/** How many requests may be sent a second time: a share of those sent a first time, so that trouble is not multiplied. */
export type RetryBudget = {
  /** A request is sent for the first time. */
  deposit: () => void;
  /** False: the budget is used up, and the request has failed for good. */
  withdraw: () => boolean;
};

/**
 * A bucket of tokens: every first asking puts `share` of one in, every further asking takes a whole one out. `atFirst` are there from
 * the start, so that a service without much traffic is not left alone; there are never more than `atMost`.
 */
export function createRetryBudget({ share = 0.2, atFirst = 100, atMost = 1_000 } = {}): RetryBudget {
  let tokens = atFirst;
  return {
    deposit: () => {
      tokens = Math.min(atMost, tokens + share);
    },
    withdraw: () => {
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
