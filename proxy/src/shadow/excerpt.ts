// What is kept of an answer for people to look at: little, and no secrets. Names that promise a secret hide their values
// wherever they stand: in a JSON key, in a query parameter.

const SECRET_NAME =
  /pass(?:word|wd)?$|secret|token|authori[sz]ation|cookie|session|api-?key|^sid$|^cvc$|^card|signature/i;
const REDACTED = "[redacted]";
const MAX_VALUE = 200;
const CONTEXT = 40;

/** A JSON value as short text; null when there is none. */
export function excerptOf(pointer: string, value: unknown): string | null {
  if (value === undefined) return null;
  const name = pointer.split("/").at(-1) ?? "";
  return shorten(SECRET_NAME.test(name) ? REDACTED : stringify(value));
}

/** The text around a place, on one line. */
export function textAround(text: string, offset: number): string {
  return text.slice(Math.max(0, offset - CONTEXT), offset + CONTEXT).replaceAll(/\s+/g, " ");
}

/** A path and query with the values of secret parameters hidden. */
export function withoutSecrets(pathAndQuery: string): string {
  const mark = pathAndQuery.indexOf("?");
  if (mark === -1) return pathAndQuery;
  const pairs = pathAndQuery
    .slice(mark + 1)
    .split("&")
    .map((pair) => {
      const [name = ""] = pair.split("=", 1);
      return SECRET_NAME.test(name) ? `${name}=${REDACTED}` : pair;
    });
  return `${pathAndQuery.slice(0, mark)}?${pairs.join("&")}`;
}

// --- internal ---

function stringify(value: unknown): string {
  const hide = (key: string, inner: unknown): unknown => {
    if (SECRET_NAME.test(key)) return REDACTED;
    return typeof inner === "bigint" ? String(inner) : inner;
  };
  return JSON.stringify(value, hide);
}

function shorten(text: string): string {
  return text.length <= MAX_VALUE ? text : `${text.slice(0, MAX_VALUE)}…`;
}
