// One meaning for a path. What is matched is what is forwarded, so that a request cannot be one thing to the routes and
// another to the server behind them. Whatever two servers are known to read differently is refused:
//
//   encoded slash or backslash, a raw backslash, `.` and `..` segments (plain, encoded, encoded twice, or followed by a
//   path parameter as in `..;`), empty segments, NUL and other control characters, `#`, a percent sign that begins no
//   octet, octets that are no UTF-8.
//
// What is left has one canonical form (RFC 3986 section 6.2.2): unreserved characters plain, all other encoded octets in
// capital hex digits, characters that may not stand in a path encoded. Reserved characters stay as they were sent.

export type CanonicalPath = { path: string } | { refused: string };

// Most paths need no work: plain characters, no segment empty or beginning with a dot.
const ALREADY_CANONICAL =
  /^\/(?:[\w~!$&'()*+,=:@-][\w.~!$&'()*+,=:@-]*(?:\/[\w~!$&'()*+,=:@-][\w.~!$&'()*+,=:@-]*)*\/?)?$/;

/** The canonical form of a raw path (no query), or why it is refused. */
export function canonicalPath(raw: string): CanonicalPath {
  if (ALREADY_CANONICAL.test(raw)) return { path: raw };
  if (!raw.startsWith("/")) return { refused: "the path does not begin with a slash" };
  const segments: string[] = [];
  const parts = raw.slice(1).split("/");
  for (const [index, part] of parts.entries()) {
    if (part === "" && index < parts.length - 1) return { refused: "the path has an empty segment" };
    const segment = canonicalSegment(part);
    if (typeof segment !== "string") return segment;
    segments.push(segment);
  }
  return { path: `/${segments.join("/")}` };
}

// --- internal ---

function canonicalSegment(raw: string): string | { refused: string } {
  if (raw.includes("\\")) return { refused: "the path contains a backslash" };
  if (raw.includes("#") || raw.includes("?")) return { refused: "the path contains a # or a ?" };
  if (/%(?![0-9A-Fa-f]{2})/.test(raw)) return { refused: "the path has a percent sign that begins no octet" };
  const decoded = decode(raw);
  if (decoded === undefined) return { refused: "the path is not UTF-8" };
  return findHostile(decoded) ?? encode(raw);
}

function findHostile(decoded: string): { refused: string } | undefined {
  if (hasControlCharacter(decoded)) return { refused: "the path contains a control character" };
  if (/[/\\]/.test(decoded)) return { refused: "the path contains an encoded slash or backslash" };
  if (/^\.{1,2}(?:;|$)/.test(decoded)) return { refused: "the path contains a dot segment" };
  if (/%(?:2e|2f|5c|00)/i.test(decoded)) return { refused: "the path contains a character encoded twice" };
  return undefined;
}

function decode(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true;
  }
  return false;
}

function encode(raw: string): string {
  return raw
    .replace(/%([0-9A-Fa-f]{2})/g, (octet, hex: string) => {
      const character = String.fromCharCode(Number.parseInt(hex, 16));
      return /[\w.~-]/.test(character) ? character : octet.toUpperCase();
    })
    .replace(/[^\w.~!$&'()*+,;=:@%-]/gu, (character) => encodeURIComponent(character));
}
