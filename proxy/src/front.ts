import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { continueTrace, drain as drainServer, errorCode, type Logger } from "@strangler/platform";
import type { BucketOf } from "./bucket.ts";
import { identifyCustomer, OWN_COOKIE, ownCookie, type Customer } from "./customer.ts";
import { decideFor, type Decision, type Override } from "./decide.ts";
import type { Engine, Target, UpstreamFailure } from "./forward/engine.ts";
import { failureAnswer } from "./forward/failure.ts";
import { answerOnSocket, answerProblem } from "./guard/answer.ts";
import { clientErrorAnswer } from "./guard/client-error.ts";
import { inspectRequest, type Inspected } from "./guard/inspect.ts";
import type { Limits } from "./guard/limits.ts";
import { hasBody, upstreamRequestHeaders } from "./guard/request-headers.ts";
import type { IsTrusted } from "./guard/trusted-proxies.ts";
import { createPassage } from "./passage.ts";
import type { RoutesSnapshot } from "./routes/parse.ts";
import type { Route } from "./routes/route.ts";
import { findRoute } from "./routes/table.ts";
import type { Experiment, Shadow } from "./shadow/experiment.ts";
import { NO_ROUTE, type Traffic } from "./traffic.ts";

export type FrontOptions = {
  /** The routes in force at this instant. Asked once a request. */
  routes: () => RoutesSnapshot;
  engine: Engine;
  shadow: Shadow;
  traffic: Traffic;
  bucketOf: BucketOf;
  isTrusted: IsTrusted;
  limits: Limits;
  log: Logger;
};

export type Front = {
  server: Server;
  /** Requests that the proxy answered itself because they were not fit to be passed on, by status. */
  refusals: ReadonlyMap<number, number>;
  /** Takes no new connections, lets open requests finish, ends what is left after `drainMs`. */
  drain: (drainMs: number) => Promise<void>;
};

