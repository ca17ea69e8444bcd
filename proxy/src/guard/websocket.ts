import type { IncomingMessage } from "node:http";
import { hasBody } from "./request-headers.ts";

/**
 * Whether this is the beginning of a WebSocket (RFC 6455 section 4.1). Everything else that names `Upgrade` is an ordinary request
 * (RFC 9110 section 7.8), above all one with a body: its bytes would go to the upstream unread.
 */
export function beginsWebSocket(request: IncomingMessage): boolean {
  return request.method === "GET" && request.headers.upgrade?.toLowerCase() === "websocket" && !hasBody(request);
}
