import type { OutgoingHttpHeaders } from "node:http";
import { HOP_BY_HOP, namedInConnection } from "./hop-by-hop.ts";
import type { RequestHead } from "./request-head.ts";

// What the client says about where it comes from is only believed when a trusted proxy says it. With underscores these
// names are the same to servers that turn headers into CGI variables, so those spellings are never passed on.
const FORWARDING = new Set([
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-prefix",
  "x-forwarded-proto",
  "x-forwarded-server",
  "x-real-ip",
]);

/** What the guard itself says in the request's header. */
export type OwnFields = {
  /** The Host that was asked for; undefined only for HTTP/1.0. */
  host: string | undefined;
  requestId: string;
  traceparent: string;
  /** The address of the peer. */
  peer: string;
  /** Whether `peer` may tell us about the client before it. */
  trusted: boolean;
  secure: boolean;
  /** Names of fields that are the proxy's own affair, in small letters. */
  hidden: ReadonlySet<string>;
  /** Cookies that are the proxy's own affair. */
  hiddenCookie: string;
};

/** The header of the request as the upstream gets it: repeated fields stay repeated, hop-by-hop fields end here. */
export function upstreamRequestHeaders(request: RequestHead, own: OwnFields): OutgoingHttpHeaders {
  const { rawHeaders } = request;
  const named = namedInConnection(rawHeaders);
  const headers: Record<string, string | string[]> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    if (HOP_BY_HOP.has(name) || named.has(name) || own.hidden.has(name)) continue;
    if (FORWARDING.has(name) ? !own.trusted : isDisguised(name)) continue;
    append(headers, name, rawHeaders[index + 1] ?? "");
  }
  dropCookie(headers, own.hiddenCookie);
  frame(headers, request);
  addForwarding(headers, own);
  if (own.host !== undefined) headers["host"] = own.host;
  headers["x-request-id"] = own.requestId;
  headers["traceparent"] = own.traceparent;
  return headers;
}

/** Whether the request brings a body. Only one that does not can be sent again. */
export function hasBody(request: RequestHead): boolean {
  const { "content-length": length, "transfer-encoding": coding } = request.headers;
  return coding !== undefined || (length !== undefined && Number(length) > 0);
}

// --- internal ---

function append(headers: Record<string, string | string[]>, name: string, value: string): void {
  const present = headers[name];
  if (present === undefined) headers[name] = value;
  // RFC 6265 section 5.4: one Cookie field only.
  else if (name === "cookie") headers[name] = `${String(present)}; ${value}`;
  else headers[name] = Array.isArray(present) ? [...present, value] : [present, value];
}

function isDisguised(name: string): boolean {
  return name.includes("_") && FORWARDING.has(name.replaceAll("_", "-"));
}

function dropCookie(headers: Record<string, string | string[]>, hidden: string): void {
  const cookie = headers["cookie"];
  if (typeof cookie !== "string" || !cookie.includes(hidden)) return;
  const rest = cookie.split(/;\s*/).filter((pair) => !pair.startsWith(`${hidden}=`));
  if (rest.length === 0) delete headers["cookie"];
  else headers["cookie"] = rest.join("; ");
}

// The framing is ours: named by what we shall send, not by what the client's fields were.
function frame(headers: Record<string, string | string[]>, request: RequestHead): void {
  if (request.headers["transfer-encoding"] !== undefined) headers["transfer-encoding"] = "chunked";
  else if (headers["content-length"] === undefined && request.method !== "GET" && request.method !== "HEAD") {
    headers["content-length"] = "0";
  }
}

function addForwarding(headers: Record<string, string | string[]>, own: OwnFields): void {
  const before = headers["x-forwarded-for"];
  headers["x-forwarded-for"] = before === undefined ? own.peer : `${[before].flat().join(", ")}, ${own.peer}`;
  if (own.host !== undefined) headers["x-forwarded-host"] ??= own.host;
  headers["x-forwarded-proto"] ??= own.secure ? "https" : "http";
}
