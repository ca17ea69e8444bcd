import { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Reply } from "../reply.ts";
import { clientResponseHeaders, type AnswerHead } from "./response-headers.ts";

/**
 * Passes an informational answer (1xx other than 101) on before the answer itself, without the fields that end at this hop.
 * HTTP/1.0 knows none (RFC 9110 section 15.2). An engine passes `100 Continue` only where it has been asked for (section 15.2.1).
 */
export function passInformational(reply: Reply, head: AnswerHead): void {
  if (reply.headersSent || reply.destroyed) return;
  if (reply instanceof ServerResponse) writeInformational(reply as ServerResponse, head);
  else if (head.status !== 100) reply.informational?.(clean(head));
}

// --- internal ---

function writeInformational(response: ServerResponse, head: AnswerHead): void {
  const { req } = response;
  if (req.httpVersionMinor === 0) return;
  if (head.status === 100) {
    response.writeContinue();
    return;
  }
  const text = textOf(clean(head));
  // A pipelined request has no socket until the answers before it are out; then this is the first to go.
  if (response.socket === null) response.once("socket", (socket: Socket) => socket.write(text, "latin1"));
  else response.socket.write(text, "latin1");
}

function clean({ status, statusMessage, rawHeaders }: AnswerHead): AnswerHead {
  return { status, statusMessage, rawHeaders: clientResponseHeaders(rawHeaders, []) };
}

function textOf({ status, statusMessage, rawHeaders }: AnswerHead): string {
  let text = `HTTP/1.1 ${status} ${statusMessage}\r\n`;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    text += `${rawHeaders[index] ?? ""}: ${rawHeaders[index + 1] ?? ""}\r\n`;
  }
  return `${text}\r\n`;
}
