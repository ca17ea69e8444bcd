import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

// A client error concerns the bytes behind the last request that was understood. Which one that was, the socket remembers.
const LAST = Symbol("last reply");
type Remembering = Duplex & { [LAST]?: ServerResponse };

/** Notes that this is the newest request of its connection. */
export function rememberReply({ socket }: IncomingMessage, response: ServerResponse): void {
  (socket as Remembering)[LAST] = response;
}

/**
 * Whether the request before the bytes that cannot be understood is whole and still being answered. Then the connection ends with
 * that answer: anything said of those bytes now would be taken for it.
 */
export function endsWithLastReply(socket: Duplex): boolean {
  const last = (socket as Remembering)[LAST];
  if (last === undefined || last.destroyed || last.writableFinished || !last.req.complete) return false;
  last.shouldKeepAlive = false;
  // Nothing that follows will be read: the rest of it waits, and is thrown away with the connection.
  socket.pause();
  return true;
}

/** Whether an answer to the newest request has begun. */
export function hasBegun(socket: Duplex): boolean {
  const last = (socket as Remembering)[LAST];
  return last !== undefined && last.headersSent && !last.writableFinished;
}
