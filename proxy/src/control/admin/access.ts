import type { IncomingMessage } from "node:http";
import { RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible";
import type { Access, Caller } from "../dashboard/ports.ts";
import { isFromForeignPage, isLoopback } from "./own-page.ts";
import { createSessions, sameSecret, type Session } from "./sessions.ts";
import { findToken, ROLES, type Role, type StoredToken } from "./tokens.ts";

/** What an endpoint asks of its caller; `nobody` is open to all who reach the listener. */
export type Needs = "nobody" | Role;

export type Admission =
  | { admitted: true; /** For the audit log. */ actor: string }
  | { admitted: false; status: 401 | 403 | 429; detail: string; retryAfterS?: number };

export type AdminAccess = Access & {
  /** Whether a request may do what needs this. Counts tokens that are wrong. */
  admit: (request: IncomingMessage, needs: Needs) => Promise<Admission>;
};

// Of one address. Whoever mistypes a token gets it right well before; whoever guesses is slowed to nothing.
const FAILURES = { points: 10, duration: 60, blockDuration: 60 };

/**
 * Who may do what. With a token configured, everything but health and metrics needs one: a viewer's to look, an operator's to
 * change. Without any, programs of this machine may look, and nobody can change anything.
 */
export function createAccess(tokens: () => readonly StoredToken[]): AdminAccess {
  const sessions = createSessions();
  const failures = new RateLimiterMemory(FAILURES);

  async function signedBy(request: IncomingMessage, secret: string): Promise<StoredToken | number | undefined> {
    const peer = request.socket.remoteAddress ?? "unknown";
    const seen = await failures.get(peer);
    if (seen !== null && seen.consumedPoints > FAILURES.points) return secondsOf(seen);
    const found = findToken(tokens(), secret);
    if (found === undefined) await failures.consume(peer).catch(() => undefined);
    return found;
  }

  function holderOf(session: Session | undefined): StoredToken | undefined {
    return session && tokens().find(({ sha256 }) => sha256 === session.sha256);
  }

  /** Programs of this machine may look as long as there is no token that they could show. */
  function isOpen(request: IncomingMessage): boolean {
    return tokens().length === 0 && isLoopback(request.socket.remoteAddress);
  }

  async function admit(request: IncomingMessage, needs: Needs): Promise<Admission> {
    if (needs === "nobody") return { admitted: true, actor: "nobody" };
    if (tokens().length === 0)
      return needs === "viewer" && isOpen(request) ? { admitted: true, actor: "nobody" } : NO_TOKENS;
    const bearer = /^Bearer ([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (bearer !== undefined) return admitToken(await signedBy(request, bearer), needs);
    const session = sessions.find(request.headers.cookie);
    const holder = holderOf(session);
    if (session && holder) {
      // A browser sends the cookie with whatever any page makes it send; the header it sends only for a page that knows it.
      if (!isSafe(request) && !isOwnForm(request, String(request.headers["x-csrf-token"] ?? ""))) return FOREIGN;
      return admitToken(holder, needs);
    }
    return NO_TOKEN_SHOWN;
  }

  function isOwnForm(request: IncomingMessage, csrf: string): boolean {
    if (isFromForeignPage(request.headers)) return false;
    const session = sessions.find(request.headers.cookie);
    // Before signing in there is no session that could be misused.
    return session === undefined || sameSecret(csrf, session.csrf);
  }

  return {
    admit,
    whoIs: (request): Caller => {
      const session = sessions.find(request.headers.cookie);
      const holder = holderOf(session);
      return {
        name: holder && `token:${holder.name}`,
        mayLook: holder !== undefined || isOpen(request),
        mayFlip: holder?.role === "operator",
        maySignIn: tokens().length > 0,
        csrf: session && holder ? session.csrf : "",
      };
    },
    signIn: async (request, secret) => {
      const found = await signedBy(request, secret.trim());
      return typeof found === "object" ? { setCookie: sessions.open(found) } : undefined;
    },
    signOut: (request) => sessions.end(request.headers.cookie),
    isOwnForm,
  };
}

// --- internal ---

const NO_TOKENS: Admission = {
  admitted: false,
  status: 403,
  detail: "Nothing can be changed here: the proxy was started without ADMIN_TOKEN and without ADMIN_TOKENS_FILE.",
};
const NO_TOKEN_SHOWN: Admission = {
  admitted: false,
  status: 401,
  detail: 'Send a token as "Authorization: Bearer ...". The stack\'s own is in its state directory.',
};
const FOREIGN: Admission = {
  admitted: false,
  status: 403,
  detail: "A session changes something only with the X-CSRF-Token of its page, sent from that page.",
};

function admitToken(found: StoredToken | number | undefined, needs: Role): Admission {
  if (typeof found === "number") {
    const detail = "Too many wrong tokens came from this address. Wait, and look at the token.";
    return { admitted: false, status: 429, detail, retryAfterS: found };
  }
  if (found === undefined) return { admitted: false, status: 401, detail: "This token is not known here." };
  if (ROLES.indexOf(found.role) >= ROLES.indexOf(needs)) return { admitted: true, actor: `token:${found.name}` };
  const detail = `Token "${found.name}" is a ${found.role}'s; this needs an ${needs}'s.`;
  return { admitted: false, status: 403, detail };
}

function isSafe({ method }: IncomingMessage): boolean {
  return method === "GET" || method === "HEAD";
}

function secondsOf({ msBeforeNext }: RateLimiterRes): number {
  return Math.max(1, Math.ceil(msBeforeNext / 1_000));
}
