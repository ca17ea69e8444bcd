import { readCookie } from "../customer/cookies.ts";
import { isSafe } from "../customer/facts.ts";
import type { Keyring } from "../customer/keyring.ts";
import { isHeld, parseMark, WRITES_COOKIE, type Position, type WriteMark } from "../own-writes/mark.ts";
import type { Route } from "../routes/route.ts";

/** What the mark of a customer's write means for her read. Of marks that a worker keeps in memory nothing is known here. */
export type OwnWriteFound = {
  held: boolean;
  /** Milliseconds since 1970; null without a mark that counts. */
  writtenAt: number | null;
  stream: string | null;
  /** Behind which nothing of her write lies, 16 hex digits; null when the stream did not say. */
  position: Position | null;
  applied: Position | null;
};

export type OwnWriteQuestion = {
  method: string;
  headers: Readonly<Record<string, string>>;
  keyring: Keyring;
  appliedOf: ((stream: string) => Position | undefined) | undefined;
  now: () => number;
};

/** undefined where the route does not ask, or the request changes something. */
export function findOwnWrite(route: Route, question: OwnWriteQuestion): OwnWriteFound | undefined {
  const { method, headers, keyring, appliedOf = () => undefined, now } = question;
  const rule = route.ownWrites;
  if (rule === undefined || route.stage !== "canary" || !isSafe(method)) return undefined;
  const value = readCookie(headers["cookie"], WRITES_COOKIE);
  const mark = value === undefined ? undefined : parseMark(value, keyring);
  if (mark === undefined) return { ...NO_MARK, stream: rule.stream ?? null };
  const facts = rule.stream === undefined ? NO_MARK : positionsOf(rule.stream, mark, appliedOf);
  return { ...facts, held: isHeld(rule, mark, now(), appliedOf), writtenAt: mark.at };
}

// --- internal ---

const NO_MARK: OwnWriteFound = { held: false, writtenAt: null, stream: null, position: null, applied: null };

function positionsOf(stream: string, mark: WriteMark, appliedOf: (stream: string) => Position | undefined) {
  return { stream, position: mark.positions.get(stream) ?? null, applied: appliedOf(stream) ?? null };
}
