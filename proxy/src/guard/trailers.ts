import { FORWARDING } from "./forwarding-names.ts";
import { HOP_BY_HOP } from "./hop-by-hop.ts";
import type { RequestHead } from "./request-head.ts";

// RFC 9110 section 6.5.1: nothing that frames, routes, authenticates or says how the body is to be read. Whoever merges trailers
// into the header would otherwise believe what nobody has looked at.
const FORBIDDEN: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  ...FORWARDING,
  "age",
  "authorization",
  "cache-control",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "cookie",
  "host",
  "location",
  "max-forwards",
  "range",
  "set-cookie",
  "traceparent",
  "tracestate",
  "www-authenticate",
  "x-request-id",
  "x-served-by",
]);

/** The trailer fields that may go on, name and value in pairs. `rawTrailers` is name and value in turn. */
export function passedTrailers(rawTrailers: readonly string[]): [string, string][] {
  const trailers: [string, string][] = [];
  for (let index = 0; index < rawTrailers.length; index += 2) {
    const name = rawTrailers[index] ?? "";
    if (mayFollow(name)) trailers.push([name, rawTrailers[index + 1] ?? ""]);
  }
  return trailers;
}

/** The names that a chunked request announces in `Trailer`, as far as they may go on; undefined when it announces none. */
export function announcedTrailers(request: RequestHead): string | undefined {
  const { trailer, "transfer-encoding": coding } = request.headers;
  if (trailer === undefined || coding === undefined) return undefined;
  const names = trailer.split(",").map((name) => name.trim());
  const passed = names.filter((name) => TOKEN.test(name) && mayFollow(name));
  return passed.length === 0 ? undefined : passed.join(", ");
}

// --- internal ---

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

function mayFollow(name: string): boolean {
  return !FORBIDDEN.has(name.toLowerCase().replaceAll("_", "-"));
}
