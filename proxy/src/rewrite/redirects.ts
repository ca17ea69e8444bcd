/**
 * An address in an answer, as the customer can use it: where it is on one of the upstreams' own origins, the customer's origin takes
 * its place; path, query and fragment stay letter by letter. Every other address stays as it is. Nothing is followed.
 */
export function rewriteAddress(address: string, isOurs: (origin: string) => boolean, customerOrigin: string): string {
  const match = ABSOLUTE.exec(address);
  if (match === null) return address;
  const [, scheme = "", authority = "", rest = ""] = match;
  const origin = originOf(scheme, authority);
  return origin !== undefined && isOurs(origin) ? `${customerOrigin}${rest}` : address;
}

/** The same for the address in a Refresh field: `5; url=http://...`. */
export function rewriteRefresh(value: string, isOurs: (origin: string) => boolean, customerOrigin: string): string {
  return value.replace(
    /^(\s*[\d.]+\s*[;,]\s*(?:url\s*=\s*)?["']?)(.*)$/i,
    (_whole, before: string, address: string) => {
      return before + rewriteAddress(address, isOurs, customerOrigin);
    },
  );
}

// --- internal ---

// With a scheme, or with that of the page (RFC 3986 section 4.2).
const ABSOLUTE = /^(https?:)?\/\/([^/?#]*)(.*)$/i;

function originOf(scheme: string, authority: string): string | undefined {
  const url = `${scheme === "" ? "http:" : scheme}//${authority}`;
  return URL.canParse(url) && !authority.includes("@") ? new URL(url).origin : undefined;
}
