import { readCookie } from "../customer/cookies.ts";
import type { RequestHead } from "../guard/request-head.ts";

// RFC 6750 section 2.1, the scheme without regard to case (RFC 9110 section 11.1).
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** The token of a request: in Authorization, else in the cookie of that name. An Authorization of another kind is no token. */
export function readToken({ headers }: RequestHead, cookie: string | undefined): string | undefined {
  const { authorization } = headers;
  if (authorization !== undefined)
    return BEARER.exec(authorization)?.[1] ?? (isBearer(authorization) ? MALFORMED : undefined);
  return cookie === undefined ? undefined : readCookie(headers.cookie, cookie) || undefined;
}

// --- internal ---

// What claims to be a token and is none must be refused as one, also where a token is optional.
const MALFORMED = "malformed";

function isBearer(authorization: string): boolean {
  return /^bearer(?: |$)/i.test(authorization);
}
