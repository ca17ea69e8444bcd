import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { continueTrace } from "@strangler/platform";
import type { BucketOf } from "./bucket.ts";
import { identifyCustomer, OWN_COOKIE, ownCookie } from "./customer.ts";
import { decideFor, type Decision, type Override } from "./decide.ts";
import type { Target } from "./forward/engine.ts";
import type { Inspected } from "./guard/inspect.ts";
import { hasBody, upstreamRequestHeaders } from "./guard/request-headers.ts";
import type { IsTrusted } from "./guard/trusted-proxies.ts";
import type { RoutesSnapshot } from "./routes/parse.ts";
import type { Route } from "./routes/route.ts";
import { findRoute } from "./routes/table.ts";

/** Where one request goes, decided once and kept to its end. */
export type Trip = {
  snapshot: RoutesSnapshot;
  route: Route | undefined;
  decision: Decision;
  target: Target;
  requestId: string;
  /** Fields added to the upstream's answer, name and value in turn. */
  ownFields: string[];
};

export type TripPlannerOptions = {
  /** The routes in force at this instant. Asked once a request. */
  routes: () => RoutesSnapshot;
  bucketOf: BucketOf;
  isTrusted: IsTrusted;
};

/** Gathers the facts of a request, has the decision made, and addresses the request accordingly. */
export function createTripPlanner({ routes, bucketOf, isTrusted }: TripPlannerOptions) {
  return (request: IncomingMessage, { path, query, host }: Inspected): Trip => {
    const snapshot = routes();
    const { method = "" } = request;
    const route = findRoute(snapshot.table, method, path);
    const customer =
      route?.stage === "canary" ? identifyCustomer(request.headers.cookie, snapshot.stickyCookie) : undefined;
    const decision = decideFor(route, {
      method,
      bucket: route && customer ? bucketOf(route.id, customer.key) : undefined,
      override: overrideOf(request, snapshot),
    });
    const upstream = snapshot.upstreams.get(decision.answeredBy);
    if (upstream === undefined)
      throw new Error(`no address for ${decision.answeredBy}, which parseRoutes had promised`);
    const peer = request.socket.remoteAddress ?? "";
    const trusted = isTrusted(peer);
    const secure = trusted && request.headers["x-forwarded-proto"] === "https";
    const requestId = requestIdOf(request);
    const target: Target = {
      origin: upstream.url,
      path: path + query,
      headers: upstreamRequestHeaders(request, {
        host: host ?? upstream.url.host,
        requestId,
        traceparent: continueTrace(oneField(request.headers["traceparent"])).traceparent,
        peer,
        trusted,
        secure,
        hidden: hiddenFields(snapshot),
        hiddenCookie: OWN_COOKIE,
      }),
      repeatable: REPEATABLE.has(method) && !hasBody(request),
    };
    const ownFields = ["x-served-by", decision.answeredBy, "x-request-id", requestId];
    if (customer?.minted !== undefined) ownFields.push("set-cookie", ownCookie(customer.minted, secure));
    return { snapshot, route, decision, target, requestId, ownFields };
  };
}

// --- internal ---

// RFC 9110 section 9.2.2.
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

const REQUEST_ID = /^[\w.:-]{1,128}$/;

function requestIdOf(request: IncomingMessage): string {
  const given = oneField(request.headers["x-request-id"]);
  return given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
}

function overrideOf(request: IncomingMessage, { overrideHeader }: RoutesSnapshot): Override | undefined {
  if (overrideHeader === undefined) return undefined;
  const value = oneField(request.headers[overrideHeader]);
  return value === "always" || value === "never" ? value : undefined;
}

// The upstreams are not told what a tester chose, and a customer cannot pose as the shadow of another.
function hiddenFields({ overrideHeader }: RoutesSnapshot): ReadonlySet<string> {
  return overrideHeader === undefined ? SHADOW_MARK : new Set([...SHADOW_MARK, overrideHeader]);
}

const SHADOW_MARK: ReadonlySet<string> = new Set(["x-strangler-shadow"]);

function oneField(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
