import { z } from "zod";

/** Where an upstream listens, and nothing else: what is matched is what is forwarded, so there is no path to put before it. */
export const upstreamUrl = z
  .string()
  .refine(isOrigin, "an address is http://host:port or https://host:port, without a path, a query or credentials");

// --- internal ---

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, origin } = new URL(text);
  return (
    (protocol === "http:" || protocol === "https:") &&
    (text === origin || text === `${origin}/` || isExplicitPort(text))
  );
}

// `new URL` drops a port that is the scheme's default; written out it is still only an origin.
function isExplicitPort(text: string): boolean {
  return /^https?:\/\/[^/?#@\s]+:\d+\/?$/.test(text);
}
