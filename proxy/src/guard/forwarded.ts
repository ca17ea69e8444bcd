import { isIPv6 } from "node:net";

/** One element of a Forwarded field (RFC 7239 section 4): whom the proxy has heard, and what was asked of it. */
export function forwardedElement(peer: string, host: string | undefined, secure: boolean): string {
  const plain = peer.startsWith("::ffff:") ? peer.slice(7) : peer;
  // Section 6: an IPv6 address is in brackets, and what contains a colon is quoted.
  const node = isIPv6(plain) ? `"[${plain}]"` : plain;
  const asked = host === undefined ? "" : `;host=${host.includes(":") ? `"${host}"` : host}`;
  return `for=${node === "" ? "unknown" : node}${asked};proto=${secure ? "https" : "http"}`;
}

/** The port that the customer has named, or that of the scheme. */
export function portOf(host: string | undefined, secure: boolean): string {
  return /:(\d+)$/.exec(host ?? "")?.[1] ?? (secure ? "443" : "80");
}
