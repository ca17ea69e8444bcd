import { connect, type Socket } from "node:net";
import type { FuzzedRequest } from "./requests.ts";

// Nothing may ever come, if the upstream stalls or the request is not whole; once something has come, the rest is not far.
const BEFORE_MS = 300;
const QUIET_MS = 25;

/** Sends a request's pieces on a connection of its own and collects what comes, until the connection ends or falls quiet. */
export async function ask(port: number, { pieces, plain, method }: FuzzedRequest): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.setEncoding("latin1");
  let received = "";
  const ended = new Promise<void>((resolve) => {
    socket.on("data", (text: string) => {
      if (received === "") socket.setTimeout(QUIET_MS);
      received += text;
      if (plain && isWhole(received, method)) resolve();
    });
    socket.on("error", () => resolve());
    socket.on("close", () => resolve());
    socket.setTimeout(BEFORE_MS, resolve);
  });
  await send(socket, pieces);
  await ended;
  // With a reset nothing of the connection lingers: a million of them would use up all ports.
  socket.resetAndDestroy();
  return received;
}

/** Asks for a marker through the same pools; answers the body of what came. */
export async function askMarker(port: number, marker: string): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.setEncoding("latin1");
  let received = "";
  await new Promise<void>((resolve) => {
    socket.on("data", (text: string) => {
      received += text;
      if (isWhole(received, "GET")) resolve();
    });
    socket.on("error", () => resolve());
    socket.on("close", () => resolve());
    socket.setTimeout(10_000, resolve);
    socket.write(`GET /items/marker HTTP/1.1\r\nHost: a\r\nX-Marker: ${marker}\r\n\r\n`, "latin1");
  });
  socket.resetAndDestroy();
  return received.slice(received.indexOf("\r\n\r\n") + 4);
}

// --- internal ---

async function send(socket: Socket, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    socket.write(piece, "latin1");
    if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Whether a whole answer is there, by its own framing; only a shortcut, so whatever is unusual is left to fall quiet. */
function isWhole(received: string, method: string): boolean {
  const split = received.indexOf("\r\n\r\n");
  if (split === -1 || received.startsWith("HTTP/1.1 1")) return false;
  if (method === "HEAD" || received.startsWith("HTTP/1.1 204") || received.startsWith("HTTP/1.1 304")) return true;
  const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(received.slice(0, split + 2))?.[1];
  if (length !== undefined) return received.length >= split + 4 + Number(length);
  return received.endsWith("\r\n0\r\n\r\n");
}
