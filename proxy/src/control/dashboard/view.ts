import type { BreakerReport } from "../../breaker/breakers.ts";
import type { StageAt } from "../../routes/change-stages.ts";
import type { Stage } from "../../routes/stages.ts";
import type { RouteShadow } from "../../shadow/report.ts";
import type { UpstreamReport } from "../../upstreams/report.ts";
import type { RouteWatch } from "../../watch/report.ts";
import type { AuditEntry } from "../audit/entry.ts";
import type { ReplicaState } from "../replicas/describe.ts";
import type { SeenReplica } from "../replicas/register.ts";
import type { Slice, Trend } from "./history.ts";
import type { StreamView } from "./stream-looks.ts";

// What the pages show, gathered in one place by `read-view.ts`. Pages are functions from this to markup, and ask nobody else.

export type DashboardView = {
  /** Milliseconds since 1970, as all instants here that are numbers. */
  now: number;
  /** Of the routes in force. */
  version: string;
  loadedAt: number;
  engine: string;
  /** Sentences about what is wrong with the proxy itself. */
  troubles: readonly string[];
  /** Why the newest routes are not in force; undefined when they are. */
  refused: { at: number; reasons: readonly string[] } | undefined;
  routes: readonly RouteView[];
  /** All routes together, and the requests without a route. */
  all: SidesView;
  /** Changes of the routes, newest first; `AUDIT_SHOWN` of them at most. */
  audit: readonly AuditEntry[];
  /** Every service with its address, or with its instances. */
  services: readonly ServiceView[];
  /** Every stream that the routes file lists. */
  streams: readonly StreamView[];
  replicas: readonly (SeenReplica & { state: ReplicaState })[];
  /** Which of them this one is. */
  self: string;
};

export type RouteView = {
  id: string;
  /** `GET,HEAD /items/*` */
  match: string;
  service: string;
  at: StageAt;
  reached: Stage;
  sides: SidesView;
  /** undefined until something was compared. */
  shadow: RouteShadow | undefined;
  /** undefined where the watch does not look. */
  watch: RouteWatch | undefined;
  /** Open WebSockets of both sides. */
  upgrades: number;
};

/** The control is the monolith, the candidate the service that the route moves to. */
export type SidesView = { control: SideView; candidate: SideView };

/** The last minute, and the past in two steps, which is read only where it is drawn. */
export type SideView = {
  lately: Slice | undefined;
  /** As `History` has them. */
  rates: () => (number | undefined)[];
  fine: () => Trend;
  coarse: () => Trend;
};

export type ServiceView = {
  name: string;
  url: string | undefined;
  /** undefined where none is configured, or nobody has asked yet. */
  breaker: BreakerReport | undefined;
  /** undefined for a service with one fixed address. */
  upstream: UpstreamReport | undefined;
  routes: number;
};

/** How many changes are read from the audit log for the axis of time and the lists. */
export const AUDIT_SHOWN = 200;

/** Who looks, and at what. */
export type Viewer = {
  /** undefined while nobody is signed in. */
  name: string | undefined;
  mayFlip: boolean;
  /** Whether there is anything to sign in with. */
  maySignIn: boolean;
  /** Goes back with every form. */
  csrf: string;
  /** Path and query, without the mount. */
  path: string;
  step: "fine" | "coarse";
  notice: string | undefined;
};
