import { randomBytes } from "node:crypto";
import type { Logger } from "@strangler/platform";
import { createLocalEdges } from "./control/edges.ts";
import { startControl, type RunningControl } from "./control/start-control.ts";
import { openStore } from "./control/store/open-store.ts";
import { startEdge, type EdgeConfig } from "./edge.ts";
import { DEFAULT_ENGINE, type EngineName } from "./forward/engines.ts";
import { DEFAULT_LIMITS, type Limits } from "./guard/limits.ts";
import type { IsTrusted } from "./guard/trusted-proxies.ts";
import type { UpstreamOverrides } from "./routes/parse.ts";
import type { Listener } from "./routes/loops.ts";
import { followRoutes } from "./routes/source.ts";
import { SHADOW_LIMITS, type ShadowLimits } from "./shadow/shadow.ts";
import type { TracingConfig } from "./telemetry/tracing-config.ts";
import type { TlsFiles } from "./tls/tls-files.ts";
import { startWorkers } from "./workers/primary.ts";

export type ProxyConfig = {
  routesFile: string;
  host: string;
  /** 0 lets the system choose. */
  port: number;
  adminHost: string;
  adminPort: number;
  adminToken?: string | undefined;
  /** Names, roles and hashes of further tokens. */
  adminTokensFile?: string | undefined;
  /** Of the database that keeps the routes instead of the file. */
  routesDatabaseUrl?: string | undefined;
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
  /** Where the certificates are; customers are spoken to without TLS when left out. */
  tls?: TlsFiles | undefined;
  /** A PEM file with authorities to trust besides the usual ones, for all TLS of this process. */
  upstreamCa?: string | undefined;
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
  const store = openStore(config, log);
  const source = await followRoutes({ store, overrides: config.upstreams ?? {}, own: listenersOf(config), log });
  const { workers = 1 } = config;
  const edges =
    workers > 1
      ? await startWorkers(workers, config.port, source.text(), log)
      : createLocalEdges(await startEdge(edgeConfig(config), source.text(), log));

  async function closeAll(drainMs: number, control?: RunningControl): Promise<void> {
    control?.drain();
    await edges.close(drainMs);
    source.close();
    await control?.close();
    await store.close();
  }

  try {
    const control = await startControl(config, { store, source, edges }, log);
    return {
      url: edges.url,
      adminUrl: control.adminUrl,
      close: (drainMs = 10_000) => closeAll(drainMs, control),
    };
  } catch (error) {
    await closeAll(0);
    throw error;
  }
}

function listenersOf({ host, port, adminHost, adminPort }: ProxyConfig): Listener[] {
  const listeners = [
    { host, port },
    { host: adminHost, port: adminPort },
  ];
  // 0 is whatever the system chooses later.
  return listeners.filter((listener) => listener.port !== 0);
}

/** What an edge needs of the configuration, with the defaults filled in. */
export function edgeConfig(config: ProxyConfig): EdgeConfig {
  const { routesFile, host, port, isTrusted, upstreams = {}, engine = DEFAULT_ENGINE, secrets = [] } = config;
  const limits = { ...DEFAULT_LIMITS, ...config.limits };
  return {
    routesFile,
    upstreams,
    consulToken: config.consulToken,
    tls: config.tls,
    upstreamCa: config.upstreamCa,
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
