import { randomBytes } from "node:crypto";

/** The proxy's own cookie: names a customer to the canary where the plan's cookie does not. Never passed on to an upstream. */
export const OWN_COOKIE = "strangler-customer";

const OWN_VALUE = /^[A-Za-z0-9_-]{22}$/;

/** Who asks, as far as sharing customers between two sides is concerned. */
export type Customer = {
  key: string;
  /** The value of a new cookie, when the customer had none. It counts from this request on. */
  minted: string | undefined;
};

/** The plan's cookie names the customer, else the proxy's own, else a new one. */
export function identifyCustomer(cookies: string | undefined, stickyCookie: string | undefined): Customer {
  const sticky = stickyCookie === undefined ? undefined : readCookie(cookies, stickyCookie);
  if (sticky !== undefined && sticky !== "") return { key: sticky, minted: undefined };
  const own = readCookie(cookies, OWN_COOKIE);
  if (own !== undefined && OWN_VALUE.test(own)) return { key: own, minted: undefined };
  const minted = randomBytes(16).toString("base64url");
  return { key: minted, minted };
}

/** The `Set-Cookie` for a new customer. */
export function ownCookie(value: string, secure: boolean): string {
  return `${OWN_COOKIE}=${value}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
}

/** The value of the first cookie of that name. */
export function readCookie(cookies: string | undefined, name: string): string | undefined {
  if (cookies === undefined) return undefined;
  for (const pair of cookies.split(";")) {
    const equals = pair.indexOf("=");
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}
