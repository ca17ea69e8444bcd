import type { HashName } from "../customer/hash.ts";
import type { CustomerKey } from "../customer/keys.ts";
import type { Condition } from "../routes/conditions.ts";
import type { RoutesSnapshot, Upstream } from "../routes/parse.ts";
import type { PathPattern } from "../routes/pattern.ts";
import type { Route } from "../routes/route.ts";
import { MONOLITH } from "../routes/stages.ts";
import type { EjectionPlan, HealthPlan } from "../upstreams/pool-plan.ts";
import type { ExportOptions } from "./engines.ts";
import { listByPrecedence } from "./precedence.ts";

// What every exporter needs, and nothing that only one needs: routes as an ordered list in which the first match wins, because
// that is what all engines can do.

export type Model = {
  readonly version: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** In order of precedence: the first that fits a request decides. What fits none goes to the monolith. */
  readonly rules: readonly Rule[];
  readonly upstreams: readonly ExportUpstream[];
  /** Whether WebSockets may be opened where no route says anything of it. */
  readonly upgradesElsewhere: boolean;
  /** Whether upstreams get X-Forwarded-Port. */
  readonly portTold: boolean;
  /** Names of request fields and of cookies that are between customers and the proxy. */
  readonly hidden: { readonly fields: readonly string[]; readonly cookies: readonly string[] };
};

export type Rule = {
  readonly id: string;
  readonly path: string;
  readonly pattern: PathPattern;
  /** undefined: all. */
  readonly methods: readonly string[] | undefined;
  readonly conditions: readonly Condition[];
  readonly answer: Answer;
  /** Who else is asked, if anyone. */
  readonly shadow: ShadowedBy | undefined;
  /** Nobody is let in: the route asks for a token that nobody would verify. */
  readonly closed: boolean;
  /** Whether WebSockets may be opened, whoever asks. */
  readonly upgrades: boolean;
  /** The longest body that may be announced. */
  readonly bodyBytes: number | undefined;
};

export type ShadowedBy = {
  readonly name: string;
  /** Those of its methods that the route has. */
  readonly methods: readonly string[];
  /** Of the requests, 0 to 1. */
  readonly sample: number;
  /** Whether the candidate gets Cookie and Authorization. */
  readonly credentials: "pass" | "drop";
};

/** Who answers: one upstream, or a service for some customers and the monolith for the others. */
export type Answer =
  | { readonly by: "upstream"; readonly name: string }
  | {
      readonly by: "share";
      readonly name: string;
      /** Of 10,000 buckets, how many the service has. */
      readonly share: number;
      readonly hash: HashName;
      readonly keys: readonly Key[];
    };

/** Where a customer's name is looked for; whoever has none gets a cookie. No engine here has verified a token's claims. */
export type Key = { readonly from: "cookie" | "header"; readonly name: string } | { readonly from: "address" };

export type ExportUpstream = {
  readonly name: string;
  readonly secure: boolean;
  /** The Host that it gets; undefined: the customer's. */
  readonly host: string | undefined;
  /** None where they have to be found. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  readonly health: HealthPlan | undefined;
  readonly ejection: EjectionPlan | undefined;
};

/** The value of our own cookie: minted here or by this proxy, there perhaps with a signature. */
export const OWN_VALUE_EXPRESSION = "[A-Za-z0-9_-]{22}(?:[.][A-Za-z0-9_-]{22})?";

/** The routes as engines need them. */
export function createModel(
  snapshot: RoutesSnapshot,
  { listen = { host: "127.0.0.1", port: 8080 }, verified = false }: ExportOptions = {},
): Model {
  const closed = new Set(
    snapshot.document.routes.filter(({ auth }) => !verified && auth?.optional === false).map(({ id }) => id),
  );
  return {
    version: snapshot.version,
    listen,
    rules: listByPrecedence(snapshot.table).map((route) => toRule(snapshot, route, closed)),
    upstreams: [...snapshot.upstreams.values()].map((upstream) => toUpstream(snapshot, upstream)),
    upgradesElsewhere: !snapshot.carriage.namesUpgrades,
    portTold: snapshot.carriage.forwarded.port === true,
    hidden: { fields: [...snapshot.hidden.fields], cookies: snapshot.hidden.cookies },
  };
}

/** The rules whose customers are split, each with its split. */
export function sharedRules({ rules }: Model): { rule: Rule; split: Extract<Answer, { by: "share" }> }[] {
  return rules.flatMap((rule) => (rule.answer.by === "share" ? [{ rule, split: rule.answer }] : []));
}

/** Whether a mirror that cannot leave fields out may be used at all. */
export function mayMirror({ credentials }: ShadowedBy): boolean {
  return credentials === "pass";
}

// --- internal ---

function toRule({ carriage }: RoutesSnapshot, route: Route, closed: ReadonlySet<string>): Rule {
  return {
    id: route.id,
    path: route.path,
    pattern: route.pattern,
    methods: route.methods && [...route.methods],
    conditions: route.conditions ?? [],
    answer: answerOf(route),
    shadow: route.stage === "shadow" ? shadowOf(route) : undefined,
    closed: closed.has(route.id),
    upgrades: upgradesOn(route, carriage.namesUpgrades),
    bodyBytes: route.carriage?.bodyBytes,
  };
}

// Where only some pages may open them, nobody may: an engine that asked nothing would let everybody.
function upgradesOn({ carriage }: Route, named: boolean): boolean {
  const rule = carriage?.upgrade;
  return rule === undefined ? !named : rule.allowed && rule.origins === undefined;
}

function shadowOf({ service, methods, shadow }: Route): ShadowedBy | undefined {
  const asked = shadow.methods.filter((method) => methods === undefined || methods.has(method));
  if (asked.length === 0 || shadow.sample === 0) return undefined;
  return { name: service, methods: asked, sample: shadow.sample, credentials: shadow.credentials };
}

function answerOf({ service, stage, share, hash, keys }: Route): Answer {
  if (stage === "service") return { by: "upstream", name: service };
  if (stage !== "canary") return { by: "upstream", name: MONOLITH };
  return { by: "share", name: service, share, hash, keys: keys.filter(isKnown) };
}

function isKnown(key: CustomerKey): key is Key {
  return key.from !== "claim";
}

function toUpstream({ document }: RoutesSnapshot, { name, url, pool }: Upstream): ExportUpstream {
  return {
    name,
    secure: url.protocol === "https:",
    host: document.services[name]?.host === "upstream" ? url.host : undefined,
    addresses: addressesOf({ name, url, pool }),
    health: pool?.health,
    ejection: pool?.ejection,
  };
}

// A service that has to be found has none yet: the address that stands for it (see `principalUrl`) would keep engines from starting.
function addressesOf({ name, url, pool }: Pick<Upstream, "name" | "url" | "pool">): ExportUpstream["addresses"] {
  const discovery = pool?.discovery;
  if (discovery?.from === "address") return [{ host: discovery.name, port: discovery.port }];
  if (pool !== undefined && pool.instances.length > 0) return pool.instances.map(addressOf);
  return url.hostname === `${name}.invalid` ? [] : [addressOf(url.href)];
}

function addressOf(address: string): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(address);
  return { host: hostname, port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port) };
}
