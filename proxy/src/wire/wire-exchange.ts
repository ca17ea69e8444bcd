import type { OutgoingHttpHeaders } from "node:http";
import type { Passage, Target } from "../forward/engine.ts";
import { failureOf } from "../forward/failure.ts";
import type { AnswerHead } from "../guard/response-headers.ts";
import type { Asker, UpstreamConnection } from "./upstream-connection.ts";
import type { UpstreamPool } from "./upstream-pool.ts";

/** Where a request finds connections, and how long it waits for an answer. */
export type WireUpstreams = { poolFor: (origin: URL) => UpstreamPool; answerWithinMs: number };

/** Where the body of an answer goes. */
export type Output = {
  /** Takes a piece that will be overwritten. False: hold the next one back until `onceDrained` has called. */
  write: (piece: Buffer) => boolean;
  onceDrained: (listener: () => void) => void;
  /** The head is not to wait for the body. */
  flushHead: () => void;
  end: () => void;
};

/** The body of a request on its way to an upstream. */
export type Upload = {
  /** The header has been written to this connection: the body may follow. `onEnd` is called when all of it has. */
  start: (connection: UpstreamConnection, onEnd: () => void) => void;
  /** Nobody takes the rest. */
  stop: () => void;
};

/** One request on its way, both directions of it. A class, because one is made for every request. */
export class WireExchange implements Asker {
  readonly method: string;
  readonly uploads: boolean;
  readonly #output: Output;
  readonly #upload: Upload | undefined;
  readonly #upstreams: WireUpstreams;
  #target: Target | undefined;
  #passage: Passage | undefined;
  #connection: UpstreamConnection | undefined;
  #takeBack: (() => void) | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #begun = false;
  #repeated = false;
  #waitsForDrain = false;

  constructor(method: string, output: Output, upstreams: WireUpstreams, upload?: Upload) {
    this.method = method;
    this.#output = output;
    this.uploads = upload !== undefined;
    this.#upload = upload;
    this.#upstreams = upstreams;
  }

  send(target: Target, passage: Passage): void {
    this.#target = target;
    this.#passage = passage;
    this.#repeated = false;
    // The time runs from the end of the request: a long upload is not a slow answer.
    if (!this.uploads) this.#startDeadline();
    this.#ask(target, false);
  }

  /** Nobody waits for the answer any more. */
  abandon(): void {
    this.#release();
  }

  asked(connection: UpstreamConnection): void {
    this.#upload?.start(connection, () => this.#startDeadline());
  }

  informational(head: AnswerHead): void {
    this.#passage?.informational?.(head);
  }

  begin(head: AnswerHead): boolean | Promise<boolean> {
    clearTimeout(this.#deadline);
    this.#begun = true;
    return this.#passage?.begin(head) ?? false;
  }

  pause(): void {
    this.#output.flushHead();
  }

  data(piece: Buffer): boolean {
    // Whoever listens keeps what she hears.
    if (this.#passage?.tap !== undefined) this.#passage.tap(Buffer.from(piece));
    if (this.#output.write(piece)) return true;
    if (!this.#waitsForDrain) {
      this.#waitsForDrain = true;
      this.#output.onceDrained(() => {
        this.#waitsForDrain = false;
        this.#connection?.resume();
      });
    }
    return false;
  }

  end(rawTrailers: readonly string[]): void {
    this.#connection = undefined;
    this.#upload?.stop();
    this.#passage?.complete(rawTrailers);
    this.#output.end();
  }

  fail(code: string, message: string, onReusedConnection: boolean): void {
    this.#connection = undefined;
    const target = this.#target;
    // A pooled connection that the upstream had closed already: not one byte of this request was answered.
    if (target?.repeatable === true && onReusedConnection && !this.#begun && !this.#repeated && isHangUp(code)) {
      this.#repeated = true;
      this.#ask(target, true);
      return;
    }
    clearTimeout(this.#deadline);
    this.#upload?.stop();
    this.#passage?.fail(failureOf(Object.assign(new Error(message), { code })));
  }

  #ask(target: Target, fresh: boolean): void {
    const header = requestText(this.method, target);
    const pool = this.#upstreams.poolFor(target.origin);
    this.#takeBack = pool.ask(this, header, fresh, (connection) => (this.#connection = connection));
  }

  #startDeadline(): void {
    if (this.#begun || this.#passage === undefined) return;
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#tooSlow(), this.#upstreams.answerWithinMs);
  }

  #tooSlow(): void {
    this.#release();
    const message = `no answer within ${this.#upstreams.answerWithinMs} ms`;
    this.#passage?.fail({ kind: "too slow", code: "ETIMEDOUT", message });
  }

  #release(): void {
    clearTimeout(this.#deadline);
    this.#upload?.stop();
    this.#takeBack?.();
    this.#connection?.destroy();
    this.#connection = undefined;
  }
}

// --- internal ---

function isHangUp(code: string): boolean {
  return code === "ECONNRESET" || code === "EPIPE";
}

function requestText(method: string, { path, headers }: Target): string {
  let text = `${method} ${path} HTTP/1.1\r\n`;
  for (const name in headers) text += fieldLines(name, headers[name]);
  return `${text}\r\n`;
}

function fieldLines(name: string, value: OutgoingHttpHeaders[string]): string {
  if (typeof value === "string") return `${name}: ${value}\r\n`;
  if (!Array.isArray(value)) return value === undefined ? "" : `${name}: ${value}\r\n`;
  return value.map((each) => `${name}: ${each}\r\n`).join("");
}
