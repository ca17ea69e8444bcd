import type { AnswerHead } from "../guard/response-headers.ts";

/** Where an answer's body ends (RFC 9112 section 6.3), and whether the connection may carry another one. */
export type Framing =
  | { readonly kind: "none" | "chunked"; readonly reusable: boolean }
  | { readonly kind: "length"; readonly length: number; readonly reusable: boolean }
  | { readonly kind: "until close"; readonly reusable: false };

export type ParsedAnswer = { head: AnswerHead; framing: Framing };
export type RefusedAnswer = { refused: string };

const STATUS_LINE = /^HTTP\/1\.([01]) ([0-9]{3})(?: ([\t\x20-\x7e\x80-\xff]*))?\r\n/;
const FIELDS = /^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*$/;

/**
 * Parses the head of an answer up to and with its blank line; `text` has one character for each octet (latin1). Whatever leaves a
 * doubt where the answer ends is refused: the bytes after it could be taken for the answer to somebody else's request.
 */
export function parseAnswerHead(text: string, method: string): ParsedAnswer | RefusedAnswer {
  const line = STATUS_LINE.exec(text);
  if (line === null) return { refused: "the first line is no status line of HTTP/1" };
  const from = line[0].length;
  const to = text.length - 2;
  if (!FIELDS.test(text.slice(from, to))) return { refused: "a field is not well-formed" };
  const rawHeaders: string[] = [];
  let length: string | undefined;
  let coding: string | undefined;
  let connection = "";
  for (let at = from; at < to;) {
    const colon = text.indexOf(":", at);
    const end = text.indexOf("\r\n", colon);
    const raw = text.slice(at, colon);
    const value = text.slice(colon + 1, end).trim();
    rawHeaders.push(raw, value);
    at = end + 2;
    // Only names of these lengths frame; most fields are passed over without being looked at.
    if (raw.length === 14 && raw.toLowerCase() === "content-length") {
      if (length !== undefined) return { refused: "there are two Content-Length fields" };
      length = value;
    } else if (raw.length === 17 && raw.toLowerCase() === "transfer-encoding") {
      if (coding !== undefined) return { refused: "there are two Transfer-Encoding fields" };
      coding = value.toLowerCase();
    } else if (raw.length === 10 && raw.toLowerCase() === "connection") {
      connection += `,${value.toLowerCase()}`;
    }
  }
  const status = Number(line[2]);
  const minor = line[1] === "1" ? 1 : 0;
  const framing = framingOf({ method, status, minor, length, coding, connection });
  if ("refused" in framing) return framing;
  return { head: { status, statusMessage: line[3] ?? "", rawHeaders }, framing };
}

// --- internal ---

type Facts = {
  method: string;
  status: number;
  minor: number;
  length: string | undefined;
  coding: string | undefined;
  connection: string;
};

function framingOf({ method, status, minor, length, coding, connection }: Facts): Framing | RefusedAnswer {
  const reusable = persists(minor, connection);
  if (coding !== undefined && length !== undefined) {
    return { refused: "Content-Length and Transfer-Encoding exclude each other" };
  }
  if (coding !== undefined && minor === 0) return { refused: "HTTP/1.0 has no Transfer-Encoding" };
  if (length !== undefined && !/^[0-9]{1,15}$/.test(length)) return { refused: "the Content-Length is no number" };
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return { kind: "none", reusable };
  if (coding === "chunked") return { kind: "chunked", reusable };
  if (coding !== undefined) return { refused: `the transfer coding ${JSON.stringify(coding)} is not understood` };
  if (length !== undefined) return { kind: "length", length: Number(length), reusable };
  return { kind: "until close", reusable: false };
}

function persists(minor: number, connection: string): boolean {
  if (connection === "") return minor === 1;
  const options = connection.split(",").map((option) => option.trim());
  if (options.includes("close")) return false;
  return minor === 1 || options.includes("keep-alive");
}
