/** The value of the first cookie of that name, without blanks around it. */
export function readCookie(cookies: string | undefined, name: string): string | undefined {
  // Most requests have none of the name; looking for it is cheaper than taking the header apart.
  if (cookies === undefined || !cookies.includes(name)) return undefined;
  for (const pair of cookies.split(";")) {
    const equals = pair.indexOf("=");
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

/** A `Set-Cookie` that no script of a page can read. */
export function setCookie(name: string, value: string, maxAgeSeconds: number, secure: boolean): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
}
