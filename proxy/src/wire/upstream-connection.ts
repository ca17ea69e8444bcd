import type { Socket } from "node:net";
import type { AnswerHead } from "../guard/response-headers.ts";
import { parseAnswerHead, type Framing } from "./answer-head.ts";
import { writeAllNow, writeSoon } from "./burst.ts";
import { ChunkedReader } from "./chunked.ts";

/** Who waits for an answer. Exactly one of `end` and `fail` is called last; after `begin` has answered false, neither is. */
export type Asker = {
  readonly method: string;
  /** Whether a body follows the header. */
  readonly uploads: boolean;
  /** The header is on its way. */
  asked: (connection: UpstreamConnection) => void;
  /** 1xx other than 101. */
  informational: (head: AnswerHead) => void;
  begin: (head: AnswerHead) => boolean | Promise<boolean>;
  /** The head came alone; nobody knows when the body will follow. */
  pause: () => void;
  /** False: hold the next piece back until `resume` is called on the connection. */
  data: (piece: Buffer) => boolean;
  /** The body is whole. Called after the connection has gone back to its pool. `rawTrailers` is name and value in turn. */
  end: (rawTrailers: readonly string[]) => void;
  fail: (code: string, message: string, onReusedConnection: boolean) => void;
};

/** What a connection tells its pool. */
export type Owner = {
  /** The connection is whole and idle. */
  release: (connection: UpstreamConnection) => void;
  /** The connection is gone. */
  forget: (connection: UpstreamConnection) => void;
};

const LARGEST_HEAD = 65_536;
const MOST_INFORMATIONAL = 32;
const NO_TRAILERS: readonly string[] = [];

/**
 * One connection to an upstream: one request at a time, and the answer read as strictly as RFC 9112 allows. Whatever leaves a
 * doubt about where an answer ends closes the connection. A class, because it lives long and is spoken to often.
 */
export class UpstreamConnection {
  #socket: Socket | undefined;
  readonly #owner: Owner;
  readonly #silenceMs: number;
  #asker: Asker | undefined;
  #phase: "idle" | "head" | "waiting" | "body" | "closed" = "idle";
  #held: Buffer | undefined;
  #framing: Framing | undefined;
  #left = 0;
  #chunked: ChunkedReader | undefined;
  #answers = 0;
  #informational = 0;
  #ended = false;
  #uploading = false;
  #onDrain: (() => void) | undefined;

  constructor(owner: Owner, silenceMs: number) {
    this.#owner = owner;
    this.#silenceMs = silenceMs;
  }

