/**
 * Fields that concern one connection only and end at every hop (RFC 9110 section 7.6.1), `Trailer` among them because
 * trailer fields are announced anew, `Expect` because an engine puts the expectation to the upstream itself.
 */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const NONE: ReadonlySet<string> = new Set();

/** The fields named in `Connection`, in small letters: they end here too. */
export function namedInConnection(rawHeaders: readonly string[]): ReadonlySet<string> {
  let names: Set<string> | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.length !== 10 || rawHeaders[index]?.toLowerCase() !== "connection") continue;
    for (const token of (rawHeaders[index + 1] ?? "").split(",")) {
      const name = token.trim().toLowerCase();
      if (name !== "" && name !== "keep-alive" && name !== "close") (names ??= new Set()).add(name);
    }
  }
  return names ?? NONE;
}
