import type { SwapTimes } from "../control/apply-routes.ts";
import type { EdgeReport } from "../edge.ts";
import type { InstanceState } from "../upstreams/report.ts";
import type { WatchReport } from "../watch/report.ts";
import type { Sample } from "./exposition.ts";

/** What the figures are taken from. */
export type MetricFacts = {
  /** Of all workers of this replica. */
  edges: EdgeReport;
  watch: WatchReport;
  version: string;
  loadedAt: Date;
  /** Changes of the routes, and whether the newest are not in force. */
  reloads: { applied: number; refused: number };
  isRefused: boolean;
  swapTimes: SwapTimes;
};

export type Family = {
  name: string;
  type: "counter" | "gauge";
  help: string;
  read: (facts: MetricFacts) => Sample[];
};

/**
 * Every figure but the histograms. Labels are routes and upstreams of the plan, their instances, sides, and words of ours: never a
 * path, a customer or a request, whose number has no bound.
 */
export const FAMILIES: readonly Family[] = [
  // --- requests ---
  counter("requests_total", "Requests answered, by class of status.", ({ edges }) =>
    edges.series.flatMap(({ route, side, statusClasses }) =>
      statusClasses.flatMap((requests, index): Sample[] =>
        requests === 0 ? [] : [[{ route, side, status: `${index}xx` }, requests]],
      ),
    ),
  ),
  counter("upstream_failures_total", "Requests without a whole answer.", ({ edges }) =>
    edges.series.map(({ route, side, failures }) => [{ route, side }, failures]),
  ),
  counter("upstream_faults_total", "Requests that the side did not serve well, whoever answered.", ({ edges }) =>
    edges.series.map(({ route, side, faults }) => [{ route, side }, faults]),
  ),
  counter("rescued_total", "Answered by the monolith in a service's stead.", ({ edges }) =>
    edges.series.filter(({ rescued }) => rescued > 0).map(({ route, rescued }) => [{ route }, rescued]),
  ),
  counter("refused_total", "Requests not fit to be passed on.", ({ edges }) =>
    edges.refusals.map(({ status, requests }) => [{ status: String(status) }, requests]),
  ),
  gauge("open_upgrades", "WebSockets that are open.", ({ edges }) =>
    edges.upgrades.map(({ route, side, open }) => [{ route, side }, open]),
  ),

  // --- limits and tokens ---
  counter("admission_total", "Requests of routes with limits or tokens, by outcome.", ({ edges }) =>
    edges.admission.routes.flatMap(({ route, ...outcomes }) => byName({ route }, "outcome", outcomes)),
  ),
  counter("limits_counted_alone_total", "Requests counted by one worker for itself.", ({ edges }) => [
    [{}, edges.admission.countedAlone],
  ]),
  gauge("jwt_keys", "Keys that tokens are verified with.", ({ edges }) =>
    edges.admission.keys === null ? [] : [[{}, edges.admission.keys.count]],
  ),

  // --- shadow ---
  counter("shadow_total", "Shadowed requests, by outcome.", ({ edges }) =>
    edges.shadow.flatMap(({ route, counts: { equal, different, failed, dropped, unsampled } }) =>
      byName({ route }, "outcome", { equal, different, failed, dropped, unsampled }),
    ),
  ),
  counter(
    "shadow_only_noise_total",
    "Of the different answers, those in which only known noise differed.",
    ({ edges }) => edges.shadow.map(({ route, counts }) => [{ route }, counts.onlyNoise]),
  ),
  counter("shadow_not_compared_total", "Why answers were not compared.", ({ edges }) =>
    edges.shadow.flatMap(({ route, counts }) =>
      byName({ route }, "reason", { ...counts.droppedBecause, ...counts.failedBecause }),
    ),
  ),
  gauge("shadow_in_flight", "Candidates that have not answered yet.", ({ edges }) => [[{}, edges.shadowInFlight]]),

  // --- watch ---
  counter("verdicts_total", "Verdicts on canaries, as they came up.", ({ watch }) =>
    watch.verdicts.map(({ route, verdict, times }) => [{ route, verdict }, times]),
  ),
  gauge("watch_verdict", "The verdict on a canary, as it is now.", ({ watch }) =>
    watch.routes.map(({ route, verdict }) => [{ route, verdict }, 1]),
  ),
  gauge("watch_suspicion", "How near a canary is to being put back: 1 is enough.", ({ watch }) =>
    watch.routes.map(({ route, towardsBad }) => [{ route }, towardsBad]),
  ),

  // --- upstreams ---
  counter("breaker_openings_total", "Times that a breaker has opened.", ({ edges }) =>
    edges.breakers.map(({ upstream, openings }) => [{ upstream }, openings]),
  ),
  counter("breaker_refused_total", "Requests that an open breaker kept from a service.", ({ edges }) =>
    edges.breakers.map(({ upstream, refused }) => [{ upstream }, refused]),
  ),
  counter("breaker_probes_total", "Requests sent to see whether a service is back.", ({ edges }) =>
    edges.breakers.map(({ upstream, probes }) => [{ upstream }, probes]),
  ),
  gauge("breaker_open", "Workers whose breaker is open or half open.", ({ edges }) =>
    edges.breakers.map(({ upstream, open, halfOpen }) => [{ upstream }, open + halfOpen]),
  ),
  gauge("upstream_instances", "Instances of services that have several, by state.", ({ edges }) =>
    edges.upstreams.flatMap(({ service, instances }) =>
      INSTANCE_STATES.map((state): Sample => [
        { upstream: service, state },
        instances.filter((instance) => instance.state === state).length,
      ]),
    ),
  ),
  gauge("upstream_in_flight", "Requests that an instance has not answered yet.", ({ edges }) =>
    edges.upstreams.flatMap(({ service, instances }) =>
      instances.map(({ instance, inFlight }): Sample => [{ upstream: service, instance }, inFlight]),
    ),
  ),

  // --- own writes ---
  counter("own_writes_total", "Writes that were remembered.", ({ edges }) => [[{}, edges.ownWrites.writes]]),
  counter("own_writes_without_position_total", "Writes for which a stream did not say where it stands.", ({ edges }) =>
    edges.ownWrites.withoutPosition.map(({ stream, writes }) => [{ stream }, writes]),
  ),
  counter("own_write_reads_total", "Reads kept with the monolith after a write.", ({ edges }) =>
    edges.ownWrites.held.map(({ route, requests }) => [{ route }, requests]),
  ),
  gauge("own_write_stream_up", "1 while the stream tells its positions.", ({ edges }) =>
    edges.ownWrites.streams.map(({ name, reachable }) => [{ stream: name }, reachable ? 1 : 0]),
  ),

  // --- routes ---
  counter("reloads_total", "Changes of the routes.", ({ reloads }) => byName({}, "result", reloads)),
  gauge("routes_refused", "1 while the newest routes are not in force.", ({ isRefused }) => [[{}, isRefused ? 1 : 0]]),
  gauge("routes_info", "The version of the routes in force.", ({ version }) => [[{ version }, 1]]),
  gauge("routes_loaded_timestamp_seconds", "When the routes in force were loaded.", ({ loadedAt }) => [
    [{}, loadedAt.getTime() / 1_000],
  ]),

  // --- TLS ---
  gauge("tls_certificate_expiry_timestamp_seconds", "When a certificate ends.", ({ edges }) =>
    (edges.tls?.certificates ?? []).map(({ from, expiresAt }) => [{ file: from }, Date.parse(expiresAt) / 1_000]),
  ),
  counter("tls_reloads_total", "Times that other certificates were put in force.", ({ edges }) =>
    edges.tls === null ? [] : [[{}, edges.tls.reloads]],
  ),
  counter("tls_failed_handshakes_total", "Connections that ended before the handshake did.", ({ edges }) =>
    edges.tls === null ? [] : [[{}, edges.tls.failedHandshakes]],
  ),
];

// --- internal ---

const INSTANCE_STATES: readonly InstanceState[] = ["up", "unknown", "down", "ejected", "draining"];

function counter(name: string, help: string, read: Family["read"]): Family {
  return { name: `strangler_${name}`, type: "counter", help, read };
}

function gauge(name: string, help: string, read: Family["read"]): Family {
  return { name: `strangler_${name}`, type: "gauge", help, read };
}

function byName(labels: Readonly<Record<string, string>>, label: string, values: object): Sample[] {
  return Object.entries(values).map(([name, value]) => [{ ...labels, [label]: name }, Number(value)]);
}
