import { note, type Comparing } from "./comparing.ts";
import { WHOLE_BODY } from "./place.ts";

/** Compares text letter by letter. With as many lines on both sides each line is a field of its own, so that noise in one hides nothing in another. */
export function compareText(comparing: Comparing, control: string, candidate: string): void {
  if (control === candidate) return;
  const left = control.split("\n");
  const right = candidate.split("\n");
  if (left.length !== right.length) {
    noteText(comparing, "size", { field: WHOLE_BODY, at: placeIn(control, candidate) }, control, candidate);
    return;
  }
  for (const [index, line] of left.entries()) {
    const other = right[index] ?? "";
    if (line === other) continue;
    const column = firstDifference(line, other) + 1;
    const field = left.length === 1 ? WHOLE_BODY : `line:${index + 1}`;
    noteText(comparing, "primitive", { field, at: `line ${index + 1}, column ${column}` }, line, other);
  }
}

/** Compares bytes, one character each. */
export function compareBytes(comparing: Comparing, control: string, candidate: string): void {
  if (control === candidate) return;
  const kind = control.length === candidate.length ? "primitive" : "size";
  const at = `byte ${firstDifference(control, candidate)}`;
  note(comparing, kind, { field: WHOLE_BODY, at }, () => [`${control.length} bytes`, `${candidate.length} bytes`]);
}

// --- internal ---

const CONTEXT = 40;

function noteText(
  comparing: Comparing,
  kind: "size" | "primitive",
  where: { field: string; at: string },
  control: string,
  candidate: string,
): void {
  const offset = firstDifference(control, candidate);
  const { excerpts } = comparing;
  note(comparing, kind, where, () => [
    excerpts.text([where.field], around(control, offset)),
    excerpts.text([where.field], around(candidate, offset)),
  ]);
}

function placeIn(control: string, candidate: string): string {
  const offset = firstDifference(control, candidate);
  const before = control.slice(0, offset);
  return `line ${before.split("\n").length}, column ${offset - before.lastIndexOf("\n")}`;
}

// A little of both sides of the place, on one line.
function around(text: string, offset: number): string {
  return text.slice(Math.max(0, offset - CONTEXT), offset + CONTEXT).replaceAll(/\s+/g, " ");
}

function firstDifference(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let offset = 0;
  while (offset < length && a.charCodeAt(offset) === b.charCodeAt(offset)) offset += 1;
  return offset;
}
