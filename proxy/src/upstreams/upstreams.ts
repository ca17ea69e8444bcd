import type { RoutesSnapshot, Upstream } from "../routes/parse.ts";
import type { UpstreamReport } from "./report.ts";

/** How a request to an instance ended: with an answer, without one, or because the customer left. */
export type Outcome = "answered" | "failed" | "cancelled";

/** One instance, lent for one request. `done` is called when the request has ended; only the first call counts. */
export type Lease = {
  readonly origin: URL;
  /** Names the instance in reports; unique within its service. */
  readonly instance: string;
  readonly done: (outcome: Outcome) => void;
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

/** Services with one fixed address each: nothing to choose, nothing to count. */
export function createUpstreams(): Upstreams {
  const leases = new WeakMap<Upstream, Lease>();
  return {
    apply: () => undefined,
    pick: ({ upstreams }, name, not) => {
      const upstream = upstreams.get(name);
      if (upstream === undefined || not === upstream.url.origin) return undefined;
      const known = leases.get(upstream);
      if (known) return known;
      const lease: Lease = { origin: upstream.url, instance: upstream.url.origin, done: () => undefined };
      leases.set(upstream, lease);
      return lease;
    },
    report: () => [],
    close: () => undefined,
  };
}
