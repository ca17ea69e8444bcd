import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { AnswerHead } from "../guard/response-headers.ts";
import type { Reply } from "../reply.ts";
import { borrowCopy, giveBack } from "./borrowed-copy.ts";
import { writeAllNow, writeSoon } from "./burst.ts";

/**
 * Writes one answer to a customer's connection, framed anew: with the Content-Length it has, else chunked. The head goes out with
 * the first bytes of the body, in one piece. A class, because one is made for every request.
 */
export class LaneReply implements Reply {
  headersSent = false;
  destroyed = false;
  writableEnded = false;
  statusCode = 0;
  /** Whether the connection ends with this answer. */
  last = false;
  readonly req: { readonly method: string; readonly complete: true };
  readonly #socket: Socket;
  readonly #onEnd: () => void;
  #head = "";
  #chunked = false;
  #trailers = "";
  #closed = false;
  #listeners: (() => void)[] | undefined;

  constructor(socket: Socket, method: string, onEnd: () => void) {
    this.#socket = socket;
    this.#onEnd = onEnd;
    this.req = { method, complete: true };
  }

  writeHead(status: number, reason: string, fields: readonly string[]): void {
    let head = `HTTP/1.1 ${status} ${reason === "" ? (STATUS_CODES[status] ?? "") : reason}\r\n`;
    let dated = false;
    let framed = false;
    let closing = false;
    for (let index = 0; index < fields.length; index += 2) {
      const name = fields[index] ?? "";
      head += `${name}: ${fields[index + 1] ?? ""}\r\n`;
      if (name.length === 4) dated ||= name.toLowerCase() === "date";
      else if (name.length === 14) framed ||= name.toLowerCase() === "content-length";
      else if (name.length === 10 && name.toLowerCase() === "connection") this.last = closing = true;
    }
    if (this.last && !closing) head += "Connection: close\r\n";
    if (!dated) head += dateField();
    const bodiless = this.req.method === "HEAD" || status === 204 || status === 304;
    if (!framed && !bodiless) {
      this.#chunked = true;
      head += "Transfer-Encoding: chunked\r\n";
    }
    this.#head = `${head}\r\n`;
    this.statusCode = status;
    this.headersSent = true;
  }

  informational({ status, statusMessage, rawHeaders }: AnswerHead): void {
    if (this.headersSent || this.destroyed) return;
    let head = `HTTP/1.1 ${status} ${statusMessage}\r\n`;
    for (let index = 0; index < rawHeaders.length; index += 2) {
      head += `${rawHeaders[index] ?? ""}: ${rawHeaders[index + 1] ?? ""}\r\n`;
    }
    writeSoon(this.#socket, `${head}\r\n`);
  }

  /** Writes a piece of the body. False when the customer is slower than the upstream: go on after the socket's "drain". */
  write(piece: Buffer): boolean {
    if (this.destroyed) return true;
    const head = this.#takeHead();
    if (!this.#chunked) return this.#send(head, piece, "");
    if (piece.length === 0) return head === "" ? true : writeSoon(this.#socket, head);
    return this.#send(`${head}${piece.length.toString(16)}\r\n`, piece, "\r\n");
  }

  onceDrained(listener: () => void): void {
    this.#socket.once("drain", listener);
  }

  /** Writes the head by itself: the upstream has begun to answer, and nobody knows when the body will come. */
  flushHead(): void {
    const head = this.#takeHead();
    if (head !== "") writeSoon(this.#socket, head);
  }

  addTrailers(trailers: readonly [string, string][]): void {
    this.#trailers = trailers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  }

  end(body?: string): void {
    if (this.writableEnded || this.destroyed) return;
    this.writableEnded = true;
    const text = body === undefined ? "" : Buffer.from(body).toString("latin1");
    const rest = `${this.#takeHead()}${text}${this.#chunked ? `0\r\n${this.#trailers}\r\n` : ""}`;
    if (rest !== "") writeSoon(this.#socket, rest);
    this.#close();
    this.#onEnd();
  }

  /** The answer cannot be completed, or nobody is there to take it. */
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    writeAllNow();
    this.#socket.destroy();
    this.#close();
  }

  once(_event: "close", listener: () => void): void {
    if (this.#closed) queueMicrotask(listener);
    else (this.#listeners ??= []).push(listener);
  }

  #takeHead(): string {
    const head = this.#head;
    this.#head = "";
    return head;
  }

  // A small piece travels with what stands around it in one string: one write is one system call.
  #send(before: string, piece: Buffer, after: string): boolean {
    if (piece.length <= SMALL) return writeSoon(this.#socket, before + piece.toString("latin1") + after);
    writeAllNow();
    this.#socket.cork();
    if (before !== "") this.#socket.write(before, "latin1");
    const copy = borrowCopy(piece);
    let flowing = this.#socket.write(copy, () => giveBack(copy));
    if (after !== "") flowing = this.#socket.write(after, "latin1");
    this.#socket.uncork();
    return flowing;
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const listener of this.#listeners ?? []) listener();
  }
}

// --- internal ---

const SMALL = 8_192;

let dateLine = "";
let dateUntil = 0;

// RFC 9110 section 6.6.1: who has a clock adds the date where the upstream has not. It changes once a second.
function dateField(): string {
  const now = Date.now();
  if (now >= dateUntil) {
    dateUntil = now - (now % 1_000) + 1_000;
    dateLine = `Date: ${new Date(now).toUTCString()}\r\n`;
  }
  return dateLine;
}
