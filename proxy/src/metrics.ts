import client from "prom-client";
import type { SwapTimes } from "./control/apply-routes.ts";
import type { EdgeReport } from "./edge.ts";
import type { RouteSource } from "./routes/source.ts";
import { writeFamily, writeHistogram, type Durations } from "./telemetry/exposition.ts";
import { FAMILIES, type MetricFacts } from "./telemetry/metric-families.ts";
import type { Series } from "./traffic.ts";
import type { WatchReport } from "./watch/report.ts";

export type MetricsSources = {
  /** What all workers have seen, added up. */
  report: () => Promise<EdgeReport>;
  source: RouteSource;
  watch: () => WatchReport;
  swapTimes: () => SwapTimes;
};

export type Metrics = { contentType: string; text: () => Promise<string> };

/** Everything that /metrics shows: the requests of all workers, and the process that answers. Written only when somebody asks. */
export function createMetrics({ report, source, watch, swapTimes }: MetricsSources): Metrics {
  const registry = new client.Registry();
  client.collectDefaultMetrics({ register: registry });
  return {
    contentType: registry.contentType,
    text: async () => {
      const facts: MetricFacts = {
        edges: await report(),
        watch: watch(),
        version: source.current().version,
        loadedAt: source.loadedAt(),
        reloads: source.reloads(),
        isRefused: source.reloadError() !== undefined,
        swapTimes: swapTimes(),
      };
      return `${(await registry.metrics()).trimEnd()}\n${writeMetrics(facts)}`;
    },
  };
}

/** The figures of the proxy itself. Pure. */
export function writeMetrics(facts: MetricFacts): string {
  const { swaps, sumMs, slots } = facts.swapTimes;
  return [
    ...FAMILIES.map(({ name, type, help, read }) => writeFamily(name, type, help, read(facts))),
    writeHistogram(
      "strangler_request_duration_seconds",
      "From the request's header to the end of the answer.",
      facts.edges.series.map(durationsOf),
    ),
    writeHistogram("strangler_routes_swap_seconds", "To put routes in force at one worker.", [
      { labels: {}, count: swaps, sumMs, slots },
    ]),
  ].join("");
}

// --- internal ---

function durationsOf({ route, side, requests, durationMsSum, slots }: Series): Durations {
  return { labels: { route, side }, count: requests, sumMs: durationMsSum, slots };
}
