import { canonicalPath } from "./canonical-path.ts";
import type { Limits } from "./limits.ts";
import type { RequestHead } from "./request-head.ts";

/** Why a request is not passed on. `close` when the connection cannot be trusted any further. */
export type Refusal = { status: number; title: string; detail: string; close: boolean };

/** What the guard has established about a request that may pass. */
export type Inspected = {
  /** Canonical. Matched and forwarded alike. `*` only for `OPTIONS *`. */
  path: string;
  /** From the question mark on, or "". */
  query: string;
  /** undefined only for HTTP/1.0, which knows no Host. */
  host: string | undefined;
};

const HOST = /^(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_.])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
const MOST_DIGITS = 15;
const REFUSED_METHODS = new Set(["CONNECT", "TRACE"]);

/** Looks at version, method, size, framing, Host and target, in this order, and says what may pass as what. */
export function inspectRequest(request: RequestHead, limits: Limits): Inspected | { refusal: Refusal } {
  const { method = "", url = "" } = request;
  if ((request.httpVersionMajor ?? 1) !== 1) {
    return refuse(505, "HTTP Version Not Supported", "HTTP/1.1 and HTTP/1.0 are understood here.", true);
  }
  if (REFUSED_METHODS.has(method)) return refuse(405, "Method Not Allowed", `${method} is not passed on.`, true);
  if (request.rawHeaders.length > 2 * limits.headerFields) {
    return refuse(431, "Request Header Fields Too Large", "The request has too many header fields.", true);
  }
  const framing = findFramingDoubt(request);
  if (framing !== undefined) return refuse(framing.status, framing.title, framing.detail, true);
  const host = readHost(request);
  if (typeof host === "object") return refuse(400, "Bad Request", host.reason, true);
  if (url.length > limits.targetBytes) {
    return refuse(414, "URI Too Long", `The request target is longer than ${limits.targetBytes} bytes.`, false);
  }
  return url === "*" && method === "OPTIONS"
    ? { path: "*", query: "", host }
    : readTarget(url, host, request.socket.encrypted === true ? "https" : "http");
}

// --- internal ---

function refuse(status: number, title: string, detail: string, close: boolean): { refusal: Refusal } {
  return { refusal: { status, title, detail, close } };
}

// What the parser lets through and another server might frame otherwise: request smuggling.
function findFramingDoubt(request: RequestHead): Omit<Refusal, "close"> | undefined {
  const { "transfer-encoding": coding, "content-length": length } = request.headers;
  // Beyond 2^53 a number is not the one that was written.
  if (length !== undefined && length.length > MOST_DIGITS) {
    return { status: 413, title: "Content Too Large", detail: "The Content-Length is larger than anything." };
  }
  if (coding === undefined) return undefined;
  if (request.httpVersionMinor === 0) {
    return { status: 400, title: "Bad Request", detail: "HTTP/1.0 has no Transfer-Encoding." };
  }
  if (length !== undefined) {
    return { status: 400, title: "Bad Request", detail: "Content-Length and Transfer-Encoding exclude each other." };
  }
  if (coding.trim().toLowerCase() !== "chunked") {
    return { status: 501, title: "Not Implemented", detail: "The only transfer coding understood here is chunked." };
  }
  return undefined;
}

function readHost(request: RequestHead): string | undefined | { reason: string } {
  let host: string | undefined;
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index];
    if (name?.length !== 4 || name.toLowerCase() !== "host") continue;
    if (host !== undefined) return { reason: "The request has more than one Host." };
    host = request.rawHeaders[index + 1] ?? "";
  }
  if (host === undefined) {
    return request.httpVersionMinor === 0 ? undefined : { reason: "The request has no Host." };
  }
  return HOST.test(host) ? host : { reason: "The Host is not a name or an address with an optional port." };
}

function readTarget(url: string, host: string | undefined, scheme: Scheme): Inspected | { refusal: Refusal } {
  if (!/^[\x21-\x7e]+$/.test(url)) return refuse(400, "Bad Request", "The request target is not plain ASCII.", false);
  const target = url.startsWith("/") ? url : originForm(url, host, scheme);
  if (target === undefined) {
    return refuse(400, "Bad Request", "The request target is neither a path nor an address of this Host.", false);
  }
  const mark = target.indexOf("?");
  const query = mark === -1 ? "" : target.slice(mark);
  if (query.includes("#")) return refuse(400, "Bad Request", "The request target has a fragment.", false);
  const canonical = canonicalPath(mark === -1 ? target : target.slice(0, mark));
  if ("refused" in canonical) return refuse(400, "Bad Request", `Refused: ${canonical.refused}.`, false);
  return { path: canonical.path, query, host };
}

type Scheme = "http" | "https";

// RFC 9112 section 3.2.2: a target in absolute form must be understood. It is the Host's own, or the request is two things at once.
function originForm(url: string, host: string | undefined, scheme: Scheme): string | undefined {
  const match = /^(https?):\/\/([^/?#]+)(.*)$/i.exec(url);
  if (match?.[1]?.toLowerCase() !== scheme || match[2]?.toLowerCase() !== host?.toLowerCase()) return undefined;
  const rest = match[3] ?? "";
  return rest.startsWith("/") ? rest : `/${rest}`;
}
