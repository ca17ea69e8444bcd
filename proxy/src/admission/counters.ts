import cluster from "node:cluster";
import { createHash } from "node:crypto";
import type { Logger } from "@strangler/platform";
import {
  RateLimiterCluster,
  RateLimiterClusterMaster,
  RateLimiterMemory,
  type RateLimiterRes,
} from "rate-limiter-flexible";
import type { LimitPlan } from "./admission-plan.ts";
import { createKeyBudget, type KeyBudget } from "./key-budget.ts";

/** How many requests were counted in the window that is open, this one included, and when it ends. */
export type Count = { requests: number; endsInMs: number };

export type Counters = {
  /** Counts one request. Never rejects. */
  count: (limit: LimitPlan, key: string) => Promise<Count>;
  /** Counts that other workers could not be asked about, and that were made by this one alone. */
  alone: () => number;
};

/** In the process that leads the workers: keeps the counts that they share. */
export function shareCounters(): void {
  new RateLimiterClusterMaster();
}

/** The counts of all limits. With several workers they are shared, over the channel between workers and their leader. */
export function createCounters(log: Logger): Counters {
  const own = new RateLimiterMemory(STORE);
  const shared = cluster.isWorker ? new RateLimiterCluster({ ...STORE, timeoutMs: 500 }) : undefined;
  const budgets = new Map<string, KeyBudget>();
  let alone = 0;

  function budgetOf(limit: LimitPlan): KeyBudget {
    const name = `${limit.id} ${limit.perSeconds}`;
    let budget = budgets.get(name);
    if (budget === undefined) {
      budget = createKeyBudget(limit.perSeconds * 1_000);
      if (budgets.size >= MOST_BUDGETS) budgets.clear();
      budgets.set(name, budget);
    }
    return budget;
  }

  async function consume(key: string, customDuration: number): Promise<RateLimiterRes> {
    if (shared === undefined) return own.consume(key, 1, { customDuration });
    try {
      return await shared.consume(key, 1, { customDuration });
    } catch (error) {
      // Nobody is turned away, and nobody let in without limit, because the workers' leader is busy or gone.
      if (alone === 0) log.warn({ err: error }, "limits are counted by each worker alone for a while");
      alone += 1;
      return own.consume(key, 1, { customDuration });
    }
  }

  return {
    count: async (limit, key) => {
      const budget = budgetOf(limit);
      const now = performance.now();
      const name = `${limit.id} ${limit.perSeconds} ${budget.nameFor(shortened(key), now)}`;
      const { consumedPoints, msBeforeNext, isFirstInDuration } = await consume(name, limit.perSeconds);
      if (isFirstInDuration) budget.opened(now);
      return { requests: consumedPoints, endsInMs: Math.max(0, msBeforeNext) };
    },
    alone: () => alone,
  };
}

// --- internal ---

// The library counts, the limit is compared here: one store serves all limits, and a changed limit holds at once.
const STORE = { keyPrefix: "strangler", points: Number.MAX_SAFE_INTEGER, duration: 1 };

const MOST_BUDGETS = 10_000;
const LONGEST_KEY = 64;

// A key may be a header of 16 KiB; what is kept is not.
function shortened(key: string): string {
  return key.length <= LONGEST_KEY ? key : createHash("sha256").update(key).digest("base64url");
}
