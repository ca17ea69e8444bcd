import { createHash } from "node:crypto";
import { createKeyring } from "@strangler/proxy";

/** What names customers, and what they are called there. The same names in every run. */
export type KeyKind = "cookie" | "minted" | "header" | "address";

const KEYRING = createKeyring(["a secret that signs the names of a benchmark"]);

const NAMES: Record<KeyKind, (number: number) => string> = {
  // A session's id, as many frameworks make it.
  cookie: (number) => createHash("sha256").update(`session ${number}`).digest("hex").slice(0, 32),
  // What the proxy gives to whoever has no name: random bits and a signature.
  minted: (number) => {
    const name = createHash("sha256").update(`minted ${number}`).digest().toString("base64url", 0, 16);
    return `${name}.${KEYRING.sign("customer", name)}`;
  },
  // Account numbers, one behind the other: the names that are least random.
  header: (number) => String(100_000 + number),
  address: (number) => `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`,
};

/** How a request carries the name. */
const FIELDS: Record<KeyKind, (name: string) => string> = {
  cookie: (name) => `Cookie: theme=dark; sid=${name}`,
  minted: (name) => `Cookie: strangler-customer=${name}; theme=dark`,
  header: (name) => `X-Account: ${name}`,
  address: (name) => `X-Forwarded-For: ${name}`,
};

export const KEY_KINDS = Object.keys(NAMES) as KeyKind[];

export function nameOf(kind: KeyKind, number: number): string {
  return NAMES[kind](number);
}

/** A whole request that carries the name. */
export function requestOf(kind: KeyKind, name: string): string {
  return `GET /${kind} HTTP/1.1\r\nHost: a\r\n${FIELDS[kind](name)}\r\n\r\n`;
}
