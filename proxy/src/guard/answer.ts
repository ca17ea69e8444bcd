import type { Duplex } from "node:stream";
import { PROBLEM_MEDIA_TYPE, problem } from "@strangler/platform";
import type { Reply } from "../reply.ts";

/** Something the proxy itself has to say. */
export type OwnAnswer = {
  status: number;
  title: string;
  detail: string;
  /** Further fields, name and value in turn. */
  fields?: readonly string[];
};

/** What is said when the proxy itself is at fault: nothing of the inside. */
export const INTERNAL: OwnAnswer = {
  status: 500,
  title: "Internal Server Error",
  detail: "The proxy could not handle this request.",
};

/** Answers with problem details. Does nothing when an answer has begun. */
export function answerProblem(response: Reply, answer: OwnAnswer, requestId: string, close = false): void {
  if (response.headersSent || response.destroyed) return;
  const body = JSON.stringify(problem(answer.status, answer.title, answer.detail));
  response.writeHead(answer.status, answer.title, [
    ...["content-type", PROBLEM_MEDIA_TYPE, "content-length", String(Buffer.byteLength(body))],
    ...["cache-control", "no-store", "x-served-by", "proxy", "x-request-id", requestId],
    ...(answer.fields ?? []),
    ...(close ? ["connection", "close"] : []),
  ]);
  response.end(response.req.method === "HEAD" ? undefined : body);
}

/** The same on a bare socket: where the parser gave up, or an upgrade failed. The connection ends with it. */
export function answerOnSocket(socket: Duplex, answer: OwnAnswer): void {
  if (socket.destroyed || !socket.writable) return;
  const body = JSON.stringify(problem(answer.status, answer.title, answer.detail));
  socket.end(
    [
      `HTTP/1.1 ${answer.status} ${answer.title}`,
      `content-type: ${PROBLEM_MEDIA_TYPE}`,
      `content-length: ${Buffer.byteLength(body)}`,
      "cache-control: no-store",
      "x-served-by: proxy",
      ...linesOf(answer.fields ?? []),
      "connection: close",
      "",
      body,
    ].join("\r\n"),
  );
}

// --- internal ---

function linesOf(fields: readonly string[]): string[] {
  return fields.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${fields[index + 1] ?? ""}`] : []));
}
