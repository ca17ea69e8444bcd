/** One step into an answer: a key or an element's label, or an index. */
export type Step = string | number;

/** The whole body, where a difference has no place inside of it. */
export const WHOLE_BODY = "body";

/** Where exactly: an RFC 6901 pointer for JSON, the same notation for HTML; "body" for all of it. */
export function placeOf(steps: readonly Step[]): string {
  if (steps.length === 0) return WHOLE_BODY;
  return steps.map((step) => `/${escape(String(step))}`).join("");
}

/**
 * The same place for every answer of a route: indices become `*`, and so do keys that are values (numbers, UUIDs, long
 * hexadecimal, e-mail addresses). Evidence is gathered by this name.
 */
export function fieldOf(steps: readonly Step[]): string {
  if (steps.length === 0) return WHOLE_BODY;
  return steps
    .map((step) => (typeof step === "number" || isValueLike(step) ? "/*" : `/${escape(step.slice(0, MAX_STEP))}`))
    .join("");
}

// Written like a place; `*` is any one step, `**` any number of them. A step named so cannot be told from these.
export type PlacePattern = readonly string[];

export function parsePlacePattern(text: string): PlacePattern {
  return text
    .replace(/^\//, "")
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Whether a pattern names this place, or with `below` something that it is inside of. */
export function coversPlace(pattern: PlacePattern, steps: readonly Step[], below: boolean): boolean {
  return covers(pattern, 0, steps, 0, below);
}

// --- internal ---

const MAX_STEP = 80;
const VALUE_LIKE = /^\d+$|^[0-9a-f]{8}-[0-9a-f]{4}-|^[0-9a-f]{16,}$|.@.+\..|^eyJ/i;

function isValueLike(step: string): boolean {
  return VALUE_LIKE.test(step);
}

function escape(step: string): string {
  return step.replaceAll("~", "~0").replaceAll("/", "~1");
}

function covers(pattern: PlacePattern, at: number, steps: readonly Step[], depth: number, below: boolean): boolean {
  const want = pattern[at];
  if (want === undefined) return below || depth === steps.length;
  if (want === "**") {
    for (let skipped = depth; skipped <= steps.length; skipped += 1) {
      if (covers(pattern, at + 1, steps, skipped, below)) return true;
    }
    return false;
  }
  if (depth === steps.length) return false;
  return (want === "*" || want === String(steps[depth])) && covers(pattern, at + 1, steps, depth + 1, below);
}
