import type { Logger } from "@strangler/platform";
import type { RoutesSnapshot, Upstream } from "../routes/parse.ts";
import type { DiscoveryOptions } from "./discovery/discovery.ts";
import { Pool } from "./pool.ts";
import type { UpstreamReport } from "./report.ts";

/** How a request to an instance ended: with an answer, without one, or because the customer left. */
export type Outcome = "answered" | "failed" | "cancelled";

/** One instance, lent for one request. `done` is called when the request has ended; only the first call counts. */
export type Lease = {
  readonly origin: URL;
  /** Names the instance in reports; unique within its service. */
  readonly instance: string;
  done(outcome: Outcome): void;
};

/** The instances of every service. `pick` is synchronous: it is asked once for every attempt of every request. */
export type Upstreams = {
  /** Follows the services of these routes from now on. Instances that both know keep what was learnt about them. */
  apply: (snapshot: RoutesSnapshot) => void;
  /** An instance of `name`, another than `not` where that is given. undefined when there is none. */
  pick: (snapshot: RoutesSnapshot, name: string, not?: string) => Lease | undefined;
  report: () => UpstreamReport[];
  close: () => void;
};

export type UpstreamsOptions = DiscoveryOptions & { log: Logger };

export function createUpstreams(options: UpstreamsOptions): Upstreams {
  const pools = new Map<string, Pool>();
  const leases = new WeakMap<Upstream, Lease>();

  // One address, nothing to choose and nothing to count: one lease for all requests.
  function lendFixed(upstream: Upstream, not: string | undefined): Lease | undefined {
    let lease = leases.get(upstream);
    if (lease === undefined) {
      lease = { origin: upstream.url, instance: upstream.url.origin, done: () => undefined };
      leases.set(upstream, lease);
    }
    return lease.instance === not ? undefined : lease;
  }

  function follow({ name, pool: plan }: Upstream): void {
    if (plan === undefined) return;
    const known = pools.get(name);
    if (known) known.apply(plan);
    else pools.set(name, new Pool(name, plan, options));
  }

  return {
    apply: ({ upstreams }) => {
      for (const [name, pool] of pools) {
        if (upstreams.get(name)?.pool !== undefined) continue;
        pool.close();
        pools.delete(name);
      }
      for (const upstream of upstreams.values()) follow(upstream);
    },
    pick: ({ upstreams }, name, not) => {
      const upstream = upstreams.get(name);
      if (upstream === undefined) return undefined;
      // A request that arrived under older routes may ask for a pool that is no longer followed.
      return upstream.pool === undefined ? lendFixed(upstream, not) : pools.get(name)?.pick(not);
    },
    report: () => [...pools.values()].map((pool) => pool.report()),
    close: () => {
      for (const pool of pools.values()) pool.close();
      pools.clear();
    },
  };
}
