import { randomUUID } from "node:crypto";
import type { Logger } from "@strangler/platform";
import type { Admission, Admitted, AdmittingRoute } from "./admission/admission.ts";
import { createAttempts } from "./attempts.ts";
import type { Breakers } from "./breaker/breakers.ts";
import type { Exchange } from "./exchange.ts";
import { answerProblem, INTERNAL } from "./guard/answer.ts";
import { announcesMore, TOO_LARGE } from "./guard/body-limit.ts";
import { inspectRequest, type Inspected, type Refusal } from "./guard/inspect.ts";
import type { Limits } from "./guard/limits.ts";
import { answerOptions, isForTheProxy } from "./guard/options.ts";
import type { Refusals } from "./guard/refusals.ts";
import { hasBody } from "./guard/request-headers.ts";
import type { Reply } from "./reply.ts";
import { HOP_FIELD, RUNS_IN_A_CIRCLE, type HopMark } from "./routes/hop-mark.ts";
import type { RoutesSnapshot } from "./routes/parse.ts";
import type { Route } from "./routes/route.ts";
import { findRoute } from "./routes/table.ts";
import type { Experiment } from "./shadow/experiment.ts";
import type { Shadow } from "./shadow/shadow.ts";
import type { Tracing } from "./telemetry/request-span.ts";
import { NO_ROUTE, type Traffic } from "./traffic.ts";
import { takeIn, type PlanTrip, type Trip } from "./trip.ts";
import type { Upstreams } from "./upstreams/upstreams.ts";

export type ServeOptions = {
  /** The routes in force at this instant. Asked once a request. */
  routes: () => RoutesSnapshot;
  planTrip: PlanTrip;
  hopMark: HopMark;
  admission: Admission;
  upstreams: Upstreams;
  breakers: Breakers;
  shadow: Shadow;
  traffic: Traffic;
  limits: Limits;
  refusals: Refusals;
  /** Where requests are traced. */
  tracing?: Tracing | undefined;
  /** Whether connections are to end with their answer. */
  isDraining: () => boolean;
  /** Called after every answer while draining. */
  onAnswered: () => void;
  log: Logger;
};

export type RequestServer = {
  /** Serves one request. Never throws. */
  serve: (exchange: Exchange) => void;
  /** Answers a request that is not passed on. */
  refuse: (reply: Reply, refusal: Refusal) => void;
};

/** The way of a request: guard -> route -> admission -> trip (customer, decision) -> attempts. */
export function createRequestServer(options: ServeOptions): RequestServer {
  const { routes, planTrip, hopMark, admission, upstreams, shadow, traffic, limits, refusals, tracing, log } = options;
  const attempt = createAttempts(options);

  function refuse(reply: Reply, refusal: Refusal): void {
    refusals.count(refusal.status);
    answerProblem(reply, refusal, randomUUID(), refusal.close || options.isDraining());
  }

  function fence<Given>(exchange: Exchange, work: (given: Given) => void, given: Given): void {
    try {
      work(given);
    } catch (error) {
      log.error({ err: error }, "a request failed inside the proxy");
      if (exchange.reply.headersSent) exchange.reply.destroy();
      else answerProblem(exchange.reply, INTERNAL, randomUUID(), true);
    }
  }

  function inspect(exchange: Exchange): void {
    const arrivedAt = performance.now();
    const { head, reply } = exchange;
    const inspected = inspectRequest(head, limits);
    if ("refusal" in inspected) {
      refuse(reply, { ...inspected.refusal, close: inspected.refusal.close || hasBody(head) });
      return;
    }
    if (isForTheProxy(head, inspected.path)) {
      answerOptions(reply, randomUUID(), options.isDraining() || hasBody(head));
      return;
    }
    if (hopMark.comesBack(head.headers[HOP_FIELD])) {
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
    const goOn = (answer: Awaited<ReturnType<Admission["admit"]>>) => {
      if (reply.destroyed) return;
      if ("refusal" in answer) refuse(reply, { ...answer.refusal, close: hasBody(head) });
      else pass(asked, answer.admitted);
    };
    void admission.admit(head, route).then((answer) => fence(exchange, goOn, answer));
  }

  function pass({ exchange, arrivedAt, inspected, snapshot, route }: Asked, admitted: Admitted | undefined): void {
    const { head, reply } = exchange;
    const trip = planTrip(head, inspected, snapshot, route, admitted?.claims);
    if (admitted !== undefined) takeIn(trip, admitted);
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
      if (options.isDraining()) options.onAnswered();
      if (log.isLevelEnabled("debug")) logRequest(log, exchange, trip, durationMs);
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

  return { serve: (exchange) => fence(exchange, inspect, exchange), refuse };
}

// --- internal ---

/** A request that is fit to be passed on, with the routes it arrived under. */
type Asked = {
  exchange: Exchange;
  arrivedAt: number;
  inspected: Inspected;
  snapshot: RoutesSnapshot;
  route: Route | undefined;
};

function logRequest(log: Logger, { head, reply }: Exchange, trip: Trip, durationMs: number): void {
  const { requestId, route, decision } = trip;
  const [path] = trip.path.split("?", 1);
  const status = reply.statusCode;
  log.debug({ requestId, method: head.method, path, status, durationMs, route: route?.id, ...decision }, "request");
}
