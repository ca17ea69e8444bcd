import { createHash } from "node:crypto";
import { parsePlanText, PlanFileError } from "@strangler/platform";
import { admissionPlanOf, identityFields, jwtPlanOf, type JwtPlan } from "../admission/admission-plan.ts";
import { planCarriage, toCarriage, toServiceRewrite, type CarriagePlan } from "../carriage/carriage.ts";
import { DEFAULT_HASH } from "../customer/hash.ts";
import { toKeys } from "../customer/keys.ts";
import { toOverrideRule, type OverrideRule } from "../customer/override.ts";
import { SESSION_COOKIE } from "../session-cookie.ts";
import { OWN_COOKIE } from "../customer/own-cookie.ts";
import { WRITES_COOKIE } from "../own-writes/mark.ts";
import { planOwnWrites, toOwnWritesRule, type OwnWritesPlan } from "../own-writes/rule.ts";
import { poolPlanOf, principalUrl, type PoolPlan } from "../upstreams/pool-plan.ts";
import type { Listener } from "./loops.ts";
import { toBreakerRule, type BreakerRule } from "../breaker/breaker-rule.ts";
import { toAdvanceRule } from "../watch/advance-rule.ts";
import { toShadowRules } from "../shadow/shadow-rule.ts";
import { toWatchRule } from "../watch/watch-rule.ts";
import type { Rewrite } from "../rewrite/rewrite.ts";
import { findProblems } from "./find-problems.ts";
import type { PathPattern } from "./pattern.ts";
import type { Route } from "./route.ts";
import { routesSchema, type RouteEntry, type RoutesDocument } from "./schema.ts";
import { claimsOf } from "./specificity.ts";
import { furthest, MONOLITH } from "./stages.ts";
import { createRouteTable, type RouteTable } from "./table.ts";

/** Where an upstream listens. */
export type Upstream = {
  readonly name: string;
  /** Its address, or one that stands for it where it has several. */
  readonly url: URL;
  /** undefined: `url` is all there is. */
  readonly pool: PoolPlan | undefined;
  /** Whether it gets its own address as Host, and not the customer's. */
  readonly ownHost: boolean;
  /** undefined: its answers are passed on as they are. */
  readonly rewrite: Rewrite | undefined;
  /** undefined: it is asked however often it fails. */
  readonly breaker: BreakerRule | undefined;
};

/** The routes of one moment. Immutable: a request is served from start to end by the snapshot it arrived under. */
export type RoutesSnapshot = {
  /** The first 12 hex digits of the SHA-256 of the file's text. */
  readonly version: string;
  readonly routes: readonly Route[];
  readonly table: RouteTable;
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly stickyCookie: string | undefined;
  /** In small letters. */
  readonly overrideHeader: string | undefined;
  /** Where testers choose a side; undefined: nowhere. */
  readonly override: OverrideRule | undefined;
  /** Where the streams that routes name tell their positions, by name. */
  readonly streams: ReadonlyMap<string, URL>;
  /** The same of every stream that the file lists. */
  readonly listedStreams: ReadonlyMap<string, URL>;
  /** What the own writes of the routes in stage canary need; undefined: nothing. */
  readonly ownWrites: OwnWritesPlan | undefined;
  /** How tokens are verified; undefined: no route asks for one. */
  readonly jwt: JwtPlan | undefined;
  readonly carriage: CarriagePlan;
  /** Names of request fields, in small letters, and of cookies that are between customers and the proxy. */
  readonly hidden: { readonly fields: ReadonlySet<string>; readonly cookies: readonly string[] };
  /** The file as it was written, checked: what an export has to give an account of, field by field. */
  readonly document: RoutesDocument;
};

/** The text of a routes file that has been parsed once: what travels to workers. */
export type RoutesText = { readonly text: string; readonly version: string };

/** Addresses that replace those of the file, by the service's name. */
export type UpstreamOverrides = Readonly<Record<string, string>>;

/**
 * Parses the text of a routes file. `file` is only named in complaints. No upstream may be one of `listeners`: it would ask
 * itself. Throws PlanFileError listing every problem.
 */
