import type { Explanation, Question } from "../explain.ts";
import type { KeptMismatches, EdgeReport } from "../edge.ts";
import type { RouteReport } from "../report.ts";
import type { StageWish } from "../routes/change-stages.ts";
import type { RouteSource } from "../routes/source.ts";
import type { ShadowReport } from "../shadow/report.ts";
import type { Side } from "../traffic.ts";
import type { WatchReport } from "../watch/report.ts";
import type { AuditEntry } from "./audit/entry.ts";
import type { LogGuard } from "./audit/guard-log.ts";
import type { AuditVerdict } from "./audit/verify.ts";
import { changeRoutes, type ChangeOptions, type RoutesChange } from "./change-routes.ts";
import type { Edges } from "./edges.ts";
import { effectOf, type ChangeEffect, type Lately } from "./effect.ts";
import { stateOf, type ReplicaState } from "./replicas/describe.ts";
import type { ReplicaStatus, SeenReplica } from "./replicas/register.ts";
import type { RoutesStore } from "./store/routes-store.ts";

/** What the control plane knows and can do, for the admin API, the dashboard and the metrics alike. */
export type Control = {
  readiness: () => string | undefined;
  metrics: () => Promise<{ text: string; type: string }>;
  routes: () => Promise<RouteReport>;
  /** Sets stages, or says what that would do. Throws what `changeRoutes` throws. */
  change: (wish: StageWish, actor: string, reason?: string, options?: ChangeOptions) => Promise<ChangeWithEffects>;
  audit: (page: { before?: number | undefined; limit: number }) => Promise<{ entries: AuditEntry[]; more: boolean }>;
  verifyAudit: (anew: boolean) => Promise<AuditVerdict>;
  explain: (question: Question) => Promise<Explanation>;
  replicas: () => Promise<{ version: string; self: string; replicas: (SeenReplica & { state: ReplicaState })[] }>;
  edges: () => Promise<EdgeReport>;
  /** Closes the WebSockets of a route that are not on the side where new ones go. Answers how many. */
  drain: (route: string) => Promise<number>;
  watch: () => WatchReport;
  shadow: () => Promise<ShadowReport>;
  mismatches: () => Promise<KeptMismatches>;
  clearMismatches: () => Promise<number>;
};

export type ChangeWithEffects = RoutesChange & { effects: ChangeEffect[] };

export type ControlParts = {
  store: RoutesStore;
  source: RouteSource;
  edges: Edges;
  guard: LogGuard;
  self: () => ReplicaStatus;
  lately: (route: string, side: Side) => Lately | undefined;
  report: () => Promise<RouteReport>;
  explain: (question: Question) => Promise<Explanation>;
  watch: () => WatchReport;
  metrics: Control["metrics"];
  readiness: Control["readiness"];
};

export function createControl(parts: ControlParts): Control {
  const { store, source, edges, guard, self, lately } = parts;

  async function change(wish: StageWish, actor: string, reason?: string, options: ChangeOptions = {}) {
    const result = await changeRoutes(store, wish, actor, reason, options);
    const { shadow } = await edges.report();
    const byId = new Map(source.current().routes.map((route) => [route.id, route]));
    const effects = result.changes.flatMap((each) => {
      const route = byId.get(each.id);
      const counts = shadow.find((one) => one.route === each.id)?.counts;
      return route ? [effectOf(each, route, { lately: (side) => lately(each.id, side), shadow: counts })] : [];
    });
    return { ...result, effects };
  }

  return {
    readiness: parts.readiness,
    metrics: parts.metrics,
    routes: parts.report,
    change,
    audit: async ({ before, limit }) => {
      const entries = await store.history({ before, limit: limit + 1 });
      return { entries: entries.slice(0, limit), more: entries.length > limit };
    },
    verifyAudit: guard.verify,
    explain: parts.explain,
    replicas: async () => {
      const { version } = await store.read();
      // Its own word counts even where the register cannot be written.
      const others = (await store.replicas.list()).filter(({ id }) => id !== self().id);
      const replicas = [{ ...self(), seenMsAgo: 0 }, ...others];
      return {
        version,
        self: self().id,
        replicas: replicas.map((each) => ({ ...each, state: stateOf(each, version) })),
      };
    },
    edges: edges.report,
    drain: (route) => edges.drainUpgrades(route),
    watch: parts.watch,
    shadow: edges.shadow,
    mismatches: edges.mismatches,
    clearMismatches: edges.clearMismatches,
  };
}
