import type { OutgoingHttpHeaders } from "node:http";
import { FORWARDING } from "./forwarding-names.ts";
import { forwardedElement, portOf } from "./forwarded.ts";
import { HOP_BY_HOP, namedInConnection } from "./hop-by-hop.ts";
import type { RequestHead } from "./request-head.ts";

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
  /** What is told beside X-Forwarded-For, -Host and -Proto. */
  forwarded: { readonly port?: boolean | undefined; readonly standard?: boolean | undefined };
  /** Cookies that are the proxy's own affair. */
  hiddenCookies: readonly string[];
};

/** The header of the request as the upstream gets it: repeated fields stay repeated, hop-by-hop fields end here. */
export function upstreamRequestHeaders(request: RequestHead, own: OwnFields): OutgoingHttpHeaders {
  const { rawHeaders } = request;
  const named = namedInConnection(rawHeaders);
  const headers: Record<string, string | string[]> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    if (HOP_BY_HOP.has(name) || named.has(name) || own.hidden.has(name)) continue;
    // To an object, this is no name but what it inherits from.
    if (name === "__proto__") continue;
    if (FORWARDING.has(name) ? !own.trusted : isDisguised(name)) continue;
    append(headers, name, rawHeaders[index + 1] ?? "");
  }
  dropCookies(headers, own.hiddenCookies);
  frame(headers, request);
  if (request.method === "OPTIONS") goOneStepLess(headers);
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
  // `constructor` is in every object before anybody has put it there.
  if (present === undefined || typeof present === "function") headers[name] = value;
  // RFC 6265 section 5.4: one Cookie field only.
  else if (name === "cookie") headers[name] = `${String(present)}; ${value}`;
  else headers[name] = Array.isArray(present) ? [...present, value] : [present, value];
}

// With underscores these names are the same to servers that turn headers into CGI variables: never passed on.
function isDisguised(name: string): boolean {
  return name.includes("_") && FORWARDING.has(name.replaceAll("_", "-"));
}

function dropCookies(headers: Record<string, string | string[]>, hidden: readonly string[]): void {
  const cookie = headers["cookie"];
  if (typeof cookie !== "string" || !hidden.some((name) => cookie.includes(name))) return;
  const rest = cookie.split(/;\s*/).filter((pair) => !hidden.includes(pair.split("=", 1)[0]?.trim() ?? ""));
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

// RFC 9110 section 7.6.2. At 0 the request has been answered here.
function goOneStepLess(headers: Record<string, string | string[]>): void {
  const left = headers["max-forwards"];
  if (typeof left === "string" && /^\d{1,9}$/.test(left)) headers["max-forwards"] = String(Number(left) - 1);
}

function addForwarding(headers: Record<string, string | string[]>, own: OwnFields): void {
  const before = headers["x-forwarded-for"];
  headers["x-forwarded-for"] = before === undefined ? own.peer : `${[before].flat().join(", ")}, ${own.peer}`;
  if (own.host !== undefined) headers["x-forwarded-host"] ??= own.host;
  headers["x-forwarded-proto"] ??= own.secure ? "https" : "http";
  if (own.forwarded.port === true) headers["x-forwarded-port"] ??= portOf(own.host, own.secure);
  if (own.forwarded.standard === true) {
    const element = forwardedElement(own.peer, own.host, own.secure);
    const told = headers["forwarded"];
    headers["forwarded"] = told === undefined ? element : `${[told].flat().join(", ")}, ${element}`;
  }
}
