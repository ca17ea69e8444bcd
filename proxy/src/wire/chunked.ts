// The chunked transfer coding of RFC 9112 section 7.1, read piece by piece as it comes. Only the strict grammar is taken: sizes
// of hex digits, every line ended by CR LF. Extensions are allowed, bounded, and end here.

/** What a piece led to: more is to come, the body is complete (with the bytes after it), or it is no chunked body. */
export type ChunkedProgress =
  { state: "more" } | { state: "complete"; rest: Buffer } | { state: "broken"; why: string };

const SIZE_LINE = /^([0-9A-Fa-f]{1,13})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;
const TRAILER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)$/;

const MORE: ChunkedProgress = { state: "more" };
const LONGEST_LINE = 4_096;
const MOST_TRAILER_BYTES = 16_384;

/** Reads one chunked body. A class, because it lives as long as a body and is fed many pieces. */
export class ChunkedReader {
  /** Trailer fields, name and value in turn. Complete when the body is. */
  readonly trailers: string[] = [];
  #line = "";
  #expects: "size" | "data" | "end of data" | "trailer" = "size";
  #left = 0;
  #trailerBytes = 0;

  /** Takes the next piece, hands the body's bytes to `deliver`. */
  feed(piece: Buffer, deliver: (data: Buffer) => void): ChunkedProgress {
    let at = 0;
    while (at < piece.length) {
      if (this.#expects === "data") {
        const data = piece.subarray(at, at + this.#left);
        at += data.length;
        this.#left -= data.length;
        deliver(data);
        if (this.#left === 0) this.#expects = "end of data";
        continue;
      }
      const feedLine = piece.indexOf(0x0a, at);
      const end = feedLine === -1 ? piece.length : feedLine + 1;
      this.#line += piece.toString("latin1", at, end);
      at = end;
      if (this.#line.length > LONGEST_LINE) return broken("a line is too long");
      if (feedLine === -1) return MORE;
      const progress = this.#takeLine(piece, at);
      if (progress !== undefined) return progress;
    }
    return MORE;
  }

  #takeLine(piece: Buffer, at: number): ChunkedProgress | undefined {
    const line = this.#line;
    this.#line = "";
    if (!line.endsWith("\r\n")) return broken("a line ends without CR LF");
    const text = line.slice(0, -2);
    if (this.#expects === "size") return this.#takeSize(text);
    if (this.#expects === "end of data") {
      this.#expects = "size";
      return text === "" ? undefined : broken("a chunk is longer than its size");
    }
    if (text === "") return { state: "complete", rest: piece.subarray(at) };
    return this.#takeTrailer(text);
  }

  #takeSize(text: string): ChunkedProgress | undefined {
    const size = SIZE_LINE.exec(text)?.[1];
    if (size === undefined) return broken("a chunk has no size");
    this.#left = Number.parseInt(size, 16);
    this.#expects = this.#left === 0 ? "trailer" : "data";
    return undefined;
  }

  #takeTrailer(text: string): ChunkedProgress | undefined {
    this.#trailerBytes += text.length;
    if (this.#trailerBytes > MOST_TRAILER_BYTES) return broken("the trailers are too large");
    const field = TRAILER.exec(text);
    if (field === null) return broken("a trailer is not well-formed");
    this.trailers.push(field[1] ?? "", (field[2] ?? "").trim());
    return undefined;
  }
}

// --- internal ---

function broken(why: string): ChunkedProgress {
  return { state: "broken", why };
}
