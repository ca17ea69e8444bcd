import { drain, listen, type Logger } from "@strangler/platform";
import { createKeyring } from "../customer/keyring.ts";
import { inUrl } from "../edge.ts";
import { explainRequest } from "../explain.ts";
import { createMetrics } from "../metrics.ts";
import { createReport } from "../report.ts";
import type { RouteSource } from "../routes/source.ts";
import { setStage } from "../watch/set-stage.ts";
import { startWatch } from "../watch/watch.ts";
import { createAccess } from "./admin/access.ts";
import { createAdmin } from "./admin/admin.ts";
import { followTokens } from "./admin/token-source.ts";
import { applyRoutes } from "./apply-routes.ts";
import { guardLog } from "./audit/guard-log.ts";
import { createControl } from "./control.ts";
import { createHistory } from "./dashboard/history.ts";
import { openDashboard } from "./dashboard/open-dashboard.ts";
import { createStreamLooks } from "./dashboard/stream-looks.ts";
import type { Edges } from "./edges.ts";
import { startReporter } from "./replicas/reporter.ts";
import type { RoutesStore } from "./store/routes-store.ts";

export type ControlConfig = {
  adminHost: string;
  /** 0 lets the system choose. */
  adminPort: number;
  adminToken?: string | undefined;
  adminTokensFile?: string | undefined;
  /** As the edge has them, to judge signed values as it does. */
  secrets?: readonly string[];
};

export type RunningControl = {
  adminUrl: string;
  /** From now on `readyz` says no. */
  drain: () => void;
  close: () => Promise<void>;
};

const COUNT_EVERY_MS = 1_000;

/**
 * Starts the control plane of one replica: hands on every change of the routes, watches over canaries and the audit log, and answers
 * operators. It never touches a request. Throws PlanFileError for wrong tokens, PortTakenError.
 */
export async function startControl(
  config: ControlConfig,
  { store, source, edges }: { store: RoutesStore; source: RouteSource; edges: Edges },
  log: Logger,
): Promise<RunningControl> {
  const tokens = await followTokens({ single: config.adminToken, file: config.adminTokensFile, log });
  let draining = false;
  const guard = guardLog(store, log);
  source.onChange(guard.look);
  const watch = startWatch({
    routes: source.current,
    report: edges.report,
    setStage: (move) => setStage(store, move),
    log,
  });
  const history = createHistory();
  const count = () =>
    edges.report().then(
      (report) => history.add(Date.now(), report),
      (error: unknown) => log.warn({ err: error }, "the workers' counts could not be read"),
    );
  // The beginning too: the first second counts from it.
  await count();
  const counting = setInterval(() => void count(), COUNT_EVERY_MS);
  counting.unref();

  // Known when the listener is; nobody is answered before.
  let adminUrl = "";
  const reporter = startReporter({
    register: store.replicas,
    version: source.text().version,
    adminUrl: () => adminUrl,
    log,
  });
  const swapTimes = applyRoutes(source, edges, reporter, log);
  const metrics = createMetrics({ report: edges.report, source, watch: watch.report, swapTimes });
  const keyring = createKeyring(config.secrets ?? []);
  const control = createControl({
    store,
    source,
    edges,
    guard,
    self: reporter.status,
    lately: history.lately,
    report: async () => createReport(source, await edges.report(), history.lately),
    explain: async (question) => {
      const { streams } = (await edges.report()).ownWrites;
      const appliedOf = (name: string) => streams.find((stream) => stream.name === name)?.applied;
      return explainRequest(source.current(), question, { keyring, appliedOf, now: Date.now });
    },
    watch: watch.report,
    metrics: async () => ({ text: await metrics.text(), type: metrics.contentType }),
    readiness: () => (draining ? "shutting down" : undefined),
  });
  const access = createAccess(tokens.tokens);
  const dashboard = openDashboard({ control, source, history, streams: createStreamLooks(), now: Date.now }, access);
  const admin = createAdmin({
    control,
    access,
    dashboard,
    host: config.adminHost,
    log,
  });

  async function close(): Promise<void> {
    clearInterval(counting);
    watch.close();
    await guard.close();
    tokens.close();
    await reporter.close();
    dashboard.close();
    await drain(admin, 0);
  }

  try {
    const port = await listen(admin, config.adminHost, config.adminPort);
    adminUrl = `http://${inUrl(config.adminHost)}:${port}`;
    reporter.tell();
    return { adminUrl, drain: () => void (draining = true), close };
  } catch (error) {
    await close();
    throw error;
  }
}
