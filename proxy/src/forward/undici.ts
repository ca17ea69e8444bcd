import type { IncomingMessage, ServerResponse } from "node:http";
import { errorCode } from "@strangler/platform";
import { buildConnector, Pool, type Dispatcher } from "undici";
import { TOO_LARGE, watchBody } from "../guard/body-limit.ts";
import { expectsContinue } from "../guard/expectation.ts";
import { hasBody } from "../guard/request-headers.ts";
import type { Engine, EngineTimes, Passage, Target } from "./engine.ts";
import { failureOf } from "./failure.ts";
import { handOver } from "./hand-over.ts";
import { serverNameOf } from "../tls/server-name.ts";
import { createHttpProxyMiddlewareEngine } from "./http-proxy-middleware.ts";

// undici's `dispatch` hands over what the parser sees, without a stream in between, and chunks a body of unknown length by itself.
// It knows no expectations, sends no trailers, and breaks off at a `100 Continue` that nobody asked for. Requests of the first two
// kinds go through http-proxy-middleware, and so does everything for an upstream that has once been seen to do the third.

type Controller = Dispatcher.DispatchController;

/** What is known of a connection at the moment it fails: whether it had carried an answer before. */
type ConnectionError = Error & { reused?: boolean; socket?: { bytesRead?: number } };

/** What the exchanges of one engine share. */
type Shared = {
  readonly answerWithinMs: number;
  readonly poolFor: (origin: URL) => Pool;
  /** Origins that send `100 Continue` unasked. */
  readonly hasty: Set<string>;
  readonly other: Engine;
};

