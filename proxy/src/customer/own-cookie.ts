import { randomBytes } from "node:crypto";
import { setCookie } from "./cookies.ts";
import type { Keyring } from "./keyring.ts";

/** The proxy's own cookie: names a customer to the canary where nothing in the plan does. Never passed on to an upstream. */
export const OWN_COOKIE = "strangler-customer";

/** What such a cookie holds: 128 random bits, and behind a dot a signature where there is a secret. The whole of it is hashed. */
export const OWN_VALUE = /^[A-Za-z0-9_-]{22}(?:\.[A-Za-z0-9_-]{22})?$/;

/** A name for a customer who has none. She can ask for another by throwing it away, but she cannot choose which. */
export function mintOwnValue(keyring: Keyring): string {
  const name = randomBytes(16).toString("base64url");
  return keyring.canSign ? `${name}.${keyring.sign("customer", name)}` : name;
}

/** Whether this proxy, or one with the same secret, has made the value. Without a secret only its form can tell. */
export function isOwnValue(value: string, keyring: Keyring): boolean {
  if (!OWN_VALUE.test(value)) return false;
  if (!keyring.canSign) return true;
  const [name = "", signature = ""] = value.split(".");
  return keyring.verify("customer", name, signature);
}

/** The `Set-Cookie` for a new customer. */
export function ownCookie(value: string, secure: boolean): string {
  return setCookie(OWN_COOKIE, value, A_YEAR_SECONDS, secure);
}

// --- internal ---

const A_YEAR_SECONDS = 31_536_000;
