import { bucketOf, octetsOf } from "./customer/hash.ts";
import { findCustomer, type Claims, type Customer } from "./customer/identify.ts";
import { createKeyring, type Keyring } from "./customer/keyring.ts";
import { describeKey } from "./customer/keys.ts";
import { findOverride, type OverrideFound } from "./customer/override.ts";
import { decideFor, type Decision } from "./decide.ts";
import { describeDecision } from "./explain/describe-decision.ts";
import { findPassedOver, type PassedOver } from "./explain/passed-over.ts";
import { findOwnWrite, type OwnWriteFound } from "./explain/own-write.ts";
import { canonicalPath } from "./guard/canonical-path.ts";
import type { Position } from "./own-writes/mark.ts";
import type { RoutesSnapshot } from "./routes/parse.ts";
import { describeMatch, type Route } from "./routes/route.ts";
import type { Stage } from "./routes/stages.ts";
import { findRoute } from "./routes/table.ts";

export type Question = {
  method: string;
  /** Path, with or without a query. */
  target: string;
  /** What names the customer, wherever the route looks for it. */
  customer?: string | undefined;
  /** Names in small letters. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Of a token that the proxy would have verified. */
  claims?: Claims | undefined;
  /** The client's address. */
  address?: string | undefined;
};

/** What a running proxy knows beside its routes. All of it may be left out; then the sentences say what cannot be known. */
export type ExplainKnowledge = {
  keyring?: Keyring | undefined;
  /** What a stream has applied, undefined when it does not say. */
  appliedOf?: ((stream: string) => Position | undefined) | undefined;
  /** Milliseconds since 1970. */
  now?: (() => number) | undefined;
};

export type Explanation = {
  method: string;
  /** In the form in which it is matched and forwarded; as it was asked for where it is refused. */
  path: string;
  route: { id: string; match: string; service: string } | null;
  /** Routes for this path that did not fit, and why: at most ten. */
  passedOver: readonly PassedOver[];
  stage: Stage | null;
  /** Only in stage canary. */
  percent: number | null;
  customer: string | null;
  /** What named her: "the cookie sid". */
  customerBy: string | null;
  /** 0..9999; null without a route or a customer. */
  bucket: number | null;
  /** What a tester's header or cookie asks for, and why it does not count where it does not. */
  override: { where: string; choice: string | null; problem: string | null } | null;
  /** Whether a write of hers keeps her reads with the monolith; null where it does not matter. */
  ownWrite: OwnWriteFound | null;
  /** The rule that decided; `refused` when the proxy answers itself. */
  because: Decision["because"] | "refused";
  /** `proxy` when the request is refused. */
  answeredBy: string;
  shadow: string | null;
  /** Sentences for a person. */
  why: string;
};

/** Which route, which stage, who asks, who answers and why: the same functions as for a request, with their reasons. Pure. */
export function explainRequest(
  snapshot: RoutesSnapshot,
  question: Question,
  knowledge: ExplainKnowledge = {},
): Explanation {
  const { method, target, headers = {} } = question;
  const mark = target.indexOf("?");
  const rawPath = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? "" : target.slice(mark);
  const canonical = canonicalPath(rawPath);
  if ("refused" in canonical) return refused(method, rawPath, canonical.refused);

  const { path } = canonical;
  const route = findRoute(snapshot.table, method, path, headers, query);
  const who = route === undefined ? NOBODY : askWho(snapshot, route, question, knowledge);
  const { customer, bucket, override, ownWrite } = who;
  const decision = decideFor(route, { method, bucket, override: override?.choice, ownWrite: ownWrite?.held === true });
  return {
    method,
    path,
    route: route ? { id: route.id, match: describeMatch(route), service: route.service } : null,
    passedOver: findPassedOver(snapshot.routes, { method, path, headers, query }),
    stage: route?.stage ?? null,
    percent: route?.stage === "canary" ? route.share / 100 : null,
    customer: customer === undefined ? null : readable(customer.key),
    customerBy: customer?.by === undefined ? null : describeKey(customer.by),
    bucket: bucket ?? null,
    override: override
      ? { where: override.where, choice: override.choice ?? null, problem: override.problem ?? null }
      : null,
    ownWrite: ownWrite ?? null,
    because: decision.because,
    answeredBy: decision.answeredBy,
    shadow: decision.shadow ?? null,
    why: describeDecision(route, decision, { ...who, customer: customer && readable(customer.key) }),
  };
}

// --- internal ---

type Who = {
  /** `by` is undefined where the question itself names her. */
  customer: { key: string; by: Customer["by"] | undefined } | undefined;
  bucket: number | undefined;
  override: OverrideFound | undefined;
  ownWrite: OwnWriteFound | undefined;
};

const NOBODY: Who = { customer: undefined, bucket: undefined, override: undefined, ownWrite: undefined };
const NO_SECRET = createKeyring([]);

function askWho(
  snapshot: RoutesSnapshot,
  route: Route,
  { method, customer: named, headers = {}, claims, address }: Question,
  { keyring = NO_SECRET, appliedOf, now = Date.now }: ExplainKnowledge,
): Who {
  const override = snapshot.override && findOverride(snapshot.override, headers, route.id, keyring, now);
  const customer =
    named === undefined
      ? findCustomer(route.keys, { headers, claims, address: () => address ?? "" }, keyring)
      : { key: octetsOf(named), by: undefined };
  const bucket = customer === undefined ? undefined : bucketOf(route.hash, route.id, customer.key);
  const ownWrite =
    bucket !== undefined && bucket < route.share
      ? findOwnWrite(route, { method, headers, keyring, appliedOf, now })
      : undefined;
  return { customer, bucket, override, ownWrite };
}

function refused(method: string, path: string, why: string): Explanation {
  return {
    method,
    path,
    route: null,
    passedOver: [],
    stage: null,
    percent: null,
    customer: null,
    customerBy: null,
    bucket: null,
    override: null,
    ownWrite: null,
    because: "refused",
    answeredBy: "proxy",
    shadow: null,
    why: `The proxy refuses the request with 400: ${why}.`,
  };
}

function readable(octets: string): string {
  return Buffer.from(octets, "latin1").toString("utf8");
}
