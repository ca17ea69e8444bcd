import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { drain as drainServer, errorCode, type Logger } from "@strangler/platform";
import { addIdentity, type Admission, type Admitted, type AdmittingRoute } from "./admission/admission.ts";
import { upgradeRefusal } from "./carriage/upgrade-rule.ts";
import { createAttempts, targetOf } from "./attempts.ts";
import type { Breakers } from "./breaker/breakers.ts";
import type { Exchange } from "./exchange.ts";
import type { Engine } from "./forward/engine.ts";
import { failureAnswer } from "./forward/failure.ts";
import { answerOnSocket, answerProblem } from "./guard/answer.ts";
import { announcesMore, TOO_LARGE } from "./guard/body-limit.ts";
import { clientErrorAnswer } from "./guard/client-error.ts";
import { inspectRequest, type Inspected, type Refusal } from "./guard/inspect.ts";
import { limitConnections } from "./guard/connections-per-address.ts";
import { endsWithLastReply, hasBegun, rememberReply } from "./guard/last-reply.ts";
import type { Limits } from "./guard/limits.ts";
import { answerOptions, isForTheProxy } from "./guard/options.ts";
import { hasBody } from "./guard/request-headers.ts";
import { beginsWebSocket } from "./guard/websocket.ts";
import { withKeptBody } from "./kept-body.ts";
import type { Reply } from "./reply.ts";
import { HOP_FIELD, RUNS_IN_A_CIRCLE } from "./routes/hop-mark.ts";
import type { RoutesSnapshot } from "./routes/parse.ts";
import type { Route } from "./routes/route.ts";
import { findRoute } from "./routes/table.ts";
import type { Experiment } from "./shadow/experiment.ts";
import type { Shadow } from "./shadow/shadow.ts";
import type { Tracing } from "./telemetry/request-span.ts";
import { createEdgeServer, type EdgeTls } from "./tls/edge-tls.ts";
import { NO_ROUTE, type Traffic } from "./traffic.ts";
import { createTripPlanner, type Trip, type TripPlannerOptions } from "./trip.ts";
import { createOpenUpgrades, type OpenUpgrades } from "./upgrades/open-upgrades.ts";
import type { Upstreams } from "./upstreams/upstreams.ts";

export type FrontOptions = TripPlannerOptions & {
  /** The routes in force at this instant. Asked once a request. */
  routes: () => RoutesSnapshot;
  engine: Engine;
  admission: Admission;
  /** undefined: customers are spoken to without TLS. */
  tls?: EdgeTls | undefined;
  upstreams: Upstreams;
  breakers: Breakers;
  shadow: Shadow;
  traffic: Traffic;
  limits: Limits;
  /** Where requests are traced. */
  tracing?: Tracing | undefined;
  log: Logger;
};

export type Front = {
  server: Server;
  /** Requests that the proxy answered itself because they were not fit to be passed on, by status. */
  refusals: ReadonlyMap<number, number>;
  upgrades: OpenUpgrades;
  /** Takes no new connections, lets open requests finish, ends what is left after `drainMs`. */
  drain: (drainMs: number) => Promise<void>;
};

