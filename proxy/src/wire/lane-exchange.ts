import type { OutgoingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import type { Exchange } from "../exchange.ts";
import type { Passage, Target } from "../forward/engine.ts";
import { failureOf } from "../forward/failure.ts";
import type { RequestHead } from "../guard/request-head.ts";
import type { AnswerHead } from "../guard/response-headers.ts";
import type { LaneReply } from "./lane-reply.ts";
import type { Asker, UpstreamConnection } from "./upstream-connection.ts";
import type { UpstreamPool } from "./upstream-pool.ts";

/** Where a request of the lane finds connections, and how long it waits for an answer. */
export type LaneUpstreams = { poolFor: (origin: URL) => UpstreamPool; answerWithinMs: number };

/** One ordinary request on its way through the lane, both directions of it. A class, because one is made for every request. */
export class LaneExchange implements Exchange, Asker {
  readonly head: RequestHead;
  readonly reply: LaneReply;
  readonly method: string;
  readonly #socket: Socket;
  readonly #upstreams: LaneUpstreams;
  #target: Target | undefined;
  #passage: Passage | undefined;
  #connection: UpstreamConnection | undefined;
  #takeBack: (() => void) | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #begun = false;
  #repeated = false;
  #waitsForDrain = false;

  constructor(head: RequestHead, reply: LaneReply, socket: Socket, upstreams: LaneUpstreams) {
    this.head = head;
    this.reply = reply;
    this.method = head.method ?? "";
    this.#socket = socket;
    this.#upstreams = upstreams;
  }

  send(target: Target, passage: Passage): void {
    this.#target = target;
    this.#passage = passage;
    this.#repeated = false;
    this.#deadline = setTimeout(() => this.#tooSlow(), this.#upstreams.answerWithinMs);
    this.#ask(target, false);
  }

  /** The customer has left. */
  abandon(): void {
    this.#release();
    this.reply.destroy();
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
    this.reply.flushHead();
  }

  data(piece: Buffer): boolean {
    // Whoever listens keeps what she hears.
    if (this.#passage?.tap !== undefined) this.#passage.tap(Buffer.from(piece));
    if (this.reply.write(piece)) return true;
    if (!this.#waitsForDrain) {
      this.#waitsForDrain = true;
      this.#socket.once("drain", () => {
        this.#waitsForDrain = false;
        this.#connection?.resume();
      });
    }
    return false;
  }

  end(rawTrailers: readonly string[]): void {
    this.#connection = undefined;
    this.#passage?.complete(rawTrailers);
    this.reply.end();
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
    this.#passage?.fail(failureOf(Object.assign(new Error(message), { code })));
  }

  #ask(target: Target, fresh: boolean): void {
    const header = requestText(this.method, target);
    const pool = this.#upstreams.poolFor(target.origin);
    this.#takeBack = pool.ask(this, header, fresh, (connection) => (this.#connection = connection));
  }

  #tooSlow(): void {
    this.#release();
    const message = `no answer within ${this.#upstreams.answerWithinMs} ms`;
    this.#passage?.fail({ kind: "too slow", code: "ETIMEDOUT", message });
  }

  #release(): void {
    clearTimeout(this.#deadline);
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
