import { HOP_BY_HOP, namedInConnection } from "./hop-by-hop.ts";

/** The head of an upstream's answer, as it came. */
export type AnswerHead = {
  status: number;
  statusMessage: string;
  /** Name, value, name, value: order, case and repetition as sent. */
  rawHeaders: readonly string[];
};

const OURS = new Set(["x-served-by", "x-request-id"]);

/** The fields that the customer gets, flat: the upstream's own in order, case and number, without those that end at this hop. */
export function clientResponseHeaders(rawHeaders: readonly string[], own: readonly string[]): string[] {
  const named = namedInConnection(rawHeaders);
  const headers: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const field = rawHeaders[index] ?? "";
    const name = field.toLowerCase();
    if (HOP_BY_HOP.has(name) || named.has(name) || OURS.has(name)) continue;
    headers.push(field, rawHeaders[index + 1] ?? "");
  }
  headers.push(...own);
  return headers;
}

/** Trailer fields that may follow the body: nothing that frames, routes or authenticates (RFC 9110 section 6.5.1). */
export function clientTrailers(rawTrailers: readonly string[]): [string, string][] {
  const trailers: [string, string][] = [];
  for (let index = 0; index < rawTrailers.length; index += 2) {
    const name = (rawTrailers[index] ?? "").toLowerCase();
    if (HOP_BY_HOP.has(name) || FORBIDDEN_IN_TRAILERS.has(name)) continue;
    trailers.push([rawTrailers[index] ?? "", rawTrailers[index + 1] ?? ""]);
  }
  return trailers;
}

/** Whether a final answer may have this status. 1xx is not final, and 099 has stopped more than one proxy. */
export function isFinalStatus(status: number): boolean {
  return status >= 200 && status <= 599;
}

// --- internal ---

const FORBIDDEN_IN_TRAILERS = new Set([
  "authorization",
  "cache-control",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "host",
  "location",
  "set-cookie",
  "x-request-id",
  "x-served-by",
]);
