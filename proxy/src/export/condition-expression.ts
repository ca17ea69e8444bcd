import { encodedOctet, escapeExpression } from "./path-expression.ts";

// A query parameter is compared decoded (WHATWG URL, application/x-www-form-urlencoded parsing): every octet may be sent in two
// forms, a space in three. The first parameter of a name is the one that counts.

/**
 * A query string, without its question mark, in which the first parameter `name` is there, and is `value` unless that is undefined.
 * Anchored. PCRE only: that no earlier parameter has the name takes a look ahead.
 */
export function queryExpression(name: string, value: string | undefined): string {
  const named = anyForm(name);
  const wanted = value === undefined ? "(?:=[^&]*)?" : value === "" ? "=?" : `=${anyForm(value)}`;
  return `^(?:(?!${named}(?:=|&|$))[^&]*&)*${named}${wanted}(?:&|$)`;
}

/** A text in any of the forms in which a query may carry it. */
export function anyForm(text: string): string {
  return [...Buffer.from(text, "utf8")].map(anyFormOfOctet).join("");
}

// --- internal ---

function anyFormOfOctet(code: number): string {
  if (code === 0x20) return "(?:[+]|%20| )";
  const encoded = encodedOctet(code);
  const character = String.fromCharCode(code);
  // What ends a parameter, or means a space, stands for itself only when it is encoded.
  return code >= 0x7f || "&=+%#".includes(character) ? encoded : `(?:${escapeExpression(character)}|${encoded})`;
}
