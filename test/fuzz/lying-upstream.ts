import { createServer, type AddressInfo, type Socket } from "node:net";
import type { FuzzedAnswer } from "./answers.ts";
import { pairOf } from "./random.ts";

export type LyingUpstream = {
  port: number;
  /** Requests that came, markers included. */
  requests: () => number;
  close: () => Promise<void>;
};

export type LyingUpstreamOptions = {
  answerOf: (pair: number, method: string) => FuzzedAnswer;
  /** What the proxy has sent is no request as it should be. */
  onMalformed: (why: string, bytes: string) => void;
};

const REQUEST_LINE = /^([A-Z]+) (?:\/[\x21-\x7e]*) HTTP\/1\.1$/;
const FIELD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+: ?[\t\x20-\x7e\x80-\xff]*$/;

/** An upstream that answers what it is told to, and is as strict with what it gets as RFC 9112 allows. */
export async function startLyingUpstream({ answerOf, onMalformed }: LyingUpstreamOptions): Promise<LyingUpstream> {
  const sockets = new Set<Socket>();
  let requests = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    let received = "";
    let head: Head | undefined;
    let told = false;
    socket.setEncoding("latin1");
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (text: string) => {
      received += text;
      while (!socket.destroyed) {
        if (head === undefined) {
          const end = received.indexOf("\r\n\r\n");
          if (end === -1) return;
          const parsed = parseHead(received.slice(0, end));
          if (typeof parsed === "string") {
            onMalformed(parsed, received.slice(0, end));
            socket.destroy();
            return;
          }
          if (parsed.upgrade) {
            // What follows is no HTTP any more, whatever is answered.
            socket.removeAllListeners("data").resume();
            requests += 1;
            tell(socket, parsed, true);
            return;
          }
          head = parsed;
          received = received.slice(end + 4);
          requests += 1;
          told = tell(socket, head, false);
        }
        const rest = bodyEnd(received, head);
        if (rest === "malformed") {
          onMalformed("a body that is not chunked", received.slice(0, 200));
          socket.destroy();
          return;
        }
        if (rest === undefined) return;
        received = received.slice(rest);
        if (!told) tell(socket, head, true);
        head = undefined;
      }
    });
  });

  function tell(socket: Socket, { pair, marker, method }: Head, complete: boolean): boolean {
    if (marker !== undefined) {
      if (complete) socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${marker.length}\r\n\r\n${marker}`, "latin1");
      return complete;
    }
    const { pieces, then, early } = answerOf(pair ?? -1, method);
    if (!complete && !early) return false;
    void send(socket, pieces, then);
    return true;
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", 4_096, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests: () => requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

// --- internal ---

type Head = {
  method: string;
  pair: number | undefined;
  marker: string | undefined;
  length: number;
  chunked: boolean;
  upgrade: boolean;
};

function parseHead(text: string): Head | string {
  const [line = "", ...fields] = text.split("\r\n");
  const method = REQUEST_LINE.exec(line)?.[1];
  if (method === undefined) return "no request line";
  const head: Head = { method, pair: undefined, marker: undefined, length: 0, chunked: false, upgrade: false };
  let hosts = 0;
  let framings = 0;
  for (const field of fields) {
    if (!FIELD.test(field)) return "a field that is none";
    const colon = field.indexOf(":");
    const name = field.slice(0, colon).toLowerCase();
    const value = field.slice(colon + 1).trim();
    if (name === "host") hosts += 1;
    else if (name === "x-pair") head.pair ??= pairOf(value);
    else if (name === "upgrade") head.upgrade = true;
    else if (name === "x-marker") head.marker = value;
    else if (name === "content-length") {
      framings += 1;
      head.length = Number(value);
    } else if (name === "transfer-encoding") {
      framings += 1;
      head.chunked = true;
      if (value !== "chunked") return "a coding besides chunked";
    }
  }
  if (hosts !== 1) return `${hosts} Host fields`;
  if (framings > 1) return `${framings} framings`;
  return Number.isSafeInteger(head.length) ? head : "a length that is none";
}

function bodyEnd(received: string, { chunked, length }: Head): number | undefined | "malformed" {
  if (!chunked) return received.length >= length ? length : undefined;
  let at = 0;
  for (;;) {
    const line = received.indexOf("\r\n", at);
    if (line === -1) return undefined;
    const size = received.slice(at, line);
    if (!/^[0-9a-f]{1,8}$/i.test(size)) return "malformed";
    const bytes = Number.parseInt(size, 16);
    if (bytes === 0) {
      if (received.startsWith("\r\n", line + 2)) return line + 4;
      const end = received.indexOf("\r\n\r\n", line);
      return end === -1 ? undefined : end + 4;
    }
    at = line + 4 + bytes;
    if (received.length < at) return undefined;
  }
}

async function send(socket: Socket, pieces: readonly string[], then: FuzzedAnswer["then"]): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    socket.write(piece, "latin1");
    if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve));
  }
  if (then === "close") socket.end();
  if (then === "reset") socket.resetAndDestroy();
}
