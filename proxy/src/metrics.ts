import client from "prom-client";
import type { RouteSource } from "./routes/source.ts";
import type { EdgeReport } from "./edge.ts";
import { slotEndMs, type Series } from "./traffic.ts";
import type { WatchReport } from "./watch/report.ts";

export type MetricsSources = {
  /** What all workers have seen, added up. */
  report: () => Promise<EdgeReport>;
  source: RouteSource;
  watch: () => WatchReport;
};

export type Metrics = { contentType: string; text: () => Promise<string> };

// Requests are counted in plain numbers on their way (`traffic.ts`); Prometheus' types are filled only when somebody asks.

/** Everything that /metrics shows. Labels are routes of the plan, sides and statuses: never a path, whose number has no bound. */
export function createMetrics({ report, source, watch }: MetricsSources): Metrics {
  let edges: EdgeReport | undefined;
  const registry = new client.Registry();
  client.collectDefaultMetrics({ register: registry });

  addCounter(registry, "strangler_requests_total", "Requests answered, by class of status.", REQUEST, (add) => {
    for (const { route, side, statusClasses } of edges?.series ?? []) {
      for (const [index, requests] of statusClasses.entries()) {
        if (requests > 0) add({ route, side, status: `${index}xx` }, requests);
      }
    }
  });
  addCounter(registry, "strangler_upstream_failures_total", "Requests without a whole answer.", SIDE, (add) => {
    for (const { route, side, failures } of edges?.series ?? []) add({ route, side }, failures);
  });
  addCounter(registry, "strangler_shadow_total", "Shadowed requests, by outcome.", ["route", "outcome"], (add) => {
    for (const { route, counts } of edges?.shadow ?? []) {
      const { equal, different, failed, dropped } = counts;
      const outcomes = { equal, different, failed, dropped };
      for (const [outcome, requests] of Object.entries(outcomes)) add({ route, outcome }, requests);
    }
  });
  addCounter(registry, "strangler_refused_total", "Requests not fit to be passed on.", ["status"], (add) => {
    for (const { status, requests } of edges?.refusals ?? []) add({ status: String(status) }, requests);
  });
  addCounter(registry, "strangler_reloads_total", "Changes of the routes file.", ["result"], (add) => {
    const { applied, refused } = source.reloads();
    add({ result: "applied" }, applied);
    add({ result: "refused" }, refused);
  });
  addCounter(registry, "strangler_verdicts_total", "Verdicts on canaries, as they came up.", VERDICT, (add) => {
    for (const { route, verdict, times } of watch().verdicts) add({ route, verdict }, times);
  });
  addCounter(
    registry,
    "strangler_rescued_total",
    "Answered by the monolith in a service's stead.",
    ["route"],
    (add) => {
      for (const { route, rescued } of edges?.series ?? []) if (rescued > 0) add({ route }, rescued);
    },
  );
  addGauge(
    registry,
    "strangler_watch_suspicion",
    "How near a canary is to being put back: 1 is enough.",
    ["route"],
    (set) => {
      for (const { route, towardsBad } of watch().routes) set({ route }, towardsBad);
    },
  );
  const breakers = [
    ["strangler_breaker_openings_total", "Times that a breaker has opened.", "openings"],
    ["strangler_breaker_refused_total", "Requests that an open breaker kept from a service.", "refused"],
    ["strangler_breaker_probes_total", "Requests sent to see whether a service is back.", "probes"],
  ] as const;
  for (const [name, help, field] of breakers) {
    addCounter(registry, name, help, ["upstream"], (add) => {
      for (const breaker of edges?.breakers ?? []) add({ upstream: breaker.upstream }, breaker[field]);
    });
  }
  addGauge(registry, "strangler_breaker_open", "Workers whose breaker is open or half open.", ["upstream"], (set) => {
    for (const { upstream, open, halfOpen } of edges?.breakers ?? []) set({ upstream }, open + halfOpen);
  });
  addGauge(registry, "strangler_shadow_in_flight", "Candidates that have not answered yet.", [], (set) => {
    set({}, edges?.shadowInFlight ?? 0);
  });
  addGauge(registry, "strangler_routes_info", "The version of the routes in force.", ["version"], (set) => {
    set({ version: source.current().version }, 1);
  });
  return {
    contentType: registry.contentType,
    text: async () => {
      edges = await report();
      return `${(await registry.metrics()).trimEnd()}\n${durationLines(edges.series)}`;
    },
  };
}

// --- internal ---

const SIDE = ["route", "side"];
const REQUEST = [...SIDE, "status"];
const VERDICT = ["route", "verdict"];

type Put = (labels: Record<string, string>, value: number) => void;

function addCounter(
  registry: client.Registry,
  name: string,
  help: string,
  labelNames: string[],
  fill: (add: Put) => void,
) {
  registry.registerMetric(
    new client.Counter({
      name,
      help,
      labelNames,
      registers: [],
      collect() {
        this.reset();
        fill((labels, value) => this.inc(labels, value));
      },
    }),
  );
}

function addGauge(
  registry: client.Registry,
  name: string,
  help: string,
  labelNames: string[],
  fill: (set: Put) => void,
) {
  registry.registerMetric(
    new client.Gauge({
      name,
      help,
      labelNames,
      registers: [],
      collect() {
        this.reset();
        fill((labels, value) => this.set(labels, value));
      },
    }),
  );
}

const DURATION = "strangler_request_duration_seconds";

// prom-client's histogram can only be observed, one request at a time. Routes and sides need no escaping.
function durationLines(series: readonly Series[]): string {
  const lines = [
    `# HELP ${DURATION} From the request's header to the end of the answer.`,
    `# TYPE ${DURATION} histogram`,
  ];
  for (const { route, side, slots, requests, durationMsSum } of series) {
    const labels = `route="${route}",side="${side}"`;
    let upTo = 0;
    for (const [index, inSlot] of slots.entries()) {
      upTo += inSlot;
      // Every doubling is enough here; the finer slots are for comparing two sides.
      const end = slotEndMs(index) / 1000;
      if (end === Number.POSITIVE_INFINITY) lines.push(`${DURATION}_bucket{${labels},le="+Inf"} ${upTo}`);
      else if (index % 4 === 0) lines.push(`${DURATION}_bucket{${labels},le="${end}"} ${upTo}`);
    }
    lines.push(`${DURATION}_sum{${labels}} ${durationMsSum / 1000}`, `${DURATION}_count{${labels}} ${requests}`);
  }
  return `${lines.join("\n")}\n`;
}
