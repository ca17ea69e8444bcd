import type { IncomingMessage } from "node:http";
import type { OwnAnswer } from "./answer.ts";
import type { RequestHead } from "./request-head.ts";

/** What is said to a request whose body is longer than its route takes (RFC 9110 section 15.5.14). */
export const TOO_LARGE: OwnAnswer = {
  status: 413,
  title: "Content Too Large",
  detail: "The request's body is larger than this address takes.",
};

/** Whether the request itself says that its body is longer than `bodyBytes`. */
export function announcesMore({ headers }: RequestHead, bodyBytes: number): boolean {
  return Number(headers["content-length"] ?? 0) > bodyBytes;
}

/** Counts a body as it passes and says once when it has become longer than `bodyBytes`. Does not make it flow. */
export function watchBody(request: IncomingMessage, bodyBytes: number, onTooLarge: () => void): void {
  let left = bodyBytes;
  // Paused by word, a stream is not started by a listener but by whoever pipes it.
  request.pause();
  request.on("data", (piece: Buffer) => {
    const fitted = left >= 0;
    left -= piece.length;
    if (left < 0 && fitted) onTooLarge();
  });
}
