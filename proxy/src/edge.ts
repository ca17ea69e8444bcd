import { listen, type Logger } from "@strangler/platform";
import { createBuckets } from "./bucket.ts";
import { ENGINES, type EngineName } from "./forward/engines.ts";
import { createFront } from "./front.ts";
import type { Limits } from "./guard/limits.ts";
import type { IsTrusted } from "./guard/trusted-proxies.ts";
import { parseRoutes, type RoutesSnapshot, type RoutesText, type UpstreamOverrides } from "./routes/parse.ts";
import { createCandidates, type CandidateLimits } from "./shadow/candidate.ts";
import { createShadow, type ShadowCount, type ShadowLimits } from "./shadow/experiment.ts";
import { createMismatchRing, type Mismatch } from "./shadow/mismatches.ts";
import { createTraffic, type Series, type Side } from "./traffic.ts";
import type { UpstreamReport } from "./upstreams/report.ts";
import { createUpstreams } from "./upstreams/upstreams.ts";

/** What one worker needs to serve customers. */
export type EdgeConfig = {
  /** Only named in complaints. */
  routesFile: string;
  /** Addresses that replace those of the routes file, by the service's name. */
  upstreams: UpstreamOverrides;
  /** The access token for services that are found by Consul. */
  consulToken?: string | undefined;
  host: string;
  /** 0 lets the system choose. */
  port: number;
  /** Whether other workers listen on the same port. */
  reusePort?: boolean;
  isTrusted: IsTrusted;
  engine: EngineName;
  limits: Limits;
  shadow: ShadowLimits & CandidateLimits & { mismatches: number };
};

/** What one edge has seen since it started: plain data, cumulative, so that those of several workers can be added up. */
export type EdgeReport = {
  /** Of the routes in force. */
  version: string;
  engine: string;
  series: Series[];
  shadow: { route: string; counts: ShadowCount }[];
  /** Candidates that have not answered yet. */
  shadowInFlight: number;
  /** Requests not fit to be passed on, by status. */
  refusals: { status: number; requests: number }[];
  /** WebSockets that are open. */
  upgrades: { route: string; side: Side; open: number }[];
  /** Services with several instances. */
  upstreams: UpstreamReport[];
};

/** Samples of differing answers, oldest first, and how many had to make room for them. */
export type KeptMismatches = { mismatches: Mismatch[]; overwritten: number };

/** The data plane: takes requests, decides by the routes in force, forwards, compares, counts. One to each worker. */
export type Edge = {
  url: string;
  port: number;
  /**
   * Puts other routes in force: one pointer is swapped, and every request keeps the routes it arrived under. Answers the
   * milliseconds that took. Throws PlanFileError when the text is wrong, and keeps the routes it has.
   */
  apply: (routes: RoutesText) => number;
  report: () => EdgeReport;
  mismatches: () => KeptMismatches;
  clearMismatches: () => number;
  /** Lets open requests finish for up to `drainMs`, then closes everything. */
  close: (drainMs: number) => Promise<void>;
};

/** Starts an edge. Throws PlanFileError when the routes are wrong, PortTakenError when the port is taken. */
export async function startEdge(config: EdgeConfig, routes: RoutesText, log: Logger): Promise<Edge> {
  const { limits, isTrusted } = config;
  let snapshot = parse(routes);
  const bucketOf = await createBuckets();
  const traffic = createTraffic();
  const upstreams = createUpstreams({ log, consulToken: config.consulToken });
  upstreams.apply(snapshot);
  const ring = createMismatchRing(config.shadow.mismatches, () => new Date());
  const candidates = createCandidates(config.shadow);
  const shadow = createShadow({ candidates, ring, limits: config.shadow, log });
  const engine = ENGINES[config.engine](limits);
  const front = createFront({
    routes: () => snapshot,
    engine,
    upstreams,
    shadow,
    traffic,
    bucketOf,
    isTrusted,
    limits,
    log,
  });

  function parse({ text }: RoutesText): RoutesSnapshot {
    return parseRoutes(config.routesFile, text, config.upstreams);
  }

  async function close(drainMs: number): Promise<void> {
    await front.drain(drainMs);
    upstreams.close();
    candidates.close();
    await engine.close();
  }

  try {
    const port = await listen(front.server, config.host, config.port, config.reusePort);
    return {
      url: `http://${inUrl(config.host)}:${port}`,
      port,
      apply: (next) => {
        const parsed = parse(next);
        const startedAt = performance.now();
        upstreams.apply(parsed);
        snapshot = parsed;
        return performance.now() - startedAt;
      },
      report: () => ({
        version: snapshot.version,
        engine: engine.name,
        series: traffic.all(),
        shadow: [...shadow.all()].map(([route, counts]) => ({ route, counts })),
        shadowInFlight: shadow.inFlight(),
        refusals: [...front.refusals].map(([status, requests]) => ({ status, requests })),
        upgrades: countUpgrades(front.upgrades),
        upstreams: upstreams.report(),
      }),
      mismatches: () => ({ mismatches: ring.list(), overwritten: ring.overwritten() }),
      clearMismatches: () => ring.clear(),
      close,
    };
  } catch (error) {
    await close(0);
    throw error;
  }
}

/** An address as it stands in a URL. */
export function inUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

// --- internal ---

function countUpgrades(upgrades: Iterable<{ route: string; side: Side }>): EdgeReport["upgrades"] {
  const counts = new Map<string, EdgeReport["upgrades"][number]>();
  for (const { route, side } of upgrades) {
    const key = `${side} ${route}`;
    const known = counts.get(key);
    if (known) known.open += 1;
    else counts.set(key, { route, side, open: 1 });
  }
  return [...counts.values()];
}
