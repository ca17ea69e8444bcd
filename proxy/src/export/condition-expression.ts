import { encodedOctet, escapeExpression } from "./path-expression.ts";

// A query parameter is compared decoded (WHATWG URL, application/x-www-form-urlencoded parsing): every octet may be sent in two
// forms, a space in three. The first parameter of a name is the one that counts.

/**
 * A query string, without its question mark, in which the first parameter `name` is there, and is `value` unless that is undefined.
 * Anchored. PCRE only: that no earlier parameter has the name takes a look ahead.
 */
export function queryExpression(name: string, value: string | undefined): string {
  const named = anyForm(name, "&=+#");
  const wanted = value === undefined ? "(?:=[^&]*)?" : value === "" ? "=?" : `=${anyForm(value, "&+#")}`;
  return `^(?:(?!${named}(?:=|&|$))[^&]*&)*${named}${wanted}(?:&|$)`;
}

// --- internal ---

// A text in any of the forms in which a query may carry it; `encoded` are the characters that mean something else when they are plain.
function anyForm(text: string, encoded: string): string {
  return [...Buffer.from(text, "utf8")].map((octet) => anyFormOfOctet(octet, encoded)).join("");
}

function anyFormOfOctet(octet: number, encoded: string): string {
  if (octet === 0x20) return "(?:[+]|%20| )";
  const spelled = encodedOctet(octet);
  const character = String.fromCharCode(octet);
  // A percent sign that begins no octet is one.
  if (character === "%") return `(?:${spelled}|%(?![0-9a-fA-F]{2}))`;
  return octet >= 0x7f || encoded.includes(character) ? spelled : `(?:${escapeExpression(character)}|${spelled})`;
}
