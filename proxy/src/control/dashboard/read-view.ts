import { describeMatch, type Route } from "../../routes/route.ts";
import { MONOLITH } from "../../routes/stages.ts";
import type { RouteSource } from "../../routes/source.ts";
import type { Control } from "../control.ts";
import { ALL_ROUTES, type History } from "./history.ts";
import type { StreamLooks } from "./stream-looks.ts";
import { AUDIT_SHOWN, type DashboardView, type RouteView, type ServiceView, type SidesView } from "./view.ts";

export type ViewSources = {
  control: Control;
  source: RouteSource;
  history: History;
  streams: StreamLooks;
  now: () => number;
};

export type ViewReader = {
  /** What pages show. Read anew at most twice a second, however many are watching. */
  read: () => Promise<DashboardView>;
  /** Has the next reading be anew. */
  forget: () => void;
};

export function createViewReader(sources: ViewSources): ViewReader {
  let kept: { at: number; view: Promise<DashboardView> } | undefined;
  return {
    read: () => {
      const now = sources.now();
      if (kept === undefined || now - kept.at >= KEEP_MS) {
        const view = readView(sources);
        view.catch(() => (kept = undefined));
        kept = { at: now, view };
      }
      return kept.view;
    },
    forget: () => {
      kept = undefined;
    },
  };
}

// --- internal ---

const KEEP_MS = 500;

type Counted = Awaited<ReturnType<typeof readCounts>>;

async function readView(sources: ViewSources): Promise<DashboardView> {
  const { control, source, history, now } = sources;
  const snapshot = source.current();
  const [counted, stored, streams] = await Promise.all([
    readCounts(control),
    readStored(control),
    sources.streams(snapshot.listedStreams),
  ]);
  const refused = source.reloadError();
  return {
    now: now(),
    version: snapshot.version,
    loadedAt: source.loadedAt().getTime(),
    engine: counted.edges.engine,
    troubles: [control.readiness() ?? [], stored.trouble ?? []].flat(),
    refused: refused && {
      at: Date.parse(refused.at),
      reasons: refused.problems.map(({ line, reason }) => (line === undefined ? reason : `line ${line}: ${reason}`)),
    },
    routes: snapshot.routes.map((route) => routeView(route, counted, history)),
    all: sidesOf(ALL_ROUTES, history),
    audit: stored.audit,
    services: servicesOf(sources, counted),
    streams,
    replicas: stored.replicas,
    self: stored.self,
  };
}

async function readCounts(control: Control) {
  const [edges, shadow] = await Promise.all([control.edges(), control.shadow()]);
  return { edges, shadow, watch: control.watch() };
}

// A store that is away is no reason to show nothing of what goes on meanwhile.
async function readStored(control: Control) {
  try {
    const [{ entries }, { replicas, self }] = await Promise.all([
      control.audit({ limit: AUDIT_SHOWN }),
      control.replicas(),
    ]);
    return { audit: entries, replicas, self, trouble: undefined };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { audit: [], replicas: [], self: "", trouble: `The audit log and the replicas cannot be read: ${why}` };
  }
}

function routeView(route: Route, { edges, shadow, watch }: Counted, history: History): RouteView {
  const { id, stage, share, reached, service } = route;
  return {
    id,
    match: describeMatch(route),
    service,
    at: { stage, percent: stage === "canary" ? share / 100 : null },
    reached,
    sides: sidesOf(id, history),
    shadow: shadow.routes.find((one) => one.route === id),
    watch: watch.routes.find((one) => one.route === id),
    upgrades: edges.upgrades.filter((one) => one.route === id).reduce((sum, { open }) => sum + open, 0),
  };
}

function sidesOf(route: string, history: History): SidesView {
  const side = (name: "monolith" | "service") => ({
    lately: history.lately(route, name),
    rates: () => history.rates(route, name),
    fine: () => history.trend(route, name, "fine"),
    coarse: () => history.trend(route, name, "coarse"),
  });
  return { control: side("monolith"), candidate: side("service") };
}

function servicesOf({ source }: ViewSources, { edges }: Counted): ServiceView[] {
  const { upstreams, routes } = source.current();
  return [...upstreams.values()].map(({ name, url, pool }) => ({
    name,
    url: pool === undefined ? url.origin : undefined,
    breaker: edges.breakers.find(({ upstream }) => upstream === name),
    upstream: edges.upstreams.find(({ service }) => service === name),
    routes: name === MONOLITH ? 0 : routes.filter(({ service }) => service === name).length,
  }));
}
