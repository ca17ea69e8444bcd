import type { PathPattern } from "../routes/pattern.ts";

// Regular expressions in what PCRE and RE2 have in common, unless a comment says otherwise. None is anchored.

/** The canonical paths that a pattern covers. */
export function canonicalPathExpression(pattern: PathPattern): string {
  return pathExpression(pattern, escapeExpression);
}

/** The same for an engine that decodes paths before it matches them. Octets beyond ASCII stand for themselves. */
export function decodedPathExpression(pattern: PathPattern): string {
  return pathExpression(pattern, (segment) => escapeExpression(decodeURIComponent(segment)));
}

/** The same on paths as they are sent: any octet may be percent-encoded, except where that makes another path of it. */
export function sentPathExpression(pattern: PathPattern): string {
  return pathExpression(pattern, sentSegment);
}

/**
 * Whether a decoded path can tell nothing about this pattern: a delimiter of RFC 3986 section 2.2 and its encoded form are two
 * things, and decoded they are one.
 */
export function hasDelimiter({ segments }: PathPattern): boolean {
  return segments.some((segment) => segment !== null && DELIMITER.test(decodeURIComponent(segment)));
}

/** Text that stands for itself in an expression. */
export function escapeExpression(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, (character) => (/[/-]/.test(character) ? character : `\\${character}`));
}

/** The octet with this code as a percent sign and two digits, of either case. */
export function encodedOctet(code: number): string {
  const digits = code.toString(16).padStart(2, "0");
  return `%${digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)}`;
}

// --- internal ---

const DELIMITER = /[!$&'()*+,;=:@]/;

function pathExpression({ segments, below }: PathPattern, literal: (segment: string) => string): string {
  const spelled = segments.map((segment) => `/${segment === null ? "[^/]+" : literal(segment)}`).join("");
  return below ? `${spelled}(?:/.*)?` : spelled;
}

function sentSegment(segment: string): string {
  return segment.replace(/%([0-9A-F]{2})|(.)/g, (_, digits: string | undefined, plain: string | undefined) =>
    plain === undefined ? encodedOctet(Number.parseInt(digits ?? "", 16)) : sentCharacter(plain),
  );
}

function sentCharacter(character: string): string {
  const itself = escapeExpression(character);
  return DELIMITER.test(character) ? itself : `(?:${itself}|${encodedOctet(character.charCodeAt(0))})`;
}