  /** The socket to speak over. What it reads is handed to `take`. */
  attach(socket: Socket): void {
    const silenceMs = this.#silenceMs;
    this.#socket = socket;
    socket.on("end", () => this.#upstreamEnded());
    socket.on("error", (error: NodeJS.ErrnoException) => this.#lost(error.code ?? "UNKNOWN", error.message));
    socket.on("close", () => this.#lost("ECONNRESET", "the upstream closed the connection"));
    socket.on("drain", () => this.#onDrain?.());
    socket.on("timeout", () => this.#lost("ETIMEDOUT", `no byte within ${silenceMs} ms`));
  }

  /** Whether an answer has been read from here before. */
  get reused(): boolean {
    return this.#answers > 0;
  }

  /** Sends a whole request header, as latin1. The connection must be idle. */
  ask(asker: Asker, header: string): void {
    this.#asker = asker;
    this.#phase = "head";
    this.#informational = 0;
    this.#uploading = asker.uploads;
    if (this.#socket !== undefined) writeSoon(this.#socket, header);
    if (asker.uploads) asker.asked(this);
  }

  /**
   * Writes a piece of the request's body with what stands around it. `onWritten` is called when the system has taken it. False: the
   * upstream is slower than the customer; go on when `onDrain` is called.
   */
  upload(before: string, piece: Buffer, after: string, onWritten: () => void): boolean {
    const socket = this.#socket;
    if (socket === undefined || !this.#uploading) return true;
    writeAllNow();
    socket.cork();
    if (before !== "") socket.write(before, "latin1");
    let flowing = socket.write(piece, onWritten);
    if (after !== "") flowing = socket.write(after, "latin1");
    socket.uncork();
    return flowing;
  }

  /** The body is complete; `rest` is what ends it on the wire. Only now may the connection carry another request afterwards. */
  endUpload(rest: string): void {
    if (!this.#uploading) return;
    this.#uploading = false;
    this.#onDrain = undefined;
    if (rest !== "" && this.#socket !== undefined) writeSoon(this.#socket, rest);
  }

  set onDrain(listener: () => void) {
    this.#onDrain = listener;
  }

  resume(): void {
    if (this.#phase === "body") this.#socket?.resume();
  }

  /** Ends the connection, whatever is going on. Nobody is told. */
  destroy(): void {
    this.#asker = undefined;
    this.#close();
  }

  /** Takes what has been read. The piece is overwritten by the next one, so what is kept is copied. */
  take(piece: Buffer): void {
    switch (this.#phase) {
      case "head":
        this.#takeHead(this.#held === undefined ? piece : Buffer.concat([this.#held, piece]));
        break;
      case "body":
        this.#takeBody(piece);
        break;
      case "waiting":
        this.#held = Buffer.concat([this.#held ?? NOTHING, piece]);
        break;
      case "idle":
        // Bytes that nobody asked for would be taken for the next answer.
        this.#close();
        break;
      case "closed":
        break;
    }
  }

  #takeHead(piece: Buffer): void {
    this.#held = undefined;
    const end = piece.indexOf("\r\n\r\n");
    if (end === -1 || end > LARGEST_HEAD) {
      if (piece.length > LARGEST_HEAD) this.#refuse("HPE_HEADER_OVERFLOW", "the answer's head is too large");
      else if (!couldBeHttp(piece)) this.#refuse("HPE_INVALID_CONSTANT", "the answer is not HTTP");
      else this.#held = Buffer.from(piece);
      return;
    }
    const asker = this.#asker;
    if (asker === undefined) return;
    const parsed = parseAnswerHead(piece.toString("latin1", 0, end + 4), asker.method);
    if ("refused" in parsed) {
      this.#refuse("HPE_INVALID_ANSWER", parsed.refused);
      return;
    }
    const rest = piece.subarray(end + 4);
    const { status } = parsed.head;
    if (status === 101) this.#refuse("HPE_UNASKED_UPGRADE", "the upstream switched protocols unasked");
    else if (status >= 100 && status < 200) this.#takeInformational(asker, parsed.head, rest);
    else this.#begin(asker, parsed.head, parsed.framing, rest);
  }

  #takeInformational(asker: Asker, head: AnswerHead, rest: Buffer): void {
    this.#informational += 1;
    if (this.#informational > MOST_INFORMATIONAL) {
      this.#refuse("HPE_TOO_MANY_INFORMATIONAL", "the upstream sent too many informational answers");
      return;
    }
    asker.informational(head);
    if (rest.length > 0) this.take(rest);
  }

  #begin(asker: Asker, head: AnswerHead, framing: Framing, rest: Buffer): void {
    this.#framing = framing;
    this.#left = framing.kind === "length" ? framing.length : 0;
    this.#chunked = framing.kind === "chunked" ? new ChunkedReader() : undefined;
    const begun = asker.begin(head);
    if (typeof begun === "boolean") {
      this.#begun(begun, rest);
      return;
    }
    this.#phase = "waiting";
    this.#held = Buffer.from(rest);
    this.#socket?.pause();
    void begun.then((passed) => {
      if (this.#phase !== "waiting") return;
      const held = this.#held ?? NOTHING;
      this.#held = undefined;
      this.#socket?.resume();
      this.#begun(passed, held);
      if (this.#ended) this.#upstreamEnded();
    });
  }

  #begun(passed: boolean, rest: Buffer): void {
    if (!passed) {
      this.destroy();
      return;
    }
    this.#phase = "body";
    const { kind } = this.#framing ?? NO_BODY;
    if (kind === "none" || (kind === "length" && this.#left === 0)) this.#complete(rest);
    else {
      // Only an answer that does not come at once can fall silent.
      if (kind !== "length" || rest.length < this.#left) this.#socket?.setTimeout(this.#silenceMs);
      if (rest.length > 0) this.#takeBody(rest);
      else this.#asker?.pause();
    }
  }

  #takeBody(piece: Buffer): void {
    if (this.#chunked !== undefined) {
      this.#takeChunked(this.#chunked, piece);
      return;
    }
    if (this.#framing?.kind === "until close") {
      this.#deliver(piece);
      return;
    }
    if (piece.length < this.#left) {
      this.#left -= piece.length;
      this.#deliver(piece);
      return;
    }
    const last = this.#left;
    this.#left = 0;
    this.#deliver(last === piece.length ? piece : piece.subarray(0, last));
    this.#complete(last === piece.length ? NOTHING : piece.subarray(last));
  }

  #takeChunked(reader: ChunkedReader, piece: Buffer): void {
    const progress = reader.feed(piece, (data) => this.#deliver(data));
    if (progress.state === "complete") this.#complete(progress.rest);
    else if (progress.state === "broken") this.#refuse("HPE_INVALID_CHUNK", progress.why);
  }

  #deliver(piece: Buffer): void {
    if (this.#asker?.data(piece) === false) this.#socket?.pause();
  }

  #complete(rest: Buffer): void {
    if (this.#phase === "closed") return;
    const asker = this.#asker;
    const trailers = this.#chunked?.trailers ?? NO_TRAILERS;
    const reusable = this.#framing?.reusable === true && rest.length === 0 && !this.#ended && !this.#uploading;
    this.#asker = undefined;
    this.#chunked = undefined;
    this.#answers += 1;
    if (reusable) {
      this.#phase = "idle";
      if (this.#socket?.timeout !== undefined && this.#socket.timeout > 0) this.#socket.setTimeout(0);
      this.#socket?.resume();
      this.#owner.release(this);
    } else {
      this.#close();
    }
    asker?.end(trailers);
  }

  #upstreamEnded(): void {
    this.#ended = true;
    if (this.#phase === "body" && this.#framing?.kind === "until close") this.#complete(NOTHING);
    else if (this.#phase !== "waiting") this.#lost("ECONNRESET", "the upstream ended the connection");
  }

  #refuse(code: string, message: string): void {
    this.#lost(code, message);
  }

  #lost(code: string, message: string): void {
    const asker = this.#asker;
    const untouched = this.reused && this.#phase === "head" && this.#held === undefined;
    this.#asker = undefined;
    this.#close();
    asker?.fail(code, message, untouched);
  }

  #close(): void {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    this.#held = undefined;
    this.#uploading = false;
    this.#onDrain = undefined;
    this.#owner.forget(this);
    this.#socket?.destroy();
  }
}

// --- internal ---

const NOTHING = Buffer.alloc(0);
const NO_BODY: Framing = { kind: "none", reusable: false };
const BEGINNING = "HTTP/1.";

// What cannot become a status line any more is refused at once, and not when the time is up.
function couldBeHttp(piece: Buffer): boolean {
  const seen = piece.toString("latin1", 0, BEGINNING.length);
  return BEGINNING.startsWith(seen);
}
