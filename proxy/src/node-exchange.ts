import type { IncomingMessage, ServerResponse } from "node:http";
import type { Exchange } from "./exchange.ts";
import type { Engine } from "./forward/engine.ts";
import { withKeptBody } from "./kept-body.ts";

/** A request that node:http has read, and whose answer it writes. */
export function exchangeOf(engine: Engine, request: IncomingMessage, response: ServerResponse): Exchange {
  return {
    head: request,
    reply: response,
    send: (target, passage) => engine.forward(request, response, target, passage),
    tapBody: (listener) => tapBody(request, listener),
    resend: (target, passage, body) => engine.forward(withKeptBody(request, body), response, target, passage),
  };
}

// --- internal ---

// A listener for "data" would set the body flowing before the engine is there to take it.
function tapBody(request: IncomingMessage, listener: (chunk: Buffer) => void): void {
  // What has come already, while the request was being admitted.
  const early = request.readableLength > 0 ? (request.read() as Buffer | null) : null;
  if (early !== null) {
    listener(early);
    request.unshift(early);
  }
  const push = request.push.bind(request);
  request.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    if (chunk !== null) listener(chunk);
    return push(chunk, encoding);
  };
}
