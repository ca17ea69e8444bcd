import { drain, listen, type Logger } from "@strangler/platform";
import { createAdmin } from "./admin.ts";
import { changeRoutes } from "./control/change-routes.ts";
import { createFileStore } from "./control/store/file-store.ts";
import { createLocalEdges } from "./control/edges.ts";
import { inUrl, startEdge, type EdgeConfig } from "./edge.ts";
import { DEFAULT_ENGINE, type EngineName } from "./forward/engines.ts";
import { DEFAULT_LIMITS, type Limits } from "./guard/limits.ts";
import type { IsTrusted } from "./guard/trusted-proxies.ts";
import { createMetrics } from "./metrics.ts";
import { createReport } from "./report.ts";
import type { UpstreamOverrides } from "./routes/parse.ts";
import { followRoutes } from "./routes/source.ts";
import type { CandidateLimits } from "./shadow/candidate.ts";
import type { ShadowLimits } from "./shadow/experiment.ts";
import { startWatch } from "./watch/watch.ts";
import { startWorkers } from "./workers/primary.ts";

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
  /** The access token for services that are found by Consul. */
  consulToken?: string | undefined;
  engine?: EngineName;
  limits?: Partial<Limits>;
  /** More than one: that many processes serve, each configured by the environment as this one is. */
  workers?: number;
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
  const store = createFileStore(config.routesFile, { log });
  const source = await followRoutes({ store, overrides: config.upstreams ?? {}, log });
  const { workers = 1 } = config;
  const edges =
    workers > 1
      ? await startWorkers(workers, config.port, source.text(), log)
      : createLocalEdges(await startEdge(edgeConfig(config), source.text(), log));
  source.onChange((routes) => void edges.apply(routes));
  await edges.apply(source.text());
  const watch = startWatch({
    routes: source.current,
    report: edges.report,
    setStage: async ({ route, stage, percent, reason, basedOn }) => {
      const wish = { selectors: [route], stage, percent: percent ?? undefined };
      await changeRoutes(store, wish, "watch", reason, { ifVersion: basedOn });
    },
    log,
  });
  let draining = false;
  const admin = createAdmin({
    metrics: createMetrics({ report: edges.report, source, watch: watch.report }),
    report: async () => createReport(source, await edges.report()),
    edges,
    watch: watch.report,
    readiness: () => (draining ? "shutting down" : undefined),
    token: config.adminToken,
    host: config.adminHost,
    log,
  });

  async function closeAll(drainMs: number): Promise<void> {
    draining = true;
    watch.close();
    await edges.close(drainMs);
    source.close();
    await drain(admin, 0);
  }

  try {
    const adminPort = await listen(admin, config.adminHost, config.adminPort);
    const adminUrl = `http://${inUrl(config.adminHost)}:${adminPort}`;
    return { url: edges.url, adminUrl, close: (drainMs = 10_000) => closeAll(drainMs) };
  } catch (error) {
    await closeAll(0);
    throw error;
  }
}

/** What an edge needs of the configuration, with the defaults filled in. */
export function edgeConfig(config: ProxyConfig): EdgeConfig {
  const { routesFile, host, port, isTrusted, upstreams = {}, engine = DEFAULT_ENGINE } = config;
  const limits = { ...DEFAULT_LIMITS, ...config.limits };
  return {
    routesFile,
    upstreams,
    consulToken: config.consulToken,
    host,
    port,
    isTrusted,
    engine,
    limits,
    shadow: { ...SHADOW_DEFAULTS, ...config.shadow },
  };
}