/** The server that customers meet: facts -> decide -> forward | shadow. */
export function createFront(options: FrontOptions): Front {
  const { routes, engine, admission, tls, upstreams, breakers, shadow, traffic, limits, tracing, log } = options;
  const planTrip = createTripPlanner(options);
  const attempt = createAttempts({ upstreams, breakers, log, isDraining: () => draining });
  const refusals = new Map<number, number>();
  const upgrades = createOpenUpgrades();
  let draining = false;

  const server = createEdgeServer(tls, {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersWithinMs,
    requestTimeout: limits.requestWithinMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersWithinMs),
    insecureHTTPParser: false,
    // The guard looks at Host itself, and answers with problem details.
    requireHostHeader: false,
    shouldUpgradeCallback: beginsWebSocket,
  });
  // The guard counts the fields itself: node:http would leave those above its count out, and say nothing.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.connections;
  // A customer who takes nothing more of her answer holds its bytes, and an upstream's connection, for no longer than this.
  server.timeout = limits.silenceMs;

  const carry = (request: IncomingMessage, response: ServerResponse) => {
    rememberReply(request, response);
    serveFenced(exchangeOf(engine, request, response));
  };
  server.on("request", carry);
  // The upstream is asked whether it wants the body; its `100 Continue` comes by the passage.
  server.on("checkContinue", carry);
  server.on("checkExpectation", (_request: IncomingMessage, response: ServerResponse) => {
    const detail = "The only expectation understood here is 100-continue.";
    refuse(response, { status: 417, title: "Expectation Failed", detail, close: true });
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    fenceUpgrade(socket, () => upgrade(request, socket, head));
  });
  server.on("connect", (_request: IncomingMessage, socket: Duplex) => {
    countRefusal(405);
    socket.on("error", () => socket.destroy());
    answerOnSocket(socket, { status: 405, title: "Method Not Allowed", detail: "CONNECT is not passed on." });
  });
  server.on("clientError", (error: Error, socket: Duplex) => {
    if (endsWithLastReply(socket)) return;
    // Bytes of an answer are on their way: more would be read as part of it.
    if (errorCode(error) === "ECONNRESET" || hasBegun(socket)) {
      socket.destroy();
      return;
    }
    const answer = clientErrorAnswer(error);
    countRefusal(answer.status);
    answerOnSocket(socket, answer);
  });

  const event = tls === undefined ? "connection" : "secureConnection";
  const lane = engine.openLane?.({ server, event, serve: serveFenced, times: limits });
  // After the lane, which has taken the listeners that were there before.
  limitConnections(server, limits.connectionsPerAddress, options.isTrusted);

  function serveFenced(exchange: Exchange): void {
    fence(exchange, () => serve(exchange));
  }

  function fence(exchange: Exchange, work: () => void): void {
    try {
      work();
    } catch (error) {
      log.error({ err: error }, "a request failed inside the proxy");
      if (exchange.reply.headersSent) exchange.reply.destroy();
      else answerProblem(exchange.reply, INTERNAL, randomUUID(), true);
    }
  }

  function fenceUpgrade(socket: Duplex, work: () => void): void {
    try {
      work();
    } catch (error) {
      log.error({ err: error }, "an upgrade failed inside the proxy");
      answerOnSocket(socket, INTERNAL);
    }
  }

  function countRefusal(status: number): void {
    refusals.set(status, (refusals.get(status) ?? 0) + 1);
  }

  function refuse(reply: Reply, refusal: Refusal): void {
    countRefusal(refusal.status);
    answerProblem(reply, refusal, randomUUID(), refusal.close || draining);
  }

  function serve(exchange: Exchange): void {
    const arrivedAt = performance.now();
    const { head, reply } = exchange;
    const inspected = inspectRequest(head, limits);
    if ("refusal" in inspected) {
      refuse(reply, { ...inspected.refusal, close: inspected.refusal.close || hasBody(head) });
      return;
    }
    if (isForTheProxy(head, inspected.path)) {
      answerOptions(reply, randomUUID(), draining || hasBody(head));
      return;
    }
    if (options.hopMark.comesBack(head.headers[HOP_FIELD])) {
      refuse(reply, { ...RUNS_IN_A_CIRCLE, close: hasBody(head) });
      return;
    }
    const snapshot = routes();
    const route = findRoute(snapshot.table, head.method ?? "", inspected.path, head.headers, inspected.query);
    const bodyBytes = route?.carriage?.bodyBytes;
    if (bodyBytes !== undefined && announcesMore(head, bodyBytes)) {
      refuse(reply, { ...TOO_LARGE, close: true });
      return;
    }
    const asked: Asked = { exchange, arrivedAt, inspected, snapshot, route };
    if (route?.admission === undefined) pass(asked, undefined);
    else admit(asked, route as AdmittingRoute);
  }

  // Only routes with limits or tokens wait here; their bodies wait in the customer's socket.
  function admit(asked: Asked, route: AdmittingRoute): void {
    const { exchange } = asked;
    const { head, reply } = exchange;
    void admission.admit(head, route).then((answer) =>
      fence(exchange, () => {
        if (reply.destroyed) return;
        if ("refusal" in answer) refuse(reply, { ...answer.refusal, close: hasBody(head) });
        else pass(asked, answer.admitted);
      }),
    );
  }

  function pass({ exchange, arrivedAt, inspected, snapshot, route }: Asked, admitted: Admitted | undefined): void {
    const { head, reply } = exchange;
    const trip = planTrip(head, inspected, snapshot, route, admitted?.claims);
    if (admitted !== undefined) enrich(trip, admitted);
    if (tracing !== undefined) trip.span = tracing.begin(head, trip);
    const experiment = startExperiment(exchange, trip);
    const journey = attempt(exchange, trip, experiment);
    reply.once("close", () => {
      experiment?.close();
      const durationMs = performance.now() - arrivedAt;
      // A customer who has left before the answer began is nobody's fault, and has no status.
      if (reply.headersSent) {
        const { failure, rescued } = journey;
        const id = route?.id ?? NO_ROUTE;
        traffic.record(id, trip.decision.side, reply.statusCode, durationMs, failure !== undefined, rescued);
      }
      trip.span?.end(reply.headersSent ? reply.statusCode : undefined, journey.rescued);
      if (draining) server.closeIdleConnections();
      if (log.isLevelEnabled("debug")) logRequest(log, exchange, trip, durationMs);
    });
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const inspected = inspectRequest(request, limits);
    if ("refusal" in inspected) {
      countRefusal(inspected.refusal.status);
      answerOnSocket(socket, inspected.refusal);
      return;
    }
    if (options.hopMark.comesBack(request.headers[HOP_FIELD])) {
      countRefusal(RUNS_IN_A_CIRCLE.status);
      answerOnSocket(socket, RUNS_IN_A_CIRCLE);
      return;
    }
    const snapshot = routes();
    const route = findRoute(snapshot.table, request.method ?? "", inspected.path, request.headers, inspected.query);
    const refused = upgradeRefusal(route?.carriage?.upgrade, snapshot.carriage.namesUpgrades, request.headers.origin);
    if (refused !== undefined) {
      countRefusal(refused.status);
      answerOnSocket(socket, refused);
      return;
    }
    const asked: AskedUpgrade = { request, socket, head, inspected, snapshot, route };
    if (route?.admission === undefined) passUpgrade(asked, undefined);
    else admitUpgrade(asked, route as AdmittingRoute);
  }

  function admitUpgrade(asked: AskedUpgrade, route: AdmittingRoute): void {
    const { request, socket } = asked;
    void admission.admit(request, route).then((answer) =>
      fenceUpgrade(socket, () => {
        if (socket.destroyed) return;
        if ("admitted" in answer) {
          passUpgrade(asked, answer.admitted);
          return;
        }
        countRefusal(answer.refusal.status);
        answerOnSocket(socket, answer.refusal);
      }),
    );
  }

  function passUpgrade(asked: AskedUpgrade, admitted: Admitted | undefined): void {
    const { request, socket, head, inspected, snapshot, route } = asked;
    const trip = planTrip(request, inspected, snapshot, route, admitted?.claims);
    if (admitted !== undefined) enrich(trip, admitted);
    const { answeredBy, side, because } = trip.decision;
    const lease = upstreams.pick(snapshot, answeredBy);
    if (lease === undefined) {
      answerOnSocket(socket, failureAnswer({ kind: "unreachable", code: "NO_INSTANCE", message: answeredBy }));
      return;
    }
    const target = targetOf(trip, lease, snapshot.upstreams.get(answeredBy)?.ownHost === true);
    target.headers["connection"] = "Upgrade";
    target.headers["upgrade"] = "websocket";
    upgrades.add({ route: route?.id ?? NO_ROUTE, side, answeredBy, because, bucket: trip.bucket, socket }, route);
    let failed = false;
    socket.once("close", () => lease.done(failed ? "failed" : "answered"));
    engine.upgrade(request, socket, head, target, {
      ownFields: ["x-served-by", answeredBy, ...trip.ownFields],
      fail: (failure) => {
        failed = true;
        const { requestId } = trip;
        log.warn({ requestId, upstream: answeredBy, ...failure }, "no answer from upstream to an upgrade");
        answerOnSocket(socket, failureAnswer(failure));
      },
    });
  }

  function startExperiment({ head, reply, tapBody }: Exchange, trip: Trip): Experiment | undefined {
    const { snapshot, route, decision, path, headers } = trip;
    if (route === undefined || decision.shadow === undefined) return undefined;
    return shadow.observe({
      route,
      control: decision.answeredBy,
      candidate: decision.shadow,
      method: head.method ?? "",
      path,
      headers,
      pick: (name) => upstreams.pick(snapshot, name),
      tapBody,
      isWhole: () => reply.req.complete,
    });
  }

  return {
    server,
    refusals,
    upgrades,
    drain: async (drainMs) => {
      draining = true;
      const deadline = setTimeout(() => {
        upgrades.closeAll();
        lane?.closeAll();
      }, drainMs);
      lane?.drain();
      await drainServer(server, drainMs);
      clearTimeout(deadline);
    },
  };
}

