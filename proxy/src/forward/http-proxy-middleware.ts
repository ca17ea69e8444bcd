import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Socket } from "node:net";
import { errorCode } from "@strangler/platform";
import { createProxyMiddleware, type Plugin } from "http-proxy-middleware";
import { hasBody } from "../guard/request-headers.ts";
import type { Engine, EngineTimes, Passage, Target, UpgradePassage } from "./engine.ts";
import { failureOf } from "./failure.ts";

// http-proxy-middleware chooses nothing here. It gets a request whose header, path and target the guard has made, and
// hands the answer back unwritten (`selfHandleResponse`): its own copying of answers loses repeated fields and trailers,
// and throws on statuses below 100 and on `Trailer` for HTTP/1.0 clients. Its default plugins are left out, because their
// error answer contains host and path, and its logger writes a line for every request.

/** One request on its way. */
type Trip = {
  readonly target: Target;
  readonly passage: Passage;
  deadline: NodeJS.Timeout | undefined;
  upstream: ClientRequest | undefined;
  /** `begin` or `fail` has been called. */
  settled: boolean;
  repeated: boolean;
};

type UpgradeTrip = { readonly target: Target; readonly passage: UpgradePassage; settled: boolean };

// The library's events name a request by its IncomingMessage, so the trip rides on it. A WeakMap would do the same and make
// the garbage collector carry every request into the old generation (15 instead of 3 % of the time).
const TRIP = Symbol("trip");
const UPGRADE = Symbol("upgrade");
type Tracked = IncomingMessage & { [TRIP]?: Trip; [UPGRADE]?: UpgradeTrip };

// Idle upstream connections are closed before the 5 s after which a Node server closes them: a request must not meet
// a connection that is just being closed.
const POOL = { keepAlive: true, maxSockets: 256, maxFreeSockets: 64, timeout: 4_000, scheduling: "lifo" } as const;

export function createHttpProxyMiddlewareEngine(times: EngineTimes): Engine {
  const agents = { "http:": new HttpAgent(POOL), "https:": new HttpsAgent(POOL) };

  const middleware = createProxyMiddleware({
    selfHandleResponse: true,
    ejectPlugins: true,
    plugins: [passages],
    router: (request: Tracked, _response, options) => {
      const trip = request[TRIP];
      const target = (trip ?? request[UPGRADE])?.target;
      if (target === undefined) throw new Error("a request came to the engine without a target");
      const pooled = trip !== undefined && !trip.repeated;
      options.agent = pooled ? agents[target.origin.protocol === "https:" ? "https:" : "http:"] : false;
      return target.origin;
    },
  });

  return {
    name: "http-proxy-middleware",
    forward: (request: Tracked, response, target, passage) => {
      const trip: Trip = { target, passage, deadline: undefined, upstream: undefined, settled: false, repeated: false };
      request[TRIP] = trip;
      request.url = target.path;
      request.headers = target.headers as IncomingMessage["headers"];
      // The time runs from the end of the request: a long upload is not a slow answer.
      if (hasBody(request)) request.once("end", () => startDeadline(trip, times.answerWithinMs));
      else startDeadline(trip, times.answerWithinMs);
      response.once("close", () => clearTimeout(trip.deadline));
      send(request, response, trip);
    },
    upgrade: (request: Tracked, socket, head, target, passage) => {
      request[UPGRADE] = { target, passage, settled: false };
      request.url = target.path;
      request.headers = target.headers as IncomingMessage["headers"];
      middleware.upgrade(request, socket as Socket, head);
    },
    close: async () => {
      agents["http:"].destroy();
      agents["https:"].destroy();
    },
  };

  function send(request: IncomingMessage, response: ServerResponse, trip: Trip): void {
    middleware(request, response).catch((error: unknown) => failTrip(trip, error));
  }

  function passages(proxy: Parameters<Plugin<Tracked>>[0]): void {
    proxy.on("proxyReq", (upstream, request) => {
      if (request[TRIP]) watchUpstream(request[TRIP], upstream, times.silenceMs);
    });
    proxy.on("proxyRes", (answer, request, response) => {
      if (request[TRIP]) relay(request[TRIP], answer, response);
    });
    proxy.on("proxyReqWs", (upstream, request, socket) => {
      if (request[UPGRADE]) watchUpgrade(request[UPGRADE], upstream, socket, times.upgradeWithinMs);
    });
    proxy.on("error", (error, request, response) => {
      if (request?.[UPGRADE]) failUpgrade(request[UPGRADE], error);
      const trip = request?.[TRIP];
      if (!request || !trip) return;
      if (!mayRepeat(trip, error)) return failTrip(trip, error);
      trip.repeated = true;
      trip.upstream = undefined;
      send(request, response as ServerResponse, trip);
    });
    // The customer has gone away: the upstream request is destroyed already, and nobody waits for an answer.
    proxy.on("econnreset", (_error, request) => clearTimeout(request[TRIP]?.deadline));
  }
}

