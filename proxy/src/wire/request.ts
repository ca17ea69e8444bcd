import type { RequestHead } from "../guard/request-head.ts";
import { fieldName } from "./field-names.ts";

// An ordinary request is one that no two servers read differently: GET or HEAD, HTTP/1.1, a target and fields of plain
// characters, every line ended by CR LF, no field twice, nothing that announces a body, an upgrade or an expectation. Everything
// else is not refused here but left to node:http and the guard, which know what to say to it.

const LINE = /^(GET|HEAD) ([\x21-\x7e]+) HTTP\/1\.1\r\n/;

// RFC 9110 sections 5.1 and 5.5: token, colon, visible characters, blanks, tabs and obs-text. The dollar stands for the blank line.
const FIELDS = /^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)+$/;

const EXTRAORDINARY: ReadonlySet<string> = new Set([
  "content-length",
  "expect",
  "http2-settings",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const MOST_FIELDS = 64;

/**
 * Parses the header of an ordinary request, ending with its blank line. undefined for everything that is not ordinary.
 * `text` has one character for each octet (latin1). The names of fields come out in small letters, as upstreams get them.
 */
export function parseOrdinaryRequest(text: string, socket: RequestHead["socket"]): RequestHead | undefined {
  const line = LINE.exec(text);
  if (line === null) return undefined;
  const from = line[0].length;
  const to = text.length - 2;
  if (!FIELDS.test(text.slice(from, to))) return undefined;
  const rawHeaders: string[] = [];
  const headers: Record<string, string> = {};
  for (let at = from; at < to;) {
    const colon = text.indexOf(":", at);
    const end = text.indexOf("\r\n", colon);
    const name = fieldName(text.slice(at, colon));
    if (headers[name] !== undefined || EXTRAORDINARY.has(name) || name === "__proto__") return undefined;
    const value = trimmed(text, colon + 1, end);
    headers[name] = value;
    rawHeaders.push(name, value);
    at = end + 2;
  }
  if (rawHeaders.length > 2 * MOST_FIELDS) return undefined;
  return { method: line[1], url: line[2], httpVersionMinor: 1, rawHeaders, headers, socket };
}

// --- internal ---

// Optional whitespace is blanks and tabs only (RFC 9110 section 5.6.3); String.trim would take more.
function trimmed(text: string, from: number, to: number): string {
  while (from < to && isBlank(text.charCodeAt(from))) from += 1;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to -= 1;
  return text.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
