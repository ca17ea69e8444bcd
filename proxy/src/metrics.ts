import client from "prom-client";
import type { RouteSource } from "./routes/source.ts";
import type { EdgeReport } from "./edge.ts";
import type { SwapTimes } from "./control/apply-routes.ts";
import { slotEndMs, type Series } from "./traffic.ts";
import type { WatchReport } from "./watch/report.ts";

export type MetricsSources = {
  /** What all workers have seen, added up. */
  report: () => Promise<EdgeReport>;
  source: RouteSource;
  watch: () => WatchReport;
  swapTimes: () => SwapTimes;
};

export type Metrics = { contentType: string; text: () => Promise<string> };

// Requests are counted in plain numbers on their way (`traffic.ts`); Prometheus' types are filled only when somebody asks.

/** Everything that /metrics shows. Labels are routes of the plan, sides and statuses: never a path, whose number has no bound. */
export function createMetrics({ report, source, watch, swapTimes }: MetricsSources): Metrics {
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
  addCounter(
    registry,
    "strangler_own_write_reads_total",
    "Reads kept with the monolith after a write.",
    ["route"],
    (add) => {
      for (const { route, requests } of edges?.ownWrites.held ?? []) add({ route }, requests);
    },
  );
  addCounter(registry, "strangler_own_writes_total", "Writes that were remembered.", [], (add) => {
    add({}, edges?.ownWrites.writes ?? 0);
  });
  addGauge(registry, "strangler_own_write_stream_up", "1 while the stream tells its positions.", ["stream"], (set) => {
    for (const { name, reachable } of edges?.ownWrites.streams ?? []) set({ stream: name }, reachable ? 1 : 0);
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
      const { swaps, sumMs, slots } = swapTimes();
      const counted = (await registry.metrics()).trimEnd();
      return [
        `${counted}\n`,
        histogramLines(DURATION, "From the request's header to the end of the answer.", durations(edges.series)),
        histogramLines(SWAP, "To put routes in force at one worker.", [{ labels: "", count: swaps, sumMs, slots }]),
      ].join("");
    },
  };
}

// --- internal ---

const DURATION = "strangler_request_duration_seconds";
const SWAP = "strangler_routes_swap_seconds";

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

type Histogram = { labels: string; count: number; sumMs: number; slots: readonly number[] };

function durations(series: readonly Series[]): Histogram[] {
  return series.map(({ route, side, slots, requests, durationMsSum }) => {
    return { labels: `route="${route}",side="${side}"`, count: requests, sumMs: durationMsSum, slots };
  });
}

// prom-client's histogram can only be observed, one event at a time. Routes and sides need no escaping.
function histogramLines(name: string, help: string, histograms: readonly Histogram[]): string {
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
  for (const { labels, count, sumMs, slots } of histograms) {
    const before = labels === "" ? "" : `${labels},`;
    let upTo = 0;
    for (const [index, inSlot] of slots.entries()) {
      upTo += inSlot;
      // Every doubling is enough here; the finer slots are for comparing two sides.
      const end = slotEndMs(index) / 1000;
      if (end === Number.POSITIVE_INFINITY) lines.push(`${name}_bucket{${before}le="+Inf"} ${upTo}`);
      else if (index % 4 === 0) lines.push(`${name}_bucket{${before}le="${end}"} ${upTo}`);
    }
    const all = labels === "" ? "" : `{${labels}}`;
    lines.push(`${name}_sum${all} ${sumMs / 1000}`, `${name}_count${all} ${count}`);
  }
  return `${lines.join("\n")}\n`;
}