// --- internal ---

function watchUpstream(trip: Trip, upstream: ClientRequest, silenceMs: number): void {
  trip.upstream = upstream;
  if (trip.settled) {
    upstream.destroy();
    return;
  }
  upstream.setTimeout(silenceMs, () => upstream.destroy(timedOut("no byte", silenceMs)));
  // An upgrade that nobody asked for would leave the customer waiting.
  upstream.once("upgrade", (_answer, socket) => {
    // From here on the socket belongs to nobody else, and neither do its errors.
    socket.on("error", () => undefined).destroy();
    failTrip(trip, coded("HPE_UNASKED_UPGRADE", "the upstream switched protocols unasked"));
  });
}

function relay(trip: Trip, answer: IncomingMessage, response: ServerResponse): void {
  if (trip.settled) {
    answer.destroy();
    return;
  }
  trip.settled = true;
  clearTimeout(trip.deadline);
  const { statusCode = 0, statusMessage = "", rawHeaders } = answer;
  if (!trip.passage.begin({ status: statusCode, statusMessage, rawHeaders })) {
    answer.destroy();
    return;
  }
  if (trip.passage.tap) answer.on("data", trip.passage.tap);
  answer.once("end", () => trip.passage.complete(answer.rawTrailers));
  answer.pipe(response);
}

// A pooled connection that the upstream had closed already: not one byte of the request was looked at, nor one answered.
function mayRepeat(trip: Trip, error: unknown): boolean {
  const code = errorCode(error);
  return (
    trip.target.repeatable &&
    !trip.settled &&
    !trip.repeated &&
    trip.upstream?.reusedSocket === true &&
    (code === "ECONNRESET" || code === "EPIPE")
  );
}

function startDeadline(trip: Trip, answerWithinMs: number): void {
  if (trip.settled) return;
  trip.deadline = setTimeout(() => {
    const error = timedOut("no answer", answerWithinMs);
    failTrip(trip, error);
    trip.upstream?.destroy(error);
  }, answerWithinMs);
}

function failTrip(trip: Trip, error: unknown): void {
  clearTimeout(trip.deadline);
  trip.settled = true;
  trip.passage.fail(failureOf(error));
}

function watchUpgrade(trip: UpgradeTrip, upstream: ClientRequest, socket: Socket, withinMs: number): void {
  const deadline = setTimeout(() => upstream.destroy(timedOut("no answer to the upgrade", withinMs)), withinMs);
  const stop = () => clearTimeout(deadline);
  const addOwnFields = (answer: IncomingMessage) => {
    stop();
    trip.settled = true;
    const { ownFields } = trip.passage;
    for (let index = 0; index < ownFields.length; index += 2) {
      answer.headers[ownFields[index] ?? ""] = ownFields[index + 1];
    }
  };
  upstream.once("upgrade", addOwnFields);
  upstream.once("response", addOwnFields);
  upstream.once("close", stop);
  socket.once("close", () => {
    stop();
    upstream.destroy();
  });
}

function failUpgrade(trip: UpgradeTrip, error: unknown): void {
  if (trip.settled) return;
  trip.settled = true;
  trip.passage.fail(failureOf(error));
}

function timedOut(what: string, afterMs: number): Error {
  return coded("ETIMEDOUT", `${what} within ${afterMs} ms`);
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
