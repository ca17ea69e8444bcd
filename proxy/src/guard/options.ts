import type { Reply } from "../reply.ts";
import type { RequestHead } from "./request-head.ts";

const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/**
 * Whether an OPTIONS request is about this server and not about what is behind it: `OPTIONS *` (RFC 9110 section 9.3.7), or one
 * that may go no further (section 7.6.2).
 */
export function isForTheProxy({ method, headers }: RequestHead, path: string): boolean {
  return method === "OPTIONS" && (path === "*" || headers["max-forwards"] === "0");
}

/** Says what this server can do at all. */
export function answerOptions(reply: Reply, requestId: string, close: boolean): void {
  const fields = ["allow", METHODS, "x-served-by", "proxy", "x-request-id", requestId];
  if (close) fields.push("connection", "close");
  reply.writeHead(204, "No Content", fields);
  reply.end();
}
