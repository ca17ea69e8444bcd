import type { Engine, EngineTimes } from "../forward/engine.ts";
import { createUndiciEngine } from "../forward/undici.ts";
import { createLane } from "./lane.ts";
import { UpstreamPool } from "./upstream-pool.ts";

// Two thirds of what a request costs in Node goes into streams, events and headers of node:http's server and of a client. An
// ordinary request needs none of them: its header comes in one piece, and it has no body. Such requests are read from the socket
// and written to the upstream's socket here; every other one takes the way through node:http and undici.

export function createWireEngine(times: EngineTimes): Engine {
  const other = createUndiciEngine(times);
  const pools = new Map<string, UpstreamPool>();
  const sweeper = setInterval(() => {
    for (const pool of pools.values()) pool.sweep(performance.now());
  }, 500);
  sweeper.unref();

  function poolFor(origin: URL): UpstreamPool {
    const known = pools.get(origin.origin);
    if (known) return known;
    const pool = new UpstreamPool(origin, times.silenceMs);
    pools.set(origin.origin, pool);
    return pool;
  }

  return {
    name: "wire",
    forward: other.forward,
    upgrade: other.upgrade,
    openLane: (options) => createLane({ ...options, upstreams: { poolFor, answerWithinMs: times.answerWithinMs } }),
    close: async () => {
      clearInterval(sweeper);
      for (const pool of pools.values()) pool.close();
      await other.close();
    },
  };
}
