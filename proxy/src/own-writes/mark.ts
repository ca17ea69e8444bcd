import type { Keyring } from "../customer/keyring.ts";
import type { OwnWritesRule } from "./rule.ts";

/** That a customer has written through the monolith. A later write's mark takes the place of an earlier one's. */
export type WriteMark = {
  /** When the monolith had answered, milliseconds since 1970. */
  readonly at: number;
  /** By stream, a position of the source behind which nothing of the write lies. A stream that did not answer is missing. */
  readonly positions: ReadonlyMap<string, Position>;
};

/** A position in the source's log as 16 hex digits, so that texts compare like positions. */
export type Position = string;

/** The cookie that holds a mark: it works on every worker and every replica. Never passed on to an upstream. */
export const WRITES_COOKIE = "strangler-writes";

/** Whether a customer's read has to go to the monolith. `appliedOf` says what a stream has applied, undefined when it does not say. */
export function isHeld(
  { stream, forMs }: OwnWritesRule,
  { at, positions }: WriteMark,
  nowMs: number,
  appliedOf: (stream: string) => Position | undefined,
): boolean {
  if (nowMs - at >= forMs) return false;
  if (stream === undefined) return true;
  const position = positions.get(stream);
  const applied = appliedOf(stream);
  return position === undefined || applied === undefined || applied < position;
}

/** PostgreSQL's "16/B374D848" as 16 hex digits; undefined when the text is no position. */
export function parsePosition(text: unknown): Position | undefined {
  const match = typeof text === "string" ? /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text) : null;
  if (match === null) return undefined;
  const [, high = "", low = ""] = match;
  return (high.padStart(8, "0") + low.padStart(8, "0")).toLowerCase();
}

/** The cookie's value: time, positions, signature, with dots between. About 60 characters for one stream. */
export function formatMark({ at, positions }: WriteMark, keyring: Keyring): string {
  const parts = [...positions].map(([stream, position]) => `${stream}:${position}`);
  const text = [at.toString(36), ...parts].join(".");
  return `${text}.${keyring.sign("own-writes", text)}`;
}

/** The mark in a cookie's value; undefined unless this proxy, or one with the same secret, has made it. */
export function parseMark(value: string, keyring: Keyring): WriteMark | undefined {
  if (value.length > LONGEST) return undefined;
  const end = value.lastIndexOf(".");
  const text = value.slice(0, Math.max(0, end));
  if (!keyring.verify("own-writes", text, value.slice(end + 1))) return undefined;
  const [at = "", ...parts] = text.split(".");
  const positions = parts.map((part): [string, Position] => {
    const colon = part.indexOf(":");
    return [part.slice(0, colon), part.slice(colon + 1)];
  });
  return { at: Number.parseInt(at, 36), positions: new Map(positions) };
}

// --- internal ---

// Eight streams with the longest names there may be.
const LONGEST = 1_024;
