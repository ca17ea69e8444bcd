import type { OutgoingHttpHeaders } from "node:http";

/** Scheme, host and port under which the customer has asked, from what the upstream is told of them. */
export function customerOrigin(headers: OutgoingHttpHeaders): string {
  const { "x-forwarded-proto": scheme, "x-forwarded-host": host } = headers;
  return `${nearest(scheme)}://${nearest(host)}`;
}

// --- internal ---

// What trusted proxies say may be a list; the customer's own address stands first.
function nearest(value: OutgoingHttpHeaders[string]): string {
  return (
    String(Array.isArray(value) ? value[0] : value)
      .split(",", 1)[0]
      ?.trim() ?? ""
  );
}
