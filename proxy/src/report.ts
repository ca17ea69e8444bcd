import type { PlanFileProblem } from "@strangler/platform";
import type { Lately } from "./control/effect.ts";
import type { RouteSource } from "./routes/source.ts";
import type { Stage } from "./routes/stages.ts";
import { emptyCount, type ShadowCount } from "./shadow/shadow-count.ts";
import type { EdgeReport } from "./edge.ts";
import type { OwnWritesReport } from "./own-writes/own-writes.ts";
import { NO_ROUTE, type Side, type SideCount } from "./traffic.ts";

export type RouteStatus = {
  id: string;
  methods: string[] | null;
  path: string;
  service: string;
  stage: Stage;
  /** Only in stage canary. */
  percent: number | null;
  reached: Stage;
  monolith: SideCount;
  /** Of the service that the route moves to. */
  candidate: SideCount;
  shadow: ShadowCount;
  /** Null where nothing has been counted lately. */
  lastMinute: Partial<Record<Side, Lately>> | null;
};

/** What `GET /routes` on the admin port answers. */
export type RouteReport = {
  version: string;
  /** ISO 8601, UTC. */
  loadedAt: string;
  engine: string;
  upstreams: { name: string; url: string }[];
  routes: RouteStatus[];
  /** Requests that no route matched. */
  unrouted: SideCount;
  /** Whose reads were kept with the monolith, and the streams that say for how long. */
  ownWrites: OwnWritesReport;
  /** Why the file as it stands is not in force; null when it is. */
  reloadError: { at: string; problems: readonly PlanFileProblem[] } | null;
};

/** The routes in force with what has been counted on each of their sides. */
export function createReport(
  source: RouteSource,
  { engine, series, shadow, ownWrites }: EdgeReport,
  lately: (route: string, side: Side) => Lately | undefined,
): RouteReport {
  const snapshot = source.current();
  const counted = (route: string, side: Side) =>
    countOf(series.find((one) => one.route === route && one.side === side));
  return {
    version: snapshot.version,
    loadedAt: source.loadedAt().toISOString(),
    engine,
    upstreams: [...snapshot.upstreams.values()].map(({ name, url }) => ({ name, url: url.origin })),
    routes: snapshot.routes.map((route) => ({
      id: route.id,
      methods: route.methods === undefined ? null : [...route.methods],
      path: route.path,
      service: route.service,
      stage: route.stage,
      percent: route.stage === "canary" ? route.share / 100 : null,
      reached: route.reached,
      monolith: counted(route.id, "monolith"),
      candidate: counted(route.id, "service"),
      shadow: shadow.find((one) => one.route === route.id)?.counts ?? emptyCount(),
      lastMinute: latelyOf(lately(route.id, "monolith"), lately(route.id, "service")),
    })),
    unrouted: counted(NO_ROUTE, "monolith"),
    ownWrites,
    reloadError: source.reloadError() ?? null,
  };
}

// --- internal ---

function latelyOf(monolith: Lately | undefined, service: Lately | undefined): RouteStatus["lastMinute"] {
  if (monolith === undefined && service === undefined) return null;
  return { ...(monolith && { monolith: plain(monolith) }), ...(service && { service: plain(service) }) };
}

function plain({ requests, errors, seconds }: Lately): Lately {
  return { requests, errors, seconds };
}

function countOf(series: SideCount | undefined): SideCount {
  const { requests = 0, errors = 0, failures = 0, durationMsSum = 0 } = series ?? {};
  return { requests, errors, failures, durationMsSum };
}
