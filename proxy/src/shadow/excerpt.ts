import { coversPlace, parsePlacePattern, type PlacePattern, type Step } from "./place.ts";
import { isPrivateName, isRunningText, masked, REDACTED, withoutPatterns } from "./redact.ts";
import type { ShadowRules } from "./shadow-rule.ts";

/** Makes the short, clean text that is kept of a value. */
export type Excerpts = {
  /** Of a JSON value; null where there is none. */
  value: (steps: readonly Step[], value: unknown) => string | null;
  /** Of running text, as on a page; null where there is none. */
  text: (steps: readonly Step[], text: string | null) => string | null;
};

/** Excerpts by a route's rules: `reveal` shows a place's value, but never what a pattern finds in it. */
export function createExcerpts({ samples }: Pick<ShadowRules, "samples">): Excerpts {
  const reveal = samples.reveal.map(parsePlacePattern);
  const hide = samples.hide.map(parsePlacePattern);
  const isHidden = (steps: readonly Step[]) =>
    names(hide, steps) || (steps.some((step) => isPrivateName(String(step))) && !names(reveal, steps));

  return {
    value: (steps, value) => {
      if (value === undefined) return null;
      if (isHidden(steps)) return describe(value);
      return shorten(withoutPatterns(JSON.stringify(clean(value, steps, MAX_DEPTH, isHidden, reveal)) ?? "null"));
    },
    text: (steps, text) => {
      if (text === null) return null;
      if (isHidden(steps)) return describe(text);
      return shorten(names(reveal, steps) ? withoutPatterns(text) : masked(text));
    },
  };
}

// --- internal ---

const MAX_VALUE = 200;
const MAX_ENTRIES = 20;
const MAX_DEPTH = 6;

function names(patterns: readonly PlacePattern[], steps: readonly Step[]): boolean {
  return patterns.some((pattern) => coversPlace(pattern, steps, true));
}

// The length often tells what went wrong (empty, cut, twice as long) and nobody who she is.
function describe(value: unknown): string {
  if (value === "" || value === null || typeof value === "boolean") return JSON.stringify(value);
  return typeof value === "string" ? `${REDACTED} ${value.length} characters` : `${REDACTED} ${typeof value}`;
}

function clean(
  value: unknown,
  steps: readonly Step[],
  depth: number,
  isHidden: (steps: readonly Step[]) => boolean,
  reveal: readonly PlacePattern[],
): unknown {
  if (typeof value === "string") return isRunningText(value) && !names(reveal, steps) ? masked(value) : value;
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return "…";
  const cleanAt = (step: Step, inner: unknown) => {
    const place = [...steps, step];
    return isHidden(place) ? describe(inner) : clean(inner, place, depth - 1, isHidden, reveal);
  };
  if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES).map((inner, index) => cleanAt(index, inner));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MAX_ENTRIES)
      .map(([key, inner]) => [key, cleanAt(key, inner)]),
  );
}

function shorten(text: string): string {
  return text.length <= MAX_VALUE ? text : `${text.slice(0, MAX_VALUE)}…`;
}
