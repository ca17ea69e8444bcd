import type { OutgoingHttpHeaders } from "node:http";
import type { ShadowRules } from "./shadow-rule.ts";

/** The header of a shadow question: the customer's, without what asks about her own copies. */
export function questionHeaders(
  headers: OutgoingHttpHeaders,
  { credentials }: Pick<ShadowRules, "credentials">,
  body: Buffer | undefined,
): OutgoingHttpHeaders {
  const copy = { ...headers };
  for (const name of LEFT_OUT) delete copy[name];
  if (credentials === "drop") for (const name of CREDENTIALS) delete copy[name];
  if (body !== undefined) copy["content-length"] = body.length;
  // So that an upstream can leave out what only a customer's request should cause.
  copy["x-strangler-shadow"] = "1";
  return copy;
}

/** Whether a request with this header brings a body. */
export function bringsBody(headers: OutgoingHttpHeaders): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

// --- internal ---

const LEFT_OUT = [
  // With these the upstream would answer about what the customer has, not about what there is.
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
  "if-range",
  "range",
  // The framing is made anew from the copy of the body.
  "content-length",
  "transfer-encoding",
  "expect",
  "trailer",
];

const CREDENTIALS = ["authorization", "cookie", "proxy-authorization"];
