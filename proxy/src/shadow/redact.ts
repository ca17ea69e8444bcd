// What is kept of an answer for people to look at: little, and nothing that belongs to a customer. Three nets, one under the other:
// names that promise something personal or secret hide their values wherever they stand (a JSON key, a query parameter, an
// element's class); patterns find e-mail addresses, tokens and long numbers in whatever is left; and running text, in which no
// pattern finds a name, is shown with its letters masked.

export const REDACTED = "[redacted]";

/** Whether a name promises something that is not to be kept: `customerEmail`, `access_token`, `card`. */
export function isPrivateName(name: string): boolean {
  return PRIVATE_WHOLE.test(name) || wordsOf(name).some(isPrivateWord);
}

/** Takes out what looks like a secret or like somebody's data, whatever its name. */
export function withoutPatterns(text: string): string {
  let clean = text;
  for (const pattern of PATTERNS) clean = clean.replaceAll(pattern, REDACTED);
  return clean;
}

/** Running text with its letters masked: figures of a few digits and punctuation stay. */
export function masked(text: string): string {
  return withoutPatterns(text)
    .split(REDACTED)
    .map((part) => part.replaceAll(/\p{L}|\p{M}/gu, "x").replaceAll(/\d{6,}/g, (digits) => "0".repeat(digits.length)))
    .join(REDACTED);
}

/** Whether a text is long enough to tell of somebody: masked instead of shown. */
export function isRunningText(text: string): boolean {
  return /\S+\s+\S+\s+\S+\s+\S/.test(text);
}

/** A path and query without private values, and whether anything was taken out. */
export function redactPath(pathAndQuery: string): { path: string; redacted: boolean } {
  const mark = pathAndQuery.indexOf("?");
  const path = mark === -1 ? pathAndQuery : pathAndQuery.slice(0, mark);
  const clean = path.split("/").map(redactSegment).join("/");
  const query = mark === -1 ? "" : `?${redactQuery(pathAndQuery.slice(mark + 1))}`;
  return { path: clean + query, redacted: clean + query !== pathAndQuery };
}

// --- internal ---

// As one word, without a boundary that could be found.
const PRIVATE_WHOLE = /passw|passphrase|secret|token|authori[sz]|cookie|session|credential|api[-_]?key|e-?mail|phone/i;

const PRIVATE_WORDS = new Set(
  (
    "pass pwd auth sid jwt otp pin csrf xsrf nonce signature sig bearer card cvc cvv iban bic " +
    "mail mobile tel fax name firstname lastname surname fullname forename nickname username login user " +
    "address street city zip zipcode postcode postal birth birthday birthdate dob ssn passport licence license " +
    "ip lat lng latitude longitude"
  ).split(" "),
);

const PATTERNS: readonly RegExp[] = [
  // Tokens of RFC 7519, whole or cut.
  /\beyJ[\w-]{5,}(?:\.[\w-]*)*/g,
  /\b(?:bearer|basic|digest)\s+[\w.~+/=-]+/gi,
  // An address, plain or as in a URL.
  /[^\s"'<>(),;:=&?/\\]+(?:@|%40)[^\s"'<>(),;:=&?/\\]+\.[^\s"'<>(),;:=&?/\\.]{2,}/gi,
  // Opaque tokens: letters and digits mixed, 20 and more. UUIDs too.
  /(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[a-z])[\w-]{20,}={0,2}/gi,
  // Numbers of telephones, cards, accounts: nine digits and more, in groups or not. Not dates with a time, nor fractions.
  /(?<!\d|\d\.)\+?(?!\d{4}-\d\d-\d\d(?!\d))\d(?:[ ()/-]{0,2}\d){8,}/g,
  /\+?\d{2,4}(?:\.\d{2,4}){2,}/g,
];

function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/);
}

// In the singular or the plural.
function isPrivateWord(word: string): boolean {
  return [word, word.replace(/s$/, ""), word.replace(/es$/, "")].some((form) => PRIVATE_WORDS.has(form));
}

function redactSegment(segment: string): string {
  const decoded = decodeLeniently(segment);
  return withoutPatterns(decoded) === decoded ? segment : REDACTED;
}

function redactQuery(query: string): string {
  return query.split("&").map(redactPair).join("&");
}

function redactPair(pair: string): string {
  const [name = ""] = pair.split("=", 1);
  const value = decodeLeniently(pair.slice(name.length + 1));
  if (isPrivateName(decodeLeniently(name))) return `${withoutPatterns(name)}=${REDACTED}`;
  return withoutPatterns(value) === value && withoutPatterns(name) === name
    ? pair
    : `${withoutPatterns(name)}=${REDACTED}`;
}

function decodeLeniently(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
