import { isIP } from "node:net";

/**
 * The name that an upstream's certificate must be for, as `servername` of a TLS connection: that of the plan. Left to themselves,
 * clients take the request's Host for it, which is whatever the customer sent. Empty for an address: it is checked as it stands, and not
 * sent as a name (RFC 6066 section 3).
 */
export function serverNameOf({ hostname }: Pick<URL, "hostname">): string {
  const host = hostname.replace(/^\[|\]$/g, "");
  return isIP(host) === 0 ? host : "";
}
