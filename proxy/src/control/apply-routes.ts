import type { Logger } from "@strangler/platform";
import type { RoutesText } from "../routes/parse.ts";
import type { RouteSource } from "../routes/source.ts";
import { SLOTS, slotOf } from "../traffic.ts";
import type { Edges } from "./edges.ts";
import type { Reporter } from "./replicas/reporter.ts";

/** How long it took to swap routes in, over all workers since the start: requests per slot as in `traffic.ts`. */
export type SwapTimes = { swaps: number; sumMs: number; slots: number[] };

/**
 * Hands every new version to all workers of this replica and tells the register what became of it. One at a time, and of several
 * that have come meanwhile only the newest: an older one must not arrive last.
 */
export function applyRoutes(source: RouteSource, edges: Edges, reporter: Reporter, log: Logger): () => SwapTimes {
  const times: SwapTimes = { swaps: 0, sumMs: 0, slots: Array.from({ length: SLOTS }, () => 0) };
  let next: RoutesText | undefined;
  let applying = false;

  function hand(routes: RoutesText): void {
    next = routes;
    if (applying) return;
    applying = true;
    void applyAll();
  }

  async function applyAll(): Promise<void> {
    while (next !== undefined) {
      const routes = next;
      next = undefined;
      await applyOne(routes);
    }
    applying = false;
  }

  async function applyOne(routes: RoutesText): Promise<void> {
    try {
      const applied = await edges.apply(routes);
      if (applied.length === 0) throw new Error("no worker has put them in force");
      for (const { swapMs } of applied) count(times, swapMs);
      reporter.applied(routes.version, Math.max(0, ...applied.map(({ swapMs }) => swapMs)));
    } catch (error) {
      log.error({ err: error, version: routes.version }, "the workers refuse the newest routes");
      reporter.refused(routes.version, error instanceof Error ? error.message : String(error));
    }
  }

  source.onRefusal(({ version, reason }) => reporter.refused(version, reason));
  source.onChange(hand);
  // What has changed since the workers were started with the routes of then.
  hand(source.text());
  return () => times;
}

// --- internal ---

function count(times: SwapTimes, swapMs: number): void {
  times.swaps += 1;
  times.sumMs += swapMs;
  const slot = slotOf(swapMs);
  times.slots[slot] = (times.slots[slot] ?? 0) + 1;
}
