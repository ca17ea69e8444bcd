import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "@strangler/platform";
import type { Admission, Admitted, AdmittingRoute } from "./admission/admission.ts";
import { targetOf } from "./attempts.ts";
import { upgradeRefusal } from "./carriage/upgrade-rule.ts";
import type { Engine } from "./forward/engine.ts";
import { failureAnswer } from "./forward/failure.ts";
import { answerOnSocket, INTERNAL, type OwnAnswer } from "./guard/answer.ts";
import { inspectRequest, type Inspected } from "./guard/inspect.ts";
import type { Limits } from "./guard/limits.ts";
import type { Refusals } from "./guard/refusals.ts";
import { HOP_FIELD, RUNS_IN_A_CIRCLE, type HopMark } from "./routes/hop-mark.ts";
import type { RoutesSnapshot } from "./routes/parse.ts";
import type { Route } from "./routes/route.ts";
import { findRoute } from "./routes/table.ts";
import { NO_ROUTE } from "./traffic.ts";
import { takeIn, type PlanTrip } from "./trip.ts";
import type { OpenUpgrades } from "./upgrades/open-upgrades.ts";
import type { Upstreams } from "./upstreams/upstreams.ts";

export type ServeUpgradeOptions = {
  routes: () => RoutesSnapshot;
  planTrip: PlanTrip;
  hopMark: HopMark;
  admission: Admission;
  upstreams: Upstreams;
  engine: Engine;
  upgrades: OpenUpgrades;
  limits: Limits;
  refusals: Refusals;
  log: Logger;
};

/** The way of a WebSocket: as that of a request, but it is asked once, of one instance, and stays where it is. Never throws. */
export function createUpgradeServer(options: ServeUpgradeOptions) {
  const { routes, planTrip, hopMark, admission, upstreams, engine, upgrades, limits, refusals, log } = options;

  function refuse(socket: Duplex, refusal: OwnAnswer): void {
    refusals.count(refusal.status);
    answerOnSocket(socket, refusal);
  }

  function fence(socket: Duplex, work: () => void): void {
    try {
      work();
    } catch (error) {
      log.error({ err: error }, "an upgrade failed inside the proxy");
      answerOnSocket(socket, INTERNAL);
    }
  }

  function inspect(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const inspected = inspectRequest(request, limits);
    if ("refusal" in inspected) {
      refuse(socket, inspected.refusal);
      return;
    }
    if (hopMark.comesBack(request.headers[HOP_FIELD])) {
      refuse(socket, RUNS_IN_A_CIRCLE);
      return;
    }
    const snapshot = routes();
    const route = findRoute(snapshot.table, request.method ?? "", inspected.path, request.headers, inspected.query);
    const refused = upgradeRefusal(route?.carriage?.upgrade, snapshot.carriage.namesUpgrades, request.headers.origin);
    if (refused !== undefined) {
      refuse(socket, refused);
      return;
    }
    const asked: Asked = { request, socket, head, inspected, snapshot, route };
    if (route?.admission === undefined) pass(asked, undefined);
    else admit(asked, route as AdmittingRoute);
  }

  function admit(asked: Asked, route: AdmittingRoute): void {
    const { request, socket } = asked;
    void admission.admit(request, route).then((answer) =>
      fence(socket, () => {
        if (socket.destroyed) return;
        if ("admitted" in answer) {
          pass(asked, answer.admitted);
          return;
        }
        refuse(socket, answer.refusal);
      }),
    );
  }

  function pass(asked: Asked, admitted: Admitted | undefined): void {
    const { request, socket, head, inspected, snapshot, route } = asked;
    const trip = planTrip(request, inspected, snapshot, route, admitted?.claims);
    if (admitted !== undefined) takeIn(trip, admitted);
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

  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on("error", () => socket.destroy());
    fence(socket, () => inspect(request, socket, head));
  };
}

// --- internal ---

/** An upgrade that may be passed on, with the routes it arrived under. */
type Asked = {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
  inspected: Inspected;
  snapshot: RoutesSnapshot;
  route: Route | undefined;
};
