import type { IncomingMessage, ServerResponse } from "node:http";
import { errorCode } from "@strangler/platform";
import { buildConnector, Pool, type Dispatcher } from "undici";
import { hasBody } from "../guard/request-headers.ts";
import type { Engine, EngineTimes, Passage, Target } from "./engine.ts";
import { failureOf } from "./failure.ts";
import { createHttpProxyMiddlewareEngine } from "./http-proxy-middleware.ts";

// undici's `dispatch` hands over what the parser sees, without a stream in between. It carries no upgrades of ours (they go
// through http-proxy-middleware) and chunks a body of unknown length by itself.

type Controller = Dispatcher.DispatchController;

/** What is known of a connection at the moment it fails: whether it had carried an answer before. */
type ConnectionError = Error & { reused?: boolean; socket?: { bytesRead?: number } };

export function createUndiciEngine(times: EngineTimes): Engine {
  const upgrades = createHttpProxyMiddlewareEngine(times);
  const pools = new Map<string, Pool>();

  function poolFor(origin: URL): Pool {
    const known = pools.get(origin.origin);
    if (known) return known;
    const pool = new Pool(origin.origin, {
      connections: 256,
      pipelining: 1,
      connect: createConnector(),
      // Idle connections are closed before the 5 s after which a Node server closes them.
      keepAliveTimeout: 4_000,
      // The deadline is ours: undici's own would run while an upload is still on its way.
      headersTimeout: 0,
      bodyTimeout: times.silenceMs,
      allowH2: false,
    });
    pools.set(origin.origin, pool);
    return pool;
  }

  return {
    name: "undici",
    forward: (request, response, target, passage) => {
      new Exchange(request, response, target, passage, times.answerWithinMs).send(poolFor(target.origin));
    },
    upgrade: upgrades.upgrade,
    close: async () => {
      await Promise.all([upgrades.close(), ...[...pools.values()].map((pool) => pool.destroy())]);
    },
  };
}

// --- internal ---

// One object for a request and both directions of it: made once for each, so it is a class and not eight closures.
class Exchange implements Dispatcher.DispatchHandler {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: Target;
  readonly passage: Passage;
  readonly answerWithinMs: number;
  pool: Pool | undefined;
  controller: Controller | undefined;
  deadline: NodeJS.Timeout | undefined;
  begun = false;
  settled = false;
  repeated = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    target: Target,
    passage: Passage,
    answerWithinMs: number,
  ) {
    this.request = request;
    this.response = response;
    this.target = target;
    this.passage = passage;
    this.answerWithinMs = answerWithinMs;
  }

  send(pool: Pool): void {
    this.pool = pool;
    this.response.once("close", () => this.end());
    // The time runs from the end of the request: a long upload is not a slow answer.
    if (hasBody(this.request)) this.request.once("end", () => this.startDeadline());
    else this.startDeadline();
    this.dispatch(pool);
  }

  onRequestStart(controller: Controller): void {
    this.controller = controller;
    if (this.settled) controller.abort(new Error("nobody waits for the answer"));
  }

  onResponseStart(controller: Controller, status: number, _headers: object, statusMessage = ""): void {
    if (status >= 102 && status < 200) return;
    clearTimeout(this.deadline);
    const rawHeaders = textOf(controller.rawHeaders);
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
    if (this.pool && this.mayRepeat(error)) {
      this.repeated = true;
      this.dispatch(this.pool, true);
      return;
    }
    this.fail(error);
  }

  private dispatch(pool: Pool, onNewConnection = false): void {
    const { method = "GET" } = this.request;
    const { path, headers } = this.target;
    const { "transfer-encoding": _framing, ...fields } = headers;
    const body = hasBody(this.request) ? this.request : null;
    try {
      pool.dispatch({ path, method, headers: fields as Record<string, string>, body, reset: onNewConnection }, this);
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
      const message = `no answer within ${this.answerWithinMs} ms`;
      const error = Object.assign(new Error(message), { code: "ETIMEDOUT" });
      this.fail(error);
      this.controller?.abort(error);
    }, this.answerWithinMs);
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

function textOf(raw: Controller["rawHeaders"]): string[] {
  if (!Array.isArray(raw)) return [];
  return raw.map((each) => (typeof each === "string" ? each : each.toString("latin1")));
}

// A reset tells nothing of its connection; this notes on it whether an answer had been read from there before.
function createConnector(): buildConnector.connector {
  const connect = buildConnector({ timeout: 10_000 });
  return (options, callback) => {
    connect(options, (...outcome) => {
      const [, socket] = outcome;
      socket?.prependListener("error", (error: ConnectionError) => {
        error.reused = socket.bytesRead > 0;
      });
      callback(...outcome);
    });
  };
}
