import type { IncomingHttpHeaders } from "node:http";
import { claimAt } from "../admission/claims.ts";
import { readCookie } from "./cookies.ts";
import { octetsOf } from "./hash.ts";
import type { Keyring } from "./keyring.ts";
import type { CustomerKey } from "./keys.ts";
import { isOwnValue, mintOwnValue, OWN_COOKIE } from "./own-cookie.ts";

/** What a verified token says of its bearer. */
export type Claims = Readonly<Record<string, unknown>>;

/** Where a request may say whose it is. */
export type Asker = {
  /** Names in small letters. */
  readonly headers: IncomingHttpHeaders;
  readonly claims: Claims | undefined;
  /** The client's address, asked for only where it counts. */
  readonly address: () => string;
};

/** Who asks, as far as sharing customers between two sides is concerned. */
export type Customer = {
  /** One character per octet: what is hashed. */
  readonly key: string;
  /** What named her. */
  readonly by: CustomerKey;
};

/** The first of the keys that a request has and that is not empty names its customer; behind them all, the proxy's own cookie. */
export function findCustomer(keys: readonly CustomerKey[], asker: Asker, keyring: Keyring): Customer | undefined {
  for (const by of keys) {
    const key = read(by, asker);
    if (key !== undefined && key !== "") return { key, by };
  }
  const own = readCookie(asker.headers.cookie, OWN_COOKIE);
  return own !== undefined && isOwnValue(own, keyring) ? { key: own, by: OWN_KEY } : undefined;
}

/** A new customer. Her name counts from this request on, and she is to get it as a cookie. */
export function mintCustomer(keyring: Keyring): Customer {
  return { key: mintOwnValue(keyring), by: OWN_KEY };
}

// --- internal ---

const OWN_KEY: CustomerKey = { from: "cookie", name: OWN_COOKIE };

function read(key: CustomerKey, { headers, claims, address }: Asker): string | undefined {
  switch (key.from) {
    case "cookie":
      return readCookie(headers.cookie, key.name);
    case "header":
      return fieldText(headers[key.name]);
    case "claim":
      return claimText(claims && claimAt(claims, key.name));
    case "address":
      return address();
  }
}

function fieldText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}

// Only what has one spelling: an object or a fraction would be hashed differently elsewhere.
function claimText(value: unknown): string | undefined {
  if (typeof value === "string") return octetsOf(value);
  return Number.isSafeInteger(value) ? String(value) : undefined;
}
