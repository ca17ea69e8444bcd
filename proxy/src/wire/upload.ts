import type { IncomingMessage } from "node:http";
import type { UpstreamConnection } from "./upstream-connection.ts";
import type { Upload } from "./wire-exchange.ts";

/**
 * The body of a request that node:http reads, on its way to an upstream: with the Content-Length it has, else in chunks. What the
 * upstream's system has taken is given back at once, where nobody else listens: a gigabyte of upload would else wait as garbage.
 */
export function createUpload(request: IncomingMessage, chunked: boolean): Upload {
  const { length: others } = request.listeners("data");
  let connection: UpstreamConnection | undefined;
  let ended: () => void = () => undefined;

  const onData = (piece: Buffer) => {
    const before = chunked ? `${piece.length.toString(16)}\r\n` : "";
    const written = () => (others === 0 ? giveUp(piece) : undefined);
    if (connection?.upload(before, piece, chunked ? "\r\n" : "", written) === false) request.pause();
  };
  const onEnd = () => {
    connection?.endUpload(chunked ? "0\r\n\r\n" : "");
    ended();
  };
  return {
    start: (to, onEnded) => {
      connection = to;
      ended = onEnded;
      to.onDrain = () => request.resume();
      request.on("data", onData).on("end", onEnd);
      request.resume();
    },
    stop: () => {
      connection = undefined;
      request.off("data", onData).off("end", onEnd);
    },
  };
}

// --- internal ---

// Moving the memory of a buffer to an empty one frees it now, and not when garbage is collected.
function giveUp(piece: Buffer): void {
  const { buffer } = piece;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === piece.length) buffer.transfer(0);
}
