import { drain, listen, type Logger } from "@strangler/platform";
import { createAdmin } from "./admin.ts";
import { createBuckets } from "./bucket.ts";
import { DEFAULT_ENGINE, ENGINES, type EngineName } from "./forward/engines.ts";
import { createFront } from "./front.ts";
import { DEFAULT_LIMITS, type Limits } from "./guard/limits.ts";
import type { IsTrusted } from "./guard/trusted-proxies.ts";
import { createMetrics } from "./metrics.ts";
import { createReport } from "./report.ts";
import type { UpstreamOverrides } from "./routes/parse.ts";
import { followRoutes } from "./routes/source.ts";
import { createCandidates, type CandidateLimits } from "./shadow/candidate.ts";
import { createShadow, type ShadowLimits } from "./shadow/experiment.ts";
import { createMismatchRing } from "./shadow/mismatches.ts";
import { createTraffic } from "./traffic.ts";

export type ProxyConfig = {
  routesFile: string;
  host: string;
  /** 0 lets the system choose. */
  port: number;
  adminHost: string;
  adminPort: number;
  adminToken?: string | undefined;
  isTrusted: IsTrusted;
  /** Addresses that replace those of the routes file, by the service's name. */
  upstreams?: UpstreamOverrides;
  engine?: EngineName;
  limits?: Partial<Limits>;
  shadow?: Partial<ShadowLimits & CandidateLimits & { mismatches: number }>;
};

export type Proxy = {
  url: string;
  adminUrl: string;
  /** Lets open requests finish for up to 10 s, then closes everything. */
  close: (drainMs?: number) => Promise<void>;
};

const SHADOW_DEFAULTS = {
  concurrency: 16,
  withinMs: 5_000,
  bodyBytes: 1_048_576,
  heldBytes: 33_554_432,
  mismatches: 500,
};

/** Starts the proxy and its admin listener. Throws PlanFileError when the routes file is wrong, PortTakenError when a port is taken. */
export async function startProxy(config: ProxyConfig, log: Logger): Promise<Proxy> {
  const limits = { ...DEFAULT_LIMITS, ...config.limits };
  const shadowLimits = { ...SHADOW_DEFAULTS, ...config.shadow };
  const bucketOf = await createBuckets();
  const source = await followRoutes({ file: config.routesFile, overrides: config.upstreams ?? {}, log });
  const traffic = createTraffic();
  const ring = createMismatchRing(shadowLimits.mismatches, () => new Date());
  const candidates = createCandidates(shadowLimits);
  const shadow = createShadow({ candidates, ring, limits: shadowLimits, log });
  const engine = ENGINES[config.engine ?? DEFAULT_ENGINE](limits);
  let draining = false;

  const front = createFront({
    routes: source.current,
    engine,
    shadow,
    traffic,
    bucketOf,
    isTrusted: config.isTrusted,
    limits,
    log,
  });
  const admin = createAdmin({
    metrics: createMetrics({ traffic, shadow, refusals: front.refusals, source }),
    report: () => createReport(source, traffic, shadow, engine.name),
    ring,
    readiness: () => (draining ? "shutting down" : undefined),
    token: config.adminToken,
    host: config.adminHost,
    log,
  });

  async function closeAll(drainMs: number): Promise<void> {
    draining = true;
    await front.drain(drainMs);
    source.close();
    candidates.close();
    await engine.close();
    await drain(admin, 0);
  }

  try {
    const port = await listen(front.server, config.host, config.port);
    const adminPort = await listen(admin, config.adminHost, config.adminPort);
    const url = `http://${inUrl(config.host)}:${port}`;
    const adminUrl = `http://${inUrl(config.adminHost)}:${adminPort}`;
    return { url, adminUrl, close: (drainMs = 10_000) => closeAll(drainMs) };
  } catch (error) {
    await closeAll(0);
    throw error;
  }
}

// --- internal ---

function inUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