// --- internal ---

const INTERNAL = { status: 500, title: "Internal Server Error", detail: "The proxy could not handle this request." };

/** A request that is fit to be passed on, with the routes it arrived under. */
type Asked = {
  exchange: Exchange;
  arrivedAt: number;
  inspected: Inspected;
  snapshot: RoutesSnapshot;
  route: Route | undefined;
};
type AskedUpgrade = Omit<Asked, "exchange" | "arrivedAt"> & { request: IncomingMessage; socket: Duplex; head: Buffer };

function enrich(trip: Trip, { claims, fields }: Admitted): void {
  addIdentity(trip.headers, trip.snapshot.jwt, claims);
  trip.ownFields.push(...fields);
}

function exchangeOf(engine: Engine, request: IncomingMessage, response: ServerResponse): Exchange {
  return {
    head: request,
    reply: response,
    send: (target, passage) => engine.forward(request, response, target, passage),
    tapBody: (listener) => tapBody(request, listener),
    resend: (target, passage, body) => engine.forward(withKeptBody(request, body), response, target, passage),
  };
}

// A listener for "data" would set the body flowing before the engine is there to take it.
function tapBody(request: IncomingMessage, listener: (chunk: Buffer) => void): void {
  // What has come already, while the request was being admitted.
  const early = request.readableLength > 0 ? (request.read() as Buffer | null) : null;
  if (early !== null) {
    listener(early);
    request.unshift(early);
  }
  const push = request.push.bind(request);
  request.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    if (chunk !== null) listener(chunk);
    return push(chunk, encoding);
  };
}

function logRequest(log: Logger, { head, reply }: Exchange, trip: Trip, durationMs: number): void {
  const { requestId, route, decision } = trip;
  const [path] = trip.path.split("?", 1);
  const status = reply.statusCode;
  log.debug({ requestId, method: head.method, path, status, durationMs, route: route?.id, ...decision }, "request");
}
