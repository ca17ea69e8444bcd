import { randomBytes } from "node:crypto";
import { drain, listen, type Logger } from "@strangler/platform";
import { createAdmin } from "./admin.ts";
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
import { SHADOW_LIMITS, type ShadowLimits } from "./shadow/shadow.ts";
import type { TracingConfig } from "./telemetry/tracing-config.ts";
import { setStage } from "./watch/set-stage.ts";
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
  /** Sign what customers carry: the first new values, all of them those that come back. At least 32 characters each. */
  secrets?: readonly string[];
  /** Signs marks of own writes where there is no secret. Made anew when left out; workers get that of the process that starts them. */
  runSecret?: string | undefined;
  /** The STREAM_TOKEN of the streams that tell their positions. */
  streamToken?: string | undefined;
  /** Addresses that replace those of the routes file, by the service's name. */
  upstreams?: UpstreamOverrides;
  /** The access token for services that are found by Consul. */
  consulToken?: string | undefined;
  engine?: EngineName;
  limits?: Partial<Limits>;
  /** More than one: that many processes serve, each configured by the environment as this one is. */
  workers?: number;
  shadow?: Partial<ShadowLimits>;
  /** Where traces go; nothing is traced without. */
  tracing?: TracingConfig | undefined;
};

export type Proxy = {
  url: string;
  adminUrl: string;
  /** Lets open requests finish for up to 10 s, then closes everything. */
  close: (drainMs?: number) => Promise<void>;
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
    setStage: (move) => setStage(store, move),
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
  const { routesFile, host, port, isTrusted, upstreams = {}, engine = DEFAULT_ENGINE, secrets = [] } = config;
  const limits = { ...DEFAULT_LIMITS, ...config.limits };
  return {
    routesFile,
    upstreams,
    consulToken: config.consulToken,
    host,
    port,
    isTrusted,
    secrets,
    runSecret: config.runSecret ?? randomBytes(32).toString("base64url"),
    streamToken: config.streamToken,
    engine,
    limits,
    shadow: { ...SHADOW_LIMITS, ...config.shadow },
    tracing: config.tracing,
  };
}