export function createUndiciEngine(times: EngineTimes): Engine {
  const pools = new Map<string, Pool>();
  const shared: Shared = {
    answerWithinMs: times.answerWithinMs,
    poolFor: (origin) => {
      const known = pools.get(origin.origin) ?? createPool(origin, times.silenceMs);
      pools.set(origin.origin, known);
      return known;
    },
    hasty: new Set(),
    other: createHttpProxyMiddlewareEngine(times),
  };
  const undici = {
    name: "undici",
    carries: (request: IncomingMessage) => request.headers.trailer === undefined && !expectsContinue(request),
    forward: (request: IncomingMessage, response: ServerResponse, target: Target, passage: Passage) => {
      if (shared.hasty.has(target.origin.origin)) shared.other.forward(request, response, target, passage);
      else new Exchange(request, response, target, passage, shared).send();
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
  return handOver(undici, shared.other);
}

// --- internal ---

function createPool({ origin }: URL, silenceMs: number): Pool {
  return new Pool(origin, {
    connections: 256,
    pipelining: 1,
    connect: createConnector(),
    // Idle connections are closed before the 5 s after which a Node server closes them.
    keepAliveTimeout: 4_000,
    // The deadline is ours: undici's own would run while an upload is still on its way.
    headersTimeout: 0,
    bodyTimeout: silenceMs,
    allowH2: false,
  });
}

// One object for a request and both directions of it: made once for each, so it is a class and not eight closures.
class Exchange implements Dispatcher.DispatchHandler {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: Target;
  readonly passage: Passage;
  readonly shared: Shared;
  controller: Controller | undefined;
  deadline: NodeJS.Timeout | undefined;
  begun = false;
  settled = false;
  repeated = false;

  constructor(request: IncomingMessage, response: ServerResponse, target: Target, passage: Passage, shared: Shared) {
    this.request = request;
    this.response = response;
    this.target = target;
    this.passage = passage;
    this.shared = shared;
  }

  send(): void {
    this.response.once("close", () => this.end());
    // The time runs from the end of the request: a long upload is not a slow answer.
    if (hasBody(this.request)) this.request.once("end", () => this.startDeadline());
    else this.startDeadline();
    const { bodyBytes } = this.target;
    if (bodyBytes !== undefined) watchBody(this.request, bodyBytes, () => this.refuseBody());
    this.dispatch();
  }

  onRequestStart(controller: Controller): void {
    this.controller = controller;
    if (this.settled) controller.abort(new Error("nobody waits for the answer"));
  }

  onResponseStart(controller: Controller, status: number, _headers: object, statusMessage = ""): void {
    const rawHeaders = textOf(controller.rawHeaders);
    if (status >= 102 && status < 200) {
      this.passage.informational?.({ status, statusMessage, rawHeaders });
      return;
    }
    clearTimeout(this.deadline);
    const begun = !this.settled && this.passage.begin({ status, statusMessage, rawHeaders });
    this.begun = true;
    if (begun === false) this.giveUp(controller);
    if (typeof begun === "boolean") return;
    controller.pause();
    void begun.then((passed) => (passed ? controller.resume() : this.giveUp(controller)));
  }

  private giveUp(controller: Controller): void {
    this.settled = true;
    controller.abort(new Error("the answer cannot be passed on"));
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.passage.tap?.(chunk);
    if (this.response.write(chunk)) return;
    controller.pause();
    this.response.once("drain", () => controller.resume());
  }

  onResponseEnd(controller: Controller): void {
    if (this.settled) return;
    this.settled = true;
    this.passage.complete(textOf(controller.rawTrailers));
    this.response.end();
  }

  onResponseError(_controller: Controller, error: ConnectionError): void {
    if (this.settled) return;
    if (isHaste(error) && !this.begun) {
      this.shared.hasty.add(this.target.origin.origin);
      if (this.target.repeatable) {
        this.settled = true;
        clearTimeout(this.deadline);
        this.shared.other.forward(this.request, this.response, this.target, this.passage);
        return;
      }
    }
    if (this.mayRepeat(error)) {
      this.repeated = true;
      this.dispatch(true);
      return;
    }
    this.fail(error);
  }

  private dispatch(onNewConnection = false): void {
    const { method = "GET" } = this.request;
    const { path, headers, origin } = this.target;
    const { "transfer-encoding": _framing, ...fields } = headers;
    const body = hasBody(this.request) ? this.request : null;
    try {
      // The same name for all requests of a pool: undici begins a new connection where it changes.
      const servername = origin.hostname;
      const options = {
        path,
        method,
        headers: fields as Record<string, string>,
        body,
        reset: onNewConnection,
        servername,
      };
      this.shared.poolFor(origin).dispatch(options, this);
    } catch (error) {
      this.fail(error);
    }
  }

  // A pooled connection that the upstream had closed already: not one byte of this request was answered.
  private mayRepeat(error: ConnectionError): boolean {
    const reused = error.reused ?? (error.socket?.bytesRead ?? 0) > 0;
    return this.target.repeatable && !this.begun && !this.repeated && reused && isHangUp(error);
  }

  private startDeadline(): void {
    if (this.settled || this.begun) return;
    this.deadline = setTimeout(() => {
      const message = `no answer within ${this.shared.answerWithinMs} ms`;
      const error = Object.assign(new Error(message), { code: "ETIMEDOUT" });
      this.fail(error);
      this.controller?.abort(error);
    }, this.shared.answerWithinMs);
  }

  private refuseBody(): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.deadline);
    // First of all: the upstream must not get the end of what it would take for a whole body.
    this.controller?.abort(new Error("the body is larger than its route takes"));
    this.passage.refuse?.(TOO_LARGE);
  }

  private fail(error: unknown): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.deadline);
    this.passage.fail(failureOf(error));
  }

  /** The response is closed: sent, broken, or the customer has left. */
  private end(): void {
    clearTimeout(this.deadline);
    if (this.settled) return;
    this.settled = true;
    this.controller?.abort(new Error("the customer has left"));
  }
}

function isHangUp(error: Error): boolean {
  return ["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"].includes(errorCode(error) ?? "");
}

// The one thing of which undici says this while a request waits for its answer.
function isHaste(error: Error): boolean {
  return errorCode(error) === "UND_ERR_SOCKET" && error.message === "bad response";
}

function textOf(raw: Controller["rawHeaders"]): string[] {
  if (!Array.isArray(raw)) return [];
  return raw.map((each) => (typeof each === "string" ? each : each.toString("latin1")));
}

// A reset tells nothing of its connection; this notes on it whether an answer had been read from there before.
function createConnector(): buildConnector.connector {
  const connect = buildConnector({ timeout: 10_000 });
  return (options, callback) => {
    connect({ ...options, servername: serverNameOf(options) }, (...outcome) => {
      const [, socket] = outcome;
      socket?.prependListener("error", (error: ConnectionError) => {
        error.reused = socket.bytesRead > 0;
      });
      callback(...outcome);
    });
  };
}