/** The server that customers meet: facts -> decide -> forward | shadow. */
export function createFront(options: FrontOptions): Front {
  const { routes, engine, shadow, traffic, bucketOf, isTrusted, limits, log } = options;
  const refusals = new Map<number, number>();
  const upgraded = new Set<Duplex>();
  let draining = false;

  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersWithinMs,
    requestTimeout: limits.requestWithinMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersWithinMs),
    insecureHTTPParser: false,
    // The guard looks at Host itself, and answers with problem details.
    requireHostHeader: false,
    // An upgrade to anything else is no upgrade: RFC 9110 section 7.8 lets a server ignore it.
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === "websocket",
  });
  server.maxConnections = limits.connections;

  server.on("request", fenced(serve));
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    response.writeContinue();
    fenced(serve)(request, response);
  });
  server.on("checkExpectation", (_request: IncomingMessage, response: ServerResponse) => {
    const detail = "The only expectation understood here is 100-continue.";
    refuse(response, { status: 417, title: "Expectation Failed", detail, close: true });
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    try {
      upgrade(request, socket, head);
    } catch (error) {
      log.error({ err: error }, "an upgrade failed inside the proxy");
      answerOnSocket(socket, INTERNAL);
    }
  });
  server.on("connect", (_request: IncomingMessage, socket: Duplex) => {
    countRefusal(405);
    socket.on("error", () => socket.destroy());
    answerOnSocket(socket, { status: 405, title: "Method Not Allowed", detail: "CONNECT is not passed on." });
  });
  server.on("clientError", (error: Error, socket: Duplex & { _httpMessage?: ServerResponse | null }) => {
    // Bytes of an answer are on their way: more would be read as part of it.
    if (errorCode(error) === "ECONNRESET" || socket._httpMessage?.headersSent === true) {
      socket.destroy();
      return;
    }
    const answer = clientErrorAnswer(error);
    countRefusal(answer.status);
    answerOnSocket(socket, answer);
  });

  function fenced(handle: (request: IncomingMessage, response: ServerResponse) => void) {
    return (request: IncomingMessage, response: ServerResponse) => {
      try {
        handle(request, response);
      } catch (error) {
        log.error({ err: error }, "a request failed inside the proxy");
        if (response.headersSent) response.destroy();
        else answerProblem(response, INTERNAL, randomUUID(), true);
      }
    };
  }

  function countRefusal(status: number): void {
    refusals.set(status, (refusals.get(status) ?? 0) + 1);
  }

  function refuse(
    response: ServerResponse,
    refusal: { status: number; title: string; detail: string; close: boolean },
  ) {
    countRefusal(refusal.status);
    answerProblem(response, refusal, randomUUID(), refusal.close || draining || hasBody(response.req));
  }

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const arrivedAt = performance.now();
    const inspected = inspectRequest(request, limits);
    if ("refusal" in inspected) {
      refuse(response, inspected.refusal);
      return;
    }
    const trip = plan(request, inspected);
    const { route, decision, target, requestId } = trip;
    const experiment = startExperiment(trip, request.method ?? "");
    let failure: UpstreamFailure | undefined;

    response.once("close", () => {
      experiment?.close();
      const durationMs = performance.now() - arrivedAt;
      // A customer who has left before the answer began is nobody's fault, and has no status.
      if (response.headersSent) {
        traffic.record(route?.id ?? NO_ROUTE, decision.side, response.statusCode, durationMs, failure !== undefined);
      }
      if (draining) server.closeIdleConnections();
      if (log.isLevelEnabled("debug")) {
        const { method } = request;
        const { path } = inspected;
        const status = response.statusCode;
        log.debug({ requestId, method, path, status, durationMs, route: route?.id, ...decision }, "request");
      }
    });
    const passage = createPassage(response, {
      requestId,
      ownFields: () => (draining ? [...trip.ownFields, "connection", "close"] : trip.ownFields),
      experiment,
      onFailure: (cause) => {
        failure = cause;
        log.warn({ requestId, upstream: decision.answeredBy, ...cause }, "no answer from upstream");
      },
    });
    engine.forward(request, response, target, passage);
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const inspected = inspectRequest(request, limits);
    if ("refusal" in inspected) {
      countRefusal(inspected.refusal.status);
      answerOnSocket(socket, inspected.refusal);
      return;
    }
    const { target, requestId, decision, ownFields } = plan(request, inspected);
    target.headers["connection"] = "Upgrade";
    target.headers["upgrade"] = "websocket";
    upgraded.add(socket);
    socket.once("close", () => upgraded.delete(socket));
    engine.upgrade(request, socket, head, target, {
      ownFields,
      fail: (failure) => {
        log.warn({ requestId, upstream: decision.answeredBy, ...failure }, "no answer from upstream to an upgrade");
        answerOnSocket(socket, failureAnswer(failure));
      },
    });
  }

  /** Where a request goes. The snapshot is taken once, here, and serves the request to its end. */
  function plan(request: IncomingMessage, inspected: Inspected): Trip {
    const snapshot = routes();
    const { method = "" } = request;
    const route = findRoute(snapshot.table, method, inspected.path);
    const customer = route?.stage === "canary" ? customerOf(request, snapshot) : undefined;
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
      path: inspected.path + inspected.query,
      headers: upstreamRequestHeaders(request, {
        host: inspected.host ?? upstream.url.host,
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
  }

  function startExperiment({ snapshot, route, decision, target }: Trip, method: string): Experiment | undefined {
    if (route === undefined || decision.shadow === undefined) return undefined;
    const candidate = snapshot.upstreams.get(decision.shadow);
    return candidate && shadow.observe(route, decision.shadow, method, target, candidate.url);
  }

  return {
    server,
    refusals,
    drain: async (drainMs) => {
      draining = true;
      const deadline = setTimeout(() => {
        for (const socket of upgraded) socket.destroy();
      }, drainMs);
      await drainServer(server, drainMs);
      clearTimeout(deadline);
    },
  };
}

// --- internal ---

type Trip = {
  snapshot: RoutesSnapshot;
  route: Route | undefined;
  decision: Decision;
  target: Target;
  requestId: string;
  ownFields: string[];
};

const INTERNAL = { status: 500, title: "Internal Server Error", detail: "The proxy could not handle this request." };

// RFC 9110 section 9.2.2.
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

const REQUEST_ID = /^[\w.:-]{1,128}$/;

function requestIdOf(request: IncomingMessage): string {
  const given = oneField(request.headers["x-request-id"]);
  return given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
}

function customerOf(request: IncomingMessage, { stickyCookie }: RoutesSnapshot): Customer {
  return identifyCustomer(request.headers.cookie, stickyCookie);
}

function overrideOf(request: IncomingMessage, { overrideHeader }: RoutesSnapshot): Override | undefined {
  if (overrideHeader === undefined) return undefined;
  const value = oneField(request.headers[overrideHeader]);
  return value === "always" || value === "never" ? value : undefined;
}

const NOTHING_HIDDEN: ReadonlySet<string> = new Set();

// The upstreams are not told what a tester chose, nor can a customer pose as the shadow.
function hiddenFields({ overrideHeader }: RoutesSnapshot): ReadonlySet<string> {
  return overrideHeader === undefined ? NOTHING_HIDDEN : new Set([overrideHeader]);
}

function oneField(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
