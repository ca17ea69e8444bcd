import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { errorCode } from "@strangler/platform";
import { createProxyMiddleware, type Plugin } from "http-proxy-middleware";
import { TOO_LARGE, watchBody } from "../guard/body-limit.ts";
import { expectsContinue } from "../guard/expectation.ts";
import { hasBody } from "../guard/request-headers.ts";
import { announcedTrailers, passedTrailers } from "../guard/trailers.ts";
import { createAgents } from "./agents.ts";
import type { Engine, EngineTimes, Passage, Target, UpgradePassage } from "./engine.ts";
import { failureOf } from "./failure.ts";
import { serverNameOf } from "../tls/server-name.ts";

// http-proxy-middleware chooses nothing here. It gets a request whose header, path and target the guard has made, and
// hands the answer back unwritten (`selfHandleResponse`): its own copying of answers loses repeated fields and trailers,
// and throws on statuses below 100 and on `Trailer` for HTTP/1.0 clients. Its default plugins are left out, because their
// error answer contains host and path, and its logger writes a line for every request.

/** One request on its way. */
type Exchange = {
  readonly target: Target;
  readonly passage: Passage;
  deadline: NodeJS.Timeout | undefined;
  upstream: ClientRequest | undefined;
  answer: IncomingMessage | undefined;
  /** The customer waits for `100 Continue` before she sends her body. */
  readonly expects: boolean;
  /** Names of the request's trailer fields. */
  readonly trailers: string | undefined;
  /** `begin` or `fail` has been called. */
  settled: boolean;
  repeated: boolean;
};

type UpgradeExchange = { readonly target: Target; readonly passage: UpgradePassage; settled: boolean };

// The library's events name a request by its IncomingMessage, so the exchange rides on it. A WeakMap would do the same and make
// the garbage collector carry every request into the old generation (15 instead of 3 % of the time).
const EXCHANGE = Symbol("exchange");
const UPGRADE = Symbol("upgrade");
type Tracked = IncomingMessage & { [EXCHANGE]?: Exchange; [UPGRADE]?: UpgradeExchange };

