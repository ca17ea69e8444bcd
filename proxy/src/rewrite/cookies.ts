/** What becomes of the attributes of an upstream's cookies (RFC 6265 section 5.2). What is absent stays as it is. */
export type CookieRule = {
  /** The new Domain; false leaves it out, so that the cookie is for the customer's host alone. */
  readonly domain?: string | false | undefined;
  readonly path?: string | undefined;
  readonly sameSite?: "Strict" | "Lax" | "None" | undefined;
  readonly secure?: boolean | undefined;
};

/** The value of a Set-Cookie field by this rule: name, value and all other attributes stay letter by letter. */
export function rewriteSetCookie(value: string, rule: CookieRule): string {
  const [pair = "", ...attributes] = value.split(";");
  const kept = attributes.filter((attribute) => !isReplaced(nameOf(attribute), rule));
  return [pair, ...kept, ...added(attributes, rule)].join(";");
}

// --- internal ---

function nameOf(attribute: string): string {
  return attribute.split("=", 1)[0]?.trim().toLowerCase() ?? "";
}

function isReplaced(name: string, { domain, path, sameSite, secure }: CookieRule): boolean {
  return (
    (name === "domain" && domain !== undefined) ||
    (name === "path" && path !== undefined) ||
    (name === "samesite" && sameSite !== undefined) ||
    (name === "secure" && secure !== undefined)
  );
}

// A cookie without a Domain is for one host alone, and no rule makes it one for more.
function added(attributes: readonly string[], { domain, path, sameSite, secure }: CookieRule): string[] {
  const hadDomain = attributes.some((attribute) => nameOf(attribute) === "domain");
  return [
    ...(typeof domain === "string" && hadDomain ? [` Domain=${domain}`] : []),
    ...(path === undefined ? [] : [` Path=${path}`]),
    ...(sameSite === undefined ? [] : [` SameSite=${sameSite}`]),
    ...(secure === true ? [" Secure"] : []),
  ];
}
