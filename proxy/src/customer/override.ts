import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import type { Override } from "../decide.ts";
import { readCookie } from "./cookies.ts";
import type { Keyring } from "./keyring.ts";

// Testers choose a side by a header or a cookie. Customers must not be able to, so the value is signed: what is chosen, until
// when, and for which route. `strangler route override` makes one; it needs the proxy's secret.

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** The file's `override`. */
export const override = z
  .strictObject({
    header: z.string().regex(TOKEN, "not a header's name").optional(),
    cookie: z.string().regex(TOKEN, "not a cookie's name").optional(),
    unsigned: z
      .boolean()
      .optional()
      .describe("Also takes plain `always` and `never`, from anybody. Not where customers are."),
  })
  .refine(({ header, cookie }) => header !== undefined || cookie !== undefined, {
    error: "name the header, the cookie, or both",
  });

/** Where overrides are looked for. */
export type OverrideRule = {
  /** In small letters. */
  readonly header: string | undefined;
  readonly cookie: string | undefined;
  readonly unsigned: boolean;
};

/** What a tester may do, and until when. */
export type OverrideGrant = {
  readonly choice: Override;
  /** Seconds since 1970. */
  readonly until: number;
  /** The id of the only route that it holds for; undefined: every route. */
  readonly route: string | undefined;
};

/** What came of a value: a choice, or why it does not count. */
export type OverrideFound = {
  readonly choice: Override | undefined;
  /** Where it was, as people read it. */
  readonly where: string;
  readonly value: string;
  /** undefined where it counts. */
  readonly problem: "not signed" | "expired" | "for another route" | undefined;
};

/** The value that a tester's header or cookie holds. Throws when the keyring has no secret. */
export function signOverride({ choice, until, route }: OverrideGrant, keyring: Keyring): string {
  const text = `${choice}.${until.toString(36)}.${route ?? EVERY_ROUTE}`;
  return `${text}.${keyring.sign("override", text)}`;
}

export function toOverrideRule(entry: z.output<typeof override>): OverrideRule {
  return { header: entry.header?.toLowerCase(), cookie: entry.cookie, unsigned: entry.unsigned === true };
}

/**
 * The override in a request, for the route that it goes to; undefined when it has none. The header goes before the cookie.
 * `nowMs` is asked only where a signature holds.
 */
export function findOverride(
  rule: OverrideRule,
  headers: IncomingHttpHeaders,
  routeId: string,
  keyring: Keyring,
  nowMs: () => number,
): OverrideFound | undefined {
  const field = rule.header === undefined ? undefined : headers[rule.header];
  if (typeof field === "string") return judge(`the header ${rule.header}`, field, rule, routeId, keyring, nowMs);
  const cookie = rule.cookie === undefined ? undefined : readCookie(headers.cookie, rule.cookie);
  if (cookie === undefined) return undefined;
  return judge(`the cookie ${rule.cookie}`, cookie, rule, routeId, keyring, nowMs);
}

// --- internal ---

const EVERY_ROUTE = "*";

function judge(
  where: string,
  value: string,
  { unsigned }: OverrideRule,
  routeId: string,
  keyring: Keyring,
  nowMs: () => number,
): OverrideFound {
  if (unsigned && isChoice(value)) return { choice: value, where, value, problem: undefined };
  const grant = readGrant(value, keyring);
  if (grant === undefined) return { choice: undefined, where, value, problem: "not signed" };
  if (grant.until * 1_000 <= nowMs()) return { choice: undefined, where, value, problem: "expired" };
  if (grant.route !== undefined && grant.route !== routeId) {
    return { choice: undefined, where, value, problem: "for another route" };
  }
  return { choice: grant.choice, where, value, problem: undefined };
}

function readGrant(value: string, keyring: Keyring): OverrideGrant | undefined {
  if (value.length > LONGEST) return undefined;
  const end = value.lastIndexOf(".");
  const [choice = "", until = "", route, more] = value.slice(0, Math.max(0, end)).split(".");
  if (!isChoice(choice) || route === undefined || more !== undefined) return undefined;
  if (!keyring.verify("override", value.slice(0, end), value.slice(end + 1))) return undefined;
  return { choice, until: Number.parseInt(until, 36), route: route === EVERY_ROUTE ? undefined : route };
}

const LONGEST = 256;

function isChoice(text: string): text is Override {
  return text === "always" || text === "never";
}
