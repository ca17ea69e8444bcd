import type { Duplex } from "node:stream";
import { closeFrame, followFrames } from "./frame-boundary.ts";

/** Service Restart: the customer may connect again. From the registry that RFC 6455 section 11.7 sets up. */
const RESTART = 1012;
/** How long the customer may take to say goodbye, and the upstream to come to a frame's end. */
const GOODBYE_MS = 2_000;

/** Ends a WebSocket; at most `GOODBYE_MS` later its connection is gone. */
export type Closer = () => void;

/**
 * Follows what is written to a customer, so that her WebSocket can be closed with a close frame, at the end of a frame. What the
 * upstream sends behind that is dropped (RFC 6455 section 5.5.1); the customer's own close frame still goes to it, and ends both.
 */
export function createPoliteCloser(socket: Duplex): Closer {
  const frames = followFrames();
  const write = socket.write.bind(socket) as WriteCall;
  let state: "open" | "closing" | "closed" = "open";

  function sayGoodbye(): void {
    state = "closed";
    write(closeFrame(RESTART));
  }

  // The one place that everything for this customer passes, whichever engine sends it.
  const followed: WriteCall = (chunk, ...rest) => {
    if (state === "closed") return drop(rest);
    const bytes = typeof chunk === "string" ? Buffer.from(chunk, textEncoding(rest)) : chunk;
    const boundary = frames.feed(bytes);
    if (state === "open" || boundary === -1) return write(bytes, ...rest.filter((each) => typeof each === "function"));
    write(bytes.subarray(0, boundary));
    sayGoodbye();
    return drop(rest);
  };
  socket.write = followed as typeof socket.write;

  return () => {
    if (state !== "open") return;
    state = "closing";
    if (frames.atBoundary()) sayGoodbye();
    setTimeout(() => socket.destroy(), GOODBYE_MS).unref();
  };
}

/** Without having followed its frames from the beginning, only the connection can be ended. */
export function createPlainCloser(socket: Duplex): Closer {
  return () => {
    socket.end();
    setTimeout(() => socket.destroy(), GOODBYE_MS).unref();
  };
}

// --- internal ---

type Rest = readonly (BufferEncoding | ((error?: Error | null) => void) | undefined)[];
type WriteCall = (chunk: Uint8Array | string, ...rest: Rest) => boolean;

function textEncoding(rest: Rest): BufferEncoding {
  const [first] = rest;
  return typeof first === "string" ? first : "utf8";
}

function drop(rest: Rest): boolean {
  const done = rest.find((each) => typeof each === "function");
  if (typeof done === "function") process.nextTick(done);
  return true;
}
