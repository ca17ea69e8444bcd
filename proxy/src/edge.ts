import { listen, type Logger } from "@strangler/platform";
import { createBreakers, type BreakerReport } from "./breaker/breakers.ts";
import { createKeyring } from "./customer/keyring.ts";
import { describeMissingSecret } from "./customer/missing-secret.ts";
import { ENGINES, type EngineName } from "./forward/engines.ts";
import { createFront } from "./front.ts";
import type { Limits } from "./guard/limits.ts";
import type { IsTrusted } from "./guard/trusted-proxies.ts";
import { createOwnWrites, type OwnWritesReport } from "./own-writes/own-writes.ts";
import { createStreams } from "./own-writes/streams.ts";
import { createHopMark } from "./routes/hop-mark.ts";
import { parseRoutes, type RoutesSnapshot, type RoutesText, type UpstreamOverrides } from "./routes/parse.ts";
import type { Mismatch } from "./shadow/mismatch.ts";
import type { ShadowReport } from "./shadow/report.ts";
import { createShadow, type ShadowLimits } from "./shadow/shadow.ts";
import type { ShadowCount } from "./shadow/shadow-count.ts";
import { openTracing } from "./telemetry/open-tracing.ts";
import type { TracingConfig } from "./telemetry/tracing-config.ts";
import { createTraffic, type Series, type Side } from "./traffic.ts";
import type { UpstreamReport } from "./upstreams/report.ts";
import { createAdmission } from "./admission/admission.ts";
import type { AdmissionReport } from "./admission/report.ts";
import { startEdgeTls } from "./tls/edge-tls.ts";
import type { TlsReport } from "./tls/report.ts";
import type { TlsFiles } from "./tls/tls-files.ts";
import { trustAuthorities } from "./tls/trust.ts";
import { createUpstreams } from "./upstreams/upstreams.ts";

/** What one worker needs to serve customers. */
export type EdgeConfig = {
  /** Only named in complaints. */
  routesFile: string;
  /** Addresses that replace those of the routes file, by the service's name. */
  upstreams: UpstreamOverrides;
  /** The access token for services that are found by Consul. */
  consulToken?: string | undefined;
  /** Where the certificates are; undefined: customers are spoken to without TLS. */
  tls?: TlsFiles | undefined;
  /** A PEM file with authorities to trust besides the usual ones, for all TLS of this process. */
  upstreamCa?: string | undefined;
  host: string;
  /** 0 lets the system choose. */
  port: number;
  /** Whether other workers listen on the same port. */
  reusePort?: boolean;
  isTrusted: IsTrusted;
  /** Sign what customers carry; the first for new values, all for those that come back. */
  secrets: readonly string[];
  /** Signs what outlives no process where there is no secret; the same for all workers. */
  runSecret: string;
  /** Lets streams tell their positions. */
  streamToken: string | undefined;
  engine: EngineName;
  limits: Limits;
  shadow: ShadowLimits;
  /** Where traces go; nothing is traced, and nothing loaded, without. */
  tracing?: TracingConfig | undefined;
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
  breakers: BreakerReport[];
  ownWrites: OwnWritesReport;
  /** Services with several instances. */
  upstreams: UpstreamReport[];
  admission: AdmissionReport;
  /** null without TLS. */
  tls: TlsReport | null;
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
  /** What the comparisons of all shadowed routes have shown. */
  shadow: () => ShadowReport;
  mismatches: () => KeptMismatches;
  clearMismatches: () => number;
  /** Closes the WebSockets of a route that are not on the side where new ones go. Answers how many. */
  drainUpgrades: (route: string) => number;
  /** Lets open requests finish for up to `drainMs`, then closes everything. */
  close: (drainMs: number) => Promise<void>;
};

/**
 * Starts an edge. Throws PlanFileError when the routes are wrong, TlsFilesInvalidError or TrustFileInvalidError when certificates are,
 * PortTakenError when the port is taken.
 */
