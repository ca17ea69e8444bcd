import { randomUUID } from "node:crypto";
import type { OutgoingHttpHeaders } from "node:http";
import { continueTrace } from "@strangler/platform";
import { addIdentity, type Admitted } from "./admission/admission.ts";
import { clientAddress } from "./customer/client-address.ts";
import { createCustomerFacts, isSafe, NOBODY, type CustomerFactsOptions } from "./customer/facts.ts";
import type { Asker, Claims } from "./customer/identify.ts";
import { ownCookie } from "./customer/own-cookie.ts";
import { decideFor, type Decision } from "./decide.ts";
import type { Inspected } from "./guard/inspect.ts";
import type { RequestHead } from "./guard/request-head.ts";
import { hasBody, upstreamRequestHeaders } from "./guard/request-headers.ts";
import type { IsTrusted } from "./guard/trusted-proxies.ts";
import type { OwnWrites } from "./own-writes/own-writes.ts";
import { HOP_FIELD, type HopMark } from "./routes/hop-mark.ts";
import type { RoutesSnapshot } from "./routes/parse.ts";
import type { Route } from "./routes/route.ts";
import type { RequestSpan } from "./telemetry/request-span.ts";

/** What one request asks for and who is to answer it, decided once and kept to its end. */
export type Trip = {
  snapshot: RoutesSnapshot;
  route: Route | undefined;
  decision: Decision;
  /** Of the customer; undefined where nobody asked who she is. */
  bucket: number | undefined;
  /** Canonical path and query. */
  path: string;
  /** The header for the upstream, whichever it is; an attempt adds the Host. */
  headers: OutgoingHttpHeaders;
  /** Whether the request may be sent a second time: an idempotent method without a body. */
  repeatable: boolean;
  requestId: string;
  /** Fields added to the answer, name and value in turn. */
  ownFields: string[];
  /**
   * To be called when the monolith has answered a write, before the head goes out: remembers that this customer has written.
   * undefined where no route asks for it. Never rejects.
   */
  markWrite: (() => Promise<void>) | undefined;
  /** What a collector is told; undefined where nothing is traced. */
  span?: RequestSpan;
};

export type TripPlannerOptions = Omit<CustomerFactsOptions, "ownWrites" | "askerOf"> & {
  ownWrites: OwnWrites;
  isTrusted: IsTrusted;
  hopMark: HopMark;
};

/** Gathers the facts of a request and has the decision made. `claims` are those of a verified token. */
export type PlanTrip = (
  request: RequestHead,
  inspected: Inspected,
  snapshot: RoutesSnapshot,
  route: Route | undefined,
  claims?: Claims,
) => Trip;

export function createTripPlanner(options: TripPlannerOptions): PlanTrip {
  const { isTrusted, ownWrites, hopMark } = options;
  const findFacts = createCustomerFacts({ ...options, askerOf });

  return (request, { path, query, host }, snapshot, route, claims) => {
    const { method = "" } = request;
    const { bucket, override, ownWrite, minted } =
      route === undefined ? NOBODY : findFacts(route, snapshot.override, request, claims);
    const decision = decideFor(route, { method, bucket, override, ownWrite });
    const peer = request.socket.remoteAddress ?? "";
    const trusted = isTrusted(peer);
    const secure = request.socket.encrypted === true || (trusted && request.headers["x-forwarded-proto"] === "https");
    const requestId = requestIdOf(request);
    const headers = upstreamRequestHeaders(request, {
      host,
      requestId,
      traceparent: continueTrace(oneField(request.headers["traceparent"])).traceparent,
      peer,
      trusted,
      secure,
      hidden: snapshot.hidden.fields,
      forwarded: snapshot.carriage.forwarded,
      hiddenCookies: snapshot.hidden.cookies,
    });
    headers[HOP_FIELD] = hopMark.add(request.headers[HOP_FIELD]);
    const ownFields = ["x-request-id", requestId];
    if (minted !== undefined) ownFields.push("set-cookie", ownCookie(minted, secure));
    const repeatable = (REPEATABLE.has(method) || isKeyed(route, request)) && !hasBody(request);
    const plan = snapshot.ownWrites;
    const markWrite =
      plan === undefined || isSafe(method)
        ? undefined
        : async () => void ownFields.push("set-cookie", await ownWrites.mark(plan, askerOf(request, claims), secure));
    return {
      snapshot,
      route,
      decision,
      bucket,
      path: path + query,
      headers,
      repeatable,
      requestId,
      ownFields,
      markWrite,
    };
  };

  function askerOf({ headers, socket }: RequestHead, claims: Claims | undefined): Asker {
    const address = () => clientAddress(socket.remoteAddress ?? "", oneField(headers["x-forwarded-for"]), isTrusted);
    return { headers, claims, address };
  }
}

/** Adds what admission has found out: who the token says she is, for the upstream; how much of her limits is left, for her. */
export function takeIn(trip: Trip, { claims, fields }: Admitted): void {
  addIdentity(trip.headers, trip.snapshot.jwt, claims);
  trip.ownFields.push(...fields);
}

// --- internal ---

// RFC 9110 section 9.2.2.
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

// Where the upstreams honour the key, a second POST with it does nothing a second time.
function isKeyed(route: Route | undefined, { method, headers }: RequestHead): boolean {
  if (route?.carriage?.idempotencyKey !== true || headers["idempotency-key"] === undefined) return false;
  return method === "POST" || method === "PATCH";
}

const REQUEST_ID = /^[\w.:-]{1,128}$/;

function requestIdOf(request: RequestHead): string {
  const given = oneField(request.headers["x-request-id"]);
  return given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
}

function oneField(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
