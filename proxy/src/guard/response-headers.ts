import { HOP_BY_HOP, namedInConnection } from "./hop-by-hop.ts";

/** The head of an upstream's answer, as it came. */
export type AnswerHead = {
  status: number;
  statusMessage: string;
  /** Name, value, name, value: order, case and repetition as sent. */
  rawHeaders: readonly string[];
};

const ACCEL_BUFFERING = "x-accel-buffering";
const OURS = new Set(["x-served-by", "x-request-id"]);

/** The fields that the customer gets, flat: the upstream's own in order, case and number, without those that end at this hop. */
export function clientResponseHeaders(rawHeaders: readonly string[], own: readonly string[]): string[] {
  const named = namedInConnection(rawHeaders);
  const headers: string[] = [];
  let streams = false;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const field = rawHeaders[index] ?? "";
    const name = field.toLowerCase();
    if (HOP_BY_HOP.has(name) || named.has(name) || OURS.has(name)) continue;
    const value = rawHeaders[index + 1] ?? "";
    headers.push(field, value);
    // Only names of these lengths are looked at.
    if (name.length === 12) streams ||= name === "content-type" && isEventStream(value);
  }
  // Who stands before this proxy might collect events until they fill a buffer; nginx and others listen to this field.
  if (streams && !says(rawHeaders, ACCEL_BUFFERING)) headers.push(ACCEL_BUFFERING, "no");
  headers.push(...own);
  return headers;
}

/** Whether a final answer may have this status. 1xx is not final, and 099 has stopped more than one proxy. */
export function isFinalStatus(status: number): boolean {
  return status >= 200 && status <= 599;
}

/**
 * Whether it is clear where the answer's body ends. The parsers refuse a length with a coding, but let codings through that nobody
 * here can undo (RFC 9112 section 6.1).
 */
export function isFramedWell(rawHeaders: readonly string[]): boolean {
  let chunked = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.length !== 17 || rawHeaders[index]?.toLowerCase() !== "transfer-encoding") continue;
    if (rawHeaders[index + 1]?.trim().toLowerCase() !== "chunked") return false;
    chunked += 1;
  }
  return chunked <= 1;
}

// --- internal ---

function isEventStream(contentType: string): boolean {
  return contentType.startsWith("text/event-stream") || contentType.toLowerCase().startsWith("text/event-stream");
}

function says(rawHeaders: readonly string[], wanted: string): boolean {
  return rawHeaders.some((name, index) => index % 2 === 0 && name.toLowerCase() === wanted);
}
