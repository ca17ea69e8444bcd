import { identify, type AuditEntry, type TextStep } from "./entry.ts";

/** How to get from one text to the next: the whole text, or less where less will do. */
export function stepBetween(before: string | undefined, after: string): TextStep {
  if (before === undefined) return { whole: after };
  const at = commonPrefix(before, after);
  const tail = commonSuffix(before, after, at);
  const inserted = after.slice(at, after.length - tail);
  return inserted.length * 2 > after.length ? { whole: after } : { at, removed: before.length - at - tail, inserted };
}

/** The text after a step. Throws RangeError when the step does not fit the text before. */
export function takeStep(before: string | undefined, step: TextStep): string {
  if ("whole" in step) return step.whole;
  if (before === undefined || step.at + step.removed > before.length)
    throw new RangeError("the step has no text to start from");
  return before.slice(0, step.at) + step.inserted + before.slice(step.at + step.removed);
}

/**
 * The text that was in force at an instant, or undefined when the log begins later. Bit for bit: throws RangeError where a text
 * does not have the hash that its entry gives it.
 */
export function replay(entries: readonly AuditEntry[], instant: Date): string | undefined {
  let text: string | undefined;
  for (const entry of entries) {
    if (Date.parse(entry.at) > instant.getTime()) break;
    text = takeStep(text, entry.text);
    if (identify(text).sha256 !== entry.after.sha256)
      throw new RangeError(`entry ${entry.seq} does not lead to its text`);
  }
  return text;
}

// --- internal ---

function commonPrefix(a: string, b: string): number {
  const limit = Math.min(a.length, b.length);
  let length = 0;
  while (length < limit && a.charCodeAt(length) === b.charCodeAt(length)) length += 1;
  return length;
}

function commonSuffix(a: string, b: string, from: number): number {
  const limit = Math.min(a.length, b.length) - from;
  let length = 0;
  while (length < limit && a.charCodeAt(a.length - 1 - length) === b.charCodeAt(b.length - 1 - length)) length += 1;
  return length;
}
