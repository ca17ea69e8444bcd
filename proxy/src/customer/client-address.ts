import { isIP } from "node:net";
import type { IsTrusted } from "../guard/trusted-proxies.ts";

/**
 * The address of the client: the peer's, or, where the peer is a trusted proxy, the last one in X-Forwarded-For that is none
 * (as nginx has it with `real_ip_recursive on`). An IPv4 address is plain, also when a dual-stack socket shows it as IPv6.
 */
export function clientAddress(peer: string, forwardedFor: string | undefined, isTrusted: IsTrusted): string {
  let client = plain(peer);
  if (forwardedFor === undefined || !isTrusted(client)) return client;
  for (const entry of forwardedFor.split(",").reverse()) {
    const address = plain(entry.trim());
    // What comes before something unreadable is hearsay.
    if (isIP(address) === 0) return client;
    client = address;
    if (!isTrusted(client)) return client;
  }
  return client;
}

// --- internal ---

function plain(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