export function createHttpProxyMiddlewareEngine(times: EngineTimes): Engine {
  const agents = createAgents();

  const middleware = createProxyMiddleware({
    selfHandleResponse: true,
    ejectPlugins: true,
    plugins: [passages],
    router: (request: Tracked, _response, options) => {
      const exchange = request[EXCHANGE];
      const target = (exchange ?? request[UPGRADE])?.target;
      if (target === undefined) throw new Error("a request came to the engine without a target");
      const pooled = exchange !== undefined && !exchange.repeated;
      if (target.origin.protocol === "https:") options.ssl = { servername: serverNameOf(target.origin) };
      options.agent = pooled ? agents[target.origin.protocol === "https:" ? "https:" : "http:"] : false;
      return target.origin;
    },
  });

  return {
    name: "http-proxy-middleware",
    forward: (request: Tracked, response, target, passage) => {
      const exchange: Exchange = {
        target,
        passage,
        deadline: undefined,
        upstream: undefined,
        answer: undefined,
        expects: expectsContinue(request),
        trailers: announcedTrailers(request),
        settled: false,
        repeated: false,
      };
      const withBody = hasBody(request);
      request[EXCHANGE] = exchange;
      request.url = target.path;
      request.headers = target.headers as IncomingMessage["headers"];
      // The time runs from the end of the request: a long upload is not a slow answer. One that waits to be asked for runs out too.
      if (withBody) request.once("end", () => startDeadline(exchange, times.answerWithinMs));
      if (!withBody || exchange.expects) startDeadline(exchange, times.answerWithinMs);
      // The library and this engine listen three times to each sending, and a request may be sent to several instances.
      response.setMaxListeners(MOST_LISTENERS);
      response.once("close", () => clearTimeout(exchange.deadline));
      send(request, response, exchange);
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

  function send(request: IncomingMessage, response: ServerResponse, exchange: Exchange): void {
    middleware(request, response).catch((error: unknown) => failExchange(exchange, error));
  }

  function passages(proxy: Parameters<Plugin<Tracked>>[0]): void {
    proxy.on("proxyReq", (upstream, request) => {
      if (request[EXCHANGE]) watchUpstream(request[EXCHANGE], request, upstream);
    });
    proxy.on("proxyRes", (answer, request, response) => {
      if (request[EXCHANGE]) relay(request[EXCHANGE], answer, response, times.silenceMs);
    });
    proxy.on("proxyReqWs", (upstream, request, socket) => {
      if (request[UPGRADE]) watchUpgrade(request[UPGRADE], upstream, socket, times.upgradeWithinMs);
    });
    proxy.on("error", (error, request, response) => {
      if (request?.[UPGRADE]) failUpgrade(request[UPGRADE], error);
      const exchange = request?.[EXCHANGE];
      if (!request || !exchange) return;
      if (!mayRepeat(exchange, error)) return failExchange(exchange, error);
      exchange.repeated = true;
      exchange.upstream = undefined;
      send(request, response as ServerResponse, exchange);
    });
    // The customer has gone away: the upstream request is destroyed already, and nobody waits for an answer.
    proxy.on("econnreset", (_error, request) => clearTimeout(request[EXCHANGE]?.deadline));
  }
}

// --- internal ---

const MOST_LISTENERS = 32;

// Called when the request has its socket, before a byte is written.
function watchUpstream(exchange: Exchange, request: IncomingMessage, upstream: ClientRequest): void {
  exchange.upstream = upstream;
  if (exchange.settled) {
    upstream.destroy();
    return;
  }
  upstream.on("information", ({ statusCode, statusMessage, rawHeaders }) => {
    if (statusCode !== 100) exchange.passage.informational?.({ status: statusCode, statusMessage, rawHeaders });
  });
  if (request.headers["transfer-encoding"] !== undefined) prepareChunks(exchange, request, upstream);
  if (exchange.expects) awaitContinue(exchange, request, upstream);
  const { bodyBytes } = exchange.target;
  if (bodyBytes !== undefined) watchBody(request, bodyBytes, () => refuseBody(exchange, request, upstream));
  // An upgrade that nobody asked for would leave the customer waiting.
  upstream.once("upgrade", (_answer, socket) => {
    // From here on the socket belongs to nobody else, and neither do its errors.
    socket.on("error", () => undefined).destroy();
    failExchange(exchange, coded("HPE_UNASKED_UPGRADE", "the upstream switched protocols unasked"));
  });
}

// The library closes a connection after every chunked request, because it has not looked at the framing. The guard has.
function prepareChunks(exchange: Exchange, request: IncomingMessage, upstream: ClientRequest): void {
  if (!exchange.repeated) upstream.setHeader("connection", "keep-alive");
  if (exchange.trailers !== undefined) upstream.setHeader("trailer", exchange.trailers);
  request.prependOnceListener("end", () => {
    if (request.rawTrailers.length > 0) upstream.addTrailers(passedTrailers(request.rawTrailers));
  });
}

// Said here and not in the header before: the library tells nothing of a request whose header has an expectation.
function awaitContinue(exchange: Exchange, request: IncomingMessage, upstream: ClientRequest): void {
  upstream.setHeader("expect", "100-continue");
  upstream.flushHeaders();
  upstream.once("continue", () => {
    if (!request.readableEnded) clearTimeout(exchange.deadline);
    exchange.passage.informational?.({ status: 100, statusMessage: "Continue", rawHeaders: [] });
  });
}

// The upstream must not get the end of what it would take for a whole body: it is cut off before the customer is told.
function refuseBody(exchange: Exchange, request: IncomingMessage, upstream: ClientRequest): void {
  if (exchange.settled && exchange.answer === undefined) return;
  clearTimeout(exchange.deadline);
  exchange.settled = true;
  request.unpipe();
  exchange.passage.refuse?.(TOO_LARGE);
  upstream.destroy();
  request.resume();
}

function relay(exchange: Exchange, answer: IncomingMessage, response: ServerResponse, silenceMs: number): void {
  if (exchange.settled) {
    answer.destroy();
    return;
  }
  if (!isOfOurVersion(answer)) {
    failExchange(exchange, coded("HPE_INVALID_VERSION", `the upstream answered in HTTP/${answer.httpVersion}`));
    answer.destroy();
    return;
  }
  exchange.settled = true;
  exchange.answer = answer;
  clearTimeout(exchange.deadline);
  const { upstream } = exchange;
  upstream?.setTimeout(silenceMs, () => upstream.destroy(timedOut("no byte", silenceMs)));
  const { statusCode = 0, statusMessage = "", rawHeaders } = answer;
  const begun = exchange.passage.begin({ status: statusCode, statusMessage, rawHeaders });
  if (typeof begun === "boolean") relayBody(exchange, answer, response, begun);
  // Until somebody reads it, the answer waits in the upstream's socket.
  else void begun.then((passed) => relayBody(exchange, answer, response, passed));
}

function relayBody(exchange: Exchange, answer: IncomingMessage, response: ServerResponse, begun: boolean): void {
  if (!begun) {
    answer.destroy();
    return;
  }
  if (isBodiless(response, answer)) {
    // Bytes behind it are no body of its, and the parser's complaint about them is none about this answer.
    exchange.passage.complete([]);
    response.end();
    answer.resume();
    return;
  }
  if (exchange.passage.tap) answer.on("data", exchange.passage.tap);
  answer.once("end", () => exchange.passage.complete(answer.rawTrailers));
  answer.pipe(response);
}

// RFC 9110 section 6.2, and RFC 9112 section 6.1: HTTP/1.0 has no chunks.
function isOfOurVersion(answer: IncomingMessage): boolean {
  if (answer.httpVersionMajor !== 1) return false;
  return answer.httpVersionMinor === 1 || answer.headers["transfer-encoding"] === undefined;
}

// RFC 9112 section 6.3.
function isBodiless({ req }: ServerResponse, { statusCode }: IncomingMessage): boolean {
  return req.method === "HEAD" || statusCode === 204 || statusCode === 304;
}

// A pooled connection that the upstream had closed already: not one byte of the request was looked at, nor one answered.
function mayRepeat(exchange: Exchange, error: unknown): boolean {
  const code = errorCode(error);
  return (
    exchange.target.repeatable &&
    !exchange.settled &&
    !exchange.repeated &&
    exchange.upstream?.reusedSocket === true &&
    (code === "ECONNRESET" || code === "EPIPE")
  );
}

function startDeadline(exchange: Exchange, answerWithinMs: number): void {
  clearTimeout(exchange.deadline);
  if (exchange.settled) return;
  exchange.deadline = setTimeout(() => {
    const error = timedOut("no answer", answerWithinMs);
    failExchange(exchange, error);
    exchange.upstream?.destroy(error);
  }, answerWithinMs);
}

function failExchange(exchange: Exchange, error: unknown): void {
  clearTimeout(exchange.deadline);
  // The answer is whole, and its last bytes are on their way; whatever came behind it belongs to nobody.
  if (exchange.answer?.complete === true) return;
  exchange.settled = true;
  // What this connection has to say from here on must not be taken for the word of the next, if the request is sent elsewhere.
  exchange.upstream?.removeAllListeners("error").on("error", () => undefined);
  exchange.passage.fail(failureOf(error));
}

function watchUpgrade(exchange: UpgradeExchange, upstream: ClientRequest, socket: Socket, withinMs: number): void {
  const deadline = setTimeout(() => upstream.destroy(timedOut("no answer to the upgrade", withinMs)), withinMs);
  const stop = () => clearTimeout(deadline);
  const addOwnFields = (answer: IncomingMessage) => {
    stop();
    exchange.settled = true;
    const { ownFields } = exchange.passage;
    for (let index = 0; index < ownFields.length; index += 2) {
      answer.headers[ownFields[index] ?? ""] = ownFields[index + 1];
    }
  };
  upstream.once("upgrade", (answer, upstreamSocket) => {
    addOwnFields(answer);
    // A request that was upgraded has let go of its socket. A customer's socket that is destroyed does not end, so no pipe ends this one; what it sent is written first.
    socket.once("close", () => upstreamSocket.destroySoon());
  });
  upstream.once("response", addOwnFields);
  upstream.once("close", stop);
  socket.once("close", () => {
    stop();
    upstream.destroy();
  });
}

function failUpgrade(exchange: UpgradeExchange, error: unknown): void {
  if (exchange.settled) return;
  exchange.settled = true;
  exchange.passage.fail(failureOf(error));
}

function timedOut(what: string, afterMs: number): Error {
  return coded("ETIMEDOUT", `${what} within ${afterMs} ms`);
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
