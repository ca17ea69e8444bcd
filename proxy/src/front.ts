import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { drain as drainServer, errorCode, type Logger } from "@strangler/platform";
import type { Engine, UpstreamFailure } from "./forward/engine.ts";
import { failureAnswer } from "./forward/failure.ts";
import { answerOnSocket, answerProblem } from "./guard/answer.ts";
import { clientErrorAnswer } from "./guard/client-error.ts";
import { inspectRequest } from "./guard/inspect.ts";
import type { Limits } from "./guard/limits.ts";
import { hasBody } from "./guard/request-headers.ts";
import { createPassage } from "./passage.ts";
import type { Experiment, Shadow } from "./shadow/experiment.ts";
import { NO_ROUTE, type Traffic } from "./traffic.ts";
import { createTripPlanner, type Trip, type TripPlannerOptions } from "./trip.ts";

export type FrontOptions = TripPlannerOptions & {
  engine: Engine;
  shadow: Shadow;
  traffic: Traffic;
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
  const { engine, shadow, traffic, limits, log } = options;
  const planTrip = createTripPlanner(options);
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
    const trip = planTrip(request, inspected);
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
    const { target, requestId, decision, ownFields } = planTrip(request, inspected);
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

const INTERNAL = { status: 500, title: "Internal Server Error", detail: "The proxy could not handle this request." };
