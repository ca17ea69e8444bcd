import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { SESSION_COOKIE } from "../../session-cookie.ts";
import type { StoredToken } from "./tokens.ts";

const LASTS_MS = 8 * 60 * 60_000;
const MOST_SESSIONS = 1_000;

/** A browser that has signed in with a token. */
export type Session = {
  /** Of the token: a token that is taken out ends its sessions. */
  sha256: string;
  /** Stands in every form of its pages, where no other site can read it. */
  csrf: string;
  endsAt: number;
};

export type Sessions = {
  /** The cookie that stands for the new session. */
  open: (token: StoredToken) => string;
  find: (cookieHeader: string | undefined) => Session | undefined;
  /** Ends the session; the cookie that takes the browser's away. */
  end: (cookieHeader: string | undefined) => string;
};

/** Sessions in memory: they end with the process, after eight hours, or by signing out. */
export function createSessions(now: () => number = Date.now): Sessions {
  // By the hash of the cookie: looking one up tells nothing about the others.
  const sessions = new Map<string, Session>();

  function sweep(): void {
    for (const [key, { endsAt }] of sessions) if (endsAt <= now()) sessions.delete(key);
    // Insertion order is age.
    for (const key of sessions.keys()) if (sessions.size >= MOST_SESSIONS) sessions.delete(key);
  }

  return {
    open: ({ sha256 }) => {
      sweep();
      const id = randomBytes(32).toString("base64url");
      sessions.set(keyOf(id), { sha256, csrf: randomBytes(32).toString("base64url"), endsAt: now() + LASTS_MS });
      return cookie(id, LASTS_MS / 1_000);
    },
    find: (header) => {
      const id = readSessionCookie(header);
      const session = id === undefined ? undefined : sessions.get(keyOf(id));
      return session !== undefined && session.endsAt > now() ? session : undefined;
    },
    end: (header) => {
      const id = readSessionCookie(header);
      if (id !== undefined) sessions.delete(keyOf(id));
      return cookie("", 0);
    },
  };
}

/** Whether two secrets are the same, in a time that tells nothing about either. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

// --- internal ---

// Without `Secure`: the listener speaks plain HTTP on loopback, and a browser would not send it back.
function cookie(id: string, maxAge: number): string {
  return `${SESSION_COOKIE}=${id}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAge}`;
}

function keyOf(id: string): string {
  return createHash("sha256").update(id).digest("base64url");
}

function readSessionCookie(header: string | undefined): string | undefined {
  const pair = header?.split("; ").find((each) => each.startsWith(`${SESSION_COOKIE}=`));
  return pair?.slice(SESSION_COOKIE.length + 1);
}
