import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";

/**
 * Whether the listener was asked by a name of its own: an address, localhost, or the host it listens on. A page whose name was
 * made to resolve to this address (DNS rebinding) sends that name as Host, and reads nothing.
 */
export function isOwnName(header: string | undefined, host: string): boolean {
  const name = (header ?? "").replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
  return name === "localhost" || name === host || isIP(name) !== 0;
}

/**
 * Whether a browser says that a page of somebody else has sent this: by Sec-Fetch-Site, or by an Origin that is not this listener.
 * Programs send neither. A page on another port of this machine is "same-site", and somebody else.
 */
export function isFromForeignPage(headers: IncomingHttpHeaders): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return true;
  const { origin } = headers;
  return origin !== undefined && origin !== `http://${headers.host}` && origin !== `https://${headers.host}`;
}

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/** Whether an address is of this machine. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && LOOPBACK.test(address);
}