export function parseRoutes(
  file: string,
  text: string,
  overrides: UpstreamOverrides = {},
  listeners: readonly Listener[] = [],
): RoutesSnapshot {
  const plan = parsePlanText(file, text, routesSchema);
  const patterns = new Map<RouteEntry, PathPattern>();
  const problems = findProblems(plan, patterns, overrides, listeners);
  if (problems.length > 0) throw new PlanFileError(problems);

  const { services, sticky, override, streams = {} } = plan.value;
  const ours = originsOf(services, overrides);
  const routes = plan.value.routes.map((entry) => toRoute(entry, patterns.get(entry) as PathPattern, sticky, ours));
  const overrideRule = override && toOverrideRule(override);
  const jwt = plan.value.jwt && jwtPlanOf(plan.value.jwt, file);
  const listedStreams = new Map(Object.entries(streams).map(([name, { url }]) => [name, new URL(url)]));
  const named = new Set(routes.map(({ ownWrites }) => ownWrites?.stream));
  const upstreams = new Map(
    Object.entries(services).map(([name, service]) => [name, toUpstream(name, service, file, overrides[name], ours)]),
  );
  return Object.freeze({
    version: versionOf(text),
    routes,
    table: createRouteTable(routes),
    upstreams,
    stickyCookie: sticky?.cookie,
    overrideHeader: overrideRule?.header,
    override: overrideRule,
    streams: new Map([...listedStreams].filter(([name]) => named.has(name))),
    listedStreams,
    ownWrites: planOwnWrites(routes),
    jwt,
    carriage: planCarriage(plan.value.routes, Object.values(services), plan.value.forwarded),
    hidden: hiddenBy(overrideRule, jwt),
    document: plan.value,
  });
}

// --- internal ---

// The upstreams are not told what a tester chose or who is on which side, and a customer cannot pose as the shadow of another.
function hiddenBy(override: OverrideRule | undefined, jwt: JwtPlan | undefined): RoutesSnapshot["hidden"] {
  const { header, cookie } = override ?? {};
  return {
    fields: new Set(["x-strangler-shadow", ...(header === undefined ? [] : [header]), ...identityFields(jwt)]),
    // Cookies know no ports: a browser sends the dashboard's to customers' pages, where both are one host.
    cookies: [OWN_COOKIE, WRITES_COOKIE, SESSION_COOKIE, ...(cookie === undefined ? [] : [cookie])],
  };
}

// The upstreams' own addresses, as far as the file knows them.
function originsOf(services: RoutesDocument["services"], overrides: UpstreamOverrides): ReadonlySet<string> {
  const urls = Object.entries(services).flatMap(([name, { url, instances = [] }]) => [
    overrides[name],
    url,
    ...instances,
  ]);
  return new Set(urls.flatMap((url) => (url === undefined ? [] : [new URL(url).origin])));
}

function toUpstream(
  name: string,
  service: RoutesDocument["services"][string],
  file: string,
  override: string | undefined,
  ours: ReadonlySet<string>,
): Upstream {
  // An address from the environment replaces all that the file says of where a service is.
  const url = new URL(override ?? principalUrl(name, service));
  const pool = override === undefined ? poolPlanOf(service, file) : undefined;
  return {
    ...{ name, url, pool, breaker: toBreakerRule(service.breaker, name === MONOLITH) },
    ...{ ownHost: service.host === "upstream", rewrite: toServiceRewrite(service, ours) },
  };
}

function toRoute(
  entry: RouteEntry,
  pattern: PathPattern,
  sticky: RoutesDocument["sticky"],
  ours: ReadonlySet<string>,
): Route {
  return Object.freeze({
    id: entry.id,
    ...claimsOf(entry.match),
    path: entry.match.path,
    pattern,
    service: entry.service,
    stage: entry.stage,
    // 0.29 * 100 is 28.999999999999996 in floating point.
    share: Math.round((entry.percent ?? 0) * 100),
    hash: entry.hash ?? sticky?.hash ?? DEFAULT_HASH,
    keys: toKeys(entry.keys ?? sticky?.keys ?? (sticky?.cookie === undefined ? [] : [{ cookie: sticky.cookie }])),
    ownWrites: entry.ownWrites && toOwnWritesRule(entry.ownWrites),
    admission: admissionPlanOf(entry),
    reached: furthest(entry.stage, entry.reached ?? entry.stage),
    shadow: toShadowRules(entry.shadow),
    drainMs: entry.drainMs,
    carriage: toCarriage(entry, ours),
    watch: toWatchRule(entry.watch),
    autoAdvance: toAdvanceRule(entry.autoAdvance),
    fallback: entry.fallback ?? true,
  });
}

function versionOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
