import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { Exchange } from "./exchange.ts";
import { hasBody } from "./guard/request-headers.ts";
import type { Trip } from "./trip.ts";

/** The body of a request, kept in case it has to be sent again. */
export type KeptBody = {
  /** undefined as long as it has not come in full. */
  whole: () => Buffer | undefined;
};

/** Longer bodies are not kept: 256 connections must not hold more than a few megabytes. */
export const KEPT_BYTES = 16_384;

/**
 * Keeps a copy of a short body of announced length, of a request that does no more when it comes twice (RFC 9110 section 9.2.2), or
 * that says so itself by a key. undefined for all others.
 */
export function keepBody({ head, tapBody, resend }: Exchange, { route, repeatable }: Trip): KeptBody | undefined {
  if (repeatable || tapBody === undefined || resend === undefined || !hasBody(head)) return undefined;
  const { method = "", headers } = head;
  const keyed = route?.carriage?.idempotencyKey === true && headers["idempotency-key"] !== undefined;
  if (!(method === "PUT" || method === "DELETE" || keyed)) return undefined;
  const length = Number(headers["content-length"] ?? Number.NaN);
  if (!(length <= KEPT_BYTES)) return undefined;
  const pieces: Buffer[] = [];
  let come = 0;
  tapBody((piece) => {
    pieces.push(Buffer.from(piece));
    come += piece.length;
  });
  return { whole: () => (come === length ? Buffer.concat(pieces) : undefined) };
}

/** The request once more, with the body that was kept: what engines read of a request, and nothing that is still on its way. */
export function withKeptBody(request: IncomingMessage, body: Buffer): IncomingMessage {
  const { method, url, httpVersion, httpVersionMajor, httpVersionMinor, rawHeaders, socket } = request;
  const { expect: _expect, ...headers } = request.headers;
  return Object.assign(Readable.from([body], { objectMode: false }), {
    ...{ method, url, httpVersion, httpVersionMajor, httpVersionMinor, rawHeaders, headers, socket },
    ...{ complete: true, aborted: false, trailers: {}, rawTrailers: [] },
  }) as unknown as IncomingMessage;
}
