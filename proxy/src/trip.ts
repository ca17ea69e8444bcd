import { randomUUID } from "node:crypto";
import type { OutgoingHttpHeaders } from "node:http";
import { continueTrace } from "@strangler/platform";
import type { BucketOf } from "./bucket.ts";
import { identifyCustomer, OWN_COOKIE, ownCookie } from "./customer.ts";
import { decideFor, type Decision, type Override } from "./decide.ts";
import type { Inspected } from "./guard/inspect.ts";
import type { RequestHead } from "./guard/request-head.ts";
import { hasBody, upstreamRequestHeaders } from "./guard/request-headers.ts";
import type { IsTrusted } from "./guard/trusted-proxies.ts";
import type { RoutesSnapshot } from "./routes/parse.ts";
import type { Route } from "./routes/route.ts";

/** What one request asks for and who is to answer it, decided once and kept to its end. */
export type Trip = {
  snapshot: RoutesSnapshot;
  route: Route | undefined;
  decision: Decision;
  /** Canonical path and query. */
  path: string;
  /** The header for the upstream, whichever it is; an attempt adds the Host. */
  headers: OutgoingHttpHeaders;
  /** Whether the request may be sent a second time: an idempotent method without a body. */
  repeatable: boolean;
  requestId: string;
  /** Fields added to the answer, name and value in turn. */
  ownFields: string[];
};

export type TripPlannerOptions = { bucketOf: BucketOf; isTrusted: IsTrusted };

/** Gathers the facts of a request and has the decision made. */
export function createTripPlanner({ bucketOf, isTrusted }: TripPlannerOptions) {
  return (
    request: RequestHead,
    { path, query, host }: Inspected,
    snapshot: RoutesSnapshot,
    route: Route | undefined,
  ): Trip => {
    const { method = "" } = request;
    const customer =
      route?.stage === "canary" ? identifyCustomer(request.headers.cookie, snapshot.stickyCookie) : undefined;
    const decision = decideFor(route, {
      method,
      bucket: route && customer ? bucketOf(route.id, customer.key) : undefined,
      override: overrideOf(request, snapshot),
    });
    const peer = request.socket.remoteAddress ?? "";
    const trusted = isTrusted(peer);
    const secure = trusted && request.headers["x-forwarded-proto"] === "https";
    const requestId = requestIdOf(request);
    const headers = upstreamRequestHeaders(request, {
      host,
      requestId,
      traceparent: continueTrace(oneField(request.headers["traceparent"])).traceparent,
      peer,
      trusted,
      secure,
      hidden: hiddenFields(snapshot),
      hiddenCookie: OWN_COOKIE,
    });
    const ownFields = ["x-request-id", requestId];
    if (customer?.minted !== undefined) ownFields.push("set-cookie", ownCookie(customer.minted, secure));
    const repeatable = REPEATABLE.has(method) && !hasBody(request);
    return { snapshot, route, decision, path: path + query, headers, repeatable, requestId, ownFields };
  };
}

// --- internal ---

// RFC 9110 section 9.2.2.
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

const REQUEST_ID = /^[\w.:-]{1,128}$/;

function requestIdOf(request: RequestHead): string {
  const given = oneField(request.headers["x-request-id"]);
  return given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
}

function overrideOf(request: RequestHead, { overrideHeader }: RoutesSnapshot): Override | undefined {
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