export async function startEdge(config: EdgeConfig, routes: RoutesText, log: Logger): Promise<Edge> {
  const { limits, isTrusted } = config;
  let snapshot = parse(routes);
  const traffic = createTraffic();
  const breakers = createBreakers(log);
  const upstreams = createUpstreams({ log, consulToken: config.consulToken });
  upstreams.apply(snapshot);
  const keyring = createKeyring(config.secrets);
  const streams = createStreams({ token: config.streamToken, log });
  streams.follow(snapshot.streams);
  warnWithoutSecret(snapshot);
  const ownWrites = createOwnWrites({
    streams,
    keyring: keyring.canSign ? keyring : createKeyring([config.runSecret]),
    customers: keyring,
    now: Date.now,
  });
  const admission = createAdmission({ log, isTrusted, keyring });
  admission.apply(snapshot);
  if (config.upstreamCa !== undefined) await trustAuthorities(config.upstreamCa);
  const tls = config.tls && (await startEdgeTls(config.tls, log));
  const tracing = await openTracing(config.tracing, log);
  const shadow = createShadow({ limits: config.shadow, log, follow: tracing?.follow });
  const engine = ENGINES[config.engine](limits);
  const front = createFront({
    routes: () => snapshot,
    engine,
    admission,
    tls,
    upstreams,
    breakers,
    shadow,
    traffic,
    isTrusted,
    keyring,
    ownWrites,
    hopMark: createHopMark(),
    now: Date.now,
    limits,
    tracing,
    log,
  });

  function parse({ text }: RoutesText): RoutesSnapshot {
    return parseRoutes(config.routesFile, text, config.upstreams, [{ host: config.host, port: config.port }]);
  }

  function warnWithoutSecret(next: RoutesSnapshot): void {
    const missing = keyring.canSign ? undefined : describeMissingSecret(next);
    if (missing !== undefined) log.warn(missing);
  }

  async function close(drainMs: number): Promise<void> {
    await front.drain(drainMs);
    upstreams.close();
    admission.close();
    tls?.close();
    shadow.close();
    await Promise.all([engine.close(), streams.close(), tracing?.close()]);
  }

  try {
    const port = await listen(front.server, config.host, config.port, config.reusePort);
    return {
      url: `${tls ? "https" : "http"}://${inUrl(config.host)}:${port}`,
      port,
      apply: (next) => {
        const parsed = parse(next);
        const startedAt = performance.now();
        upstreams.apply(parsed);
        admission.apply(parsed);
        streams.follow(parsed.streams);
        warnWithoutSecret(parsed);
        snapshot = parsed;
        const swapMs = performance.now() - startedAt;
        front.upgrades.follow(parsed);
        return swapMs;
      },
      report: () => ({
        version: snapshot.version,
        engine: engine.name,
        series: traffic.all(),
        shadow: [...shadow.all()].map(([route, counts]) => ({ route, counts })),
        shadowInFlight: shadow.inFlight(),
        refusals: [...front.refusals].map(([status, requests]) => ({ status, requests })),
        upgrades: countUpgrades(front.upgrades.all()),
        breakers: breakers.report(),
        upstreams: upstreams.report(),
        admission: admission.report(),
        tls: tls?.report() ?? null,
        ownWrites: ownWrites.report(),
      }),
      shadow: () => shadow.report(),
      mismatches: () => mismatchesOf(shadow.report()),
      clearMismatches: () => shadow.forget(),
      drainUpgrades: (route) => front.upgrades.drain(route, snapshot),
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

function mismatchesOf({ routes }: ShadowReport): KeptMismatches {
  const mismatches = routes.flatMap(({ samples }) => samples).sort((a, b) => (a.at < b.at ? -1 : 1));
  return { mismatches, overwritten: routes.reduce((sum, { samplesDropped }) => sum + samplesDropped, 0) };
}

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
