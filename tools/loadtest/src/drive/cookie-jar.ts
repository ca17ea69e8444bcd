/** The cookies of one visitor at one origin. */
export type CookieJar = {
  /** Takes in what an answer's Set-Cookie headers say. */
  keep: (setCookies: readonly string[]) => void;
  /** The Cookie header for a request to `path`, or undefined when there is nothing to send. */
  headerFor: (path: string) => string | undefined;
};

/**
 * Enough of RFC 6265 for one visitor at one server: replacement, expiry, Path. Domain and Secure are not looked at,
 * since a jar never leaves its origin.
 */
export function createCookieJar(now: () => number = Date.now): CookieJar {
  const cookies = new Map<string, Cookie>();
  return {
    keep: (setCookies) => {
      for (const text of setCookies) {
        const cookie = parseSetCookie(text, now());
        if (cookie) cookies.set(`${cookie.name};${cookie.path}`, cookie);
      }
    },
    headerFor: (path) => {
      const sent = [...cookies.values()].filter((cookie) => cookie.expiresAt > now() && covers(cookie.path, path));
      return sent.length === 0 ? undefined : sent.map(({ name, value }) => `${name}=${value}`).join("; ");
    },
  };
}

// --- internal ---

type Cookie = { name: string; value: string; path: string; expiresAt: number };

function parseSetCookie(text: string, now: number): Cookie | undefined {
  const [pair = "", ...attributes] = text.split(";");
  const equals = pair.indexOf("=");
  if (equals < 1) return undefined;
  const cookie = { name: pair.slice(0, equals).trim(), value: pair.slice(equals + 1).trim() };
  return { ...cookie, path: pathOf(attributes), expiresAt: expiryOf(attributes, now) };
}

function pathOf(attributes: readonly string[]): string {
  const path = attributeOf(attributes, "path");
  return path?.startsWith("/") ? path : "/";
}

// Max-Age has precedence over Expires: RFC 6265 section 5.3, step 3.
function expiryOf(attributes: readonly string[], now: number): number {
  const maxAge = attributeOf(attributes, "max-age");
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return now + Number(maxAge) * 1000;
  const expires = Date.parse(attributeOf(attributes, "expires") ?? "");
  return Number.isNaN(expires) ? Number.POSITIVE_INFINITY : expires;
}

function attributeOf(attributes: readonly string[], name: string): string | undefined {
  const found = attributes.find((attribute) => attribute.trim().toLowerCase().startsWith(`${name}=`));
  return found?.slice(found.indexOf("=") + 1).trim();
}

function covers(cookiePath: string, path: string): boolean {
  const [target = ""] = path.split("?");
  if (target === cookiePath || cookiePath === "/") return true;
  return target.startsWith(cookiePath.endsWith("/") ? cookiePath : `${cookiePath}/`);
}
