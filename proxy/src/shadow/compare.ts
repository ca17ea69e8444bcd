import { findJsonDifference, parseJson } from "./compare-json.ts";
import { excerptOf, textAround } from "./excerpt.ts";

/** An answer as far as it is compared. */
export type Answer = {
  status: number;
  contentType: string | undefined;
  /** Decoded: no content coding. Bytes that are no text, one character each (latin1). */
  body: string;
};

/** The first thing in which two answers differ. Values are excerpts, with secrets taken out. */
export type Difference =
  | { kind: "status"; control: number; candidate: number }
  | { kind: "content-type"; control: string; candidate: string }
  /** `pointer` is an RFC 6901 JSON pointer; "" is the whole document. Null: nothing is there. */
  | { kind: "json"; pointer: string; control: string | null; candidate: string | null }
  /** 1-based. */
  | { kind: "text"; line: number; column: number; control: string; candidate: string };

export type Comparison = { outcome: "equal" } | { outcome: "different"; difference: Difference };

/**
 * Compares the answer that counts with the one on trial: status, media type, body. JSON is compared by value (the order of
 * keys does not count, that of lists does), everything else as text. Pure.
 */
export function compareAnswers(control: Answer, candidate: Answer): Comparison {
  const difference = findDifference(control, candidate);
  return difference === undefined ? { outcome: "equal" } : { outcome: "different", difference };
}

// --- internal ---

function findDifference(control: Answer, candidate: Answer): Difference | undefined {
  if (control.status !== candidate.status) {
    return { kind: "status", control: control.status, candidate: candidate.status };
  }
  const types = [mediaTypeOf(control), mediaTypeOf(candidate)] as const;
  if (types[0] !== types[1]) return { kind: "content-type", control: types[0], candidate: types[1] };
  if (control.body === candidate.body) return undefined;
  return isJson(types[0]) ? compareJson(control.body, candidate.body) : compareText(control.body, candidate.body);
}

// For JSON the charset parameter has no meaning (RFC 8259 section 11); elsewhere it is part of what was said.
function mediaTypeOf({ contentType }: Answer): string {
  const [essence = "", ...parameters] = (contentType ?? "")
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  if (isJson(essence)) return essence;
  return [essence, ...parameters.filter((parameter) => parameter !== "").sort()].join("; ");
}

function isJson(mediaType: string): boolean {
  return mediaType === "application/json" || mediaType.endsWith("+json");
}

function compareJson(control: string, candidate: string): Difference | undefined {
  const left = parseJson(control);
  const right = parseJson(candidate);
  if (left === undefined || right === undefined) return compareText(control, candidate);
  try {
    const found = findJsonDifference(left.value, right.value);
    if (found === undefined) return undefined;
    const { pointer } = found;
    return {
      kind: "json",
      pointer,
      control: excerptOf(pointer, found.control),
      candidate: excerptOf(pointer, found.candidate),
    };
  } catch (error) {
    if (error instanceof RangeError) return compareText(control, candidate);
    throw error;
  }
}

function compareText(control: string, candidate: string): Difference | undefined {
  if (control === candidate) return undefined;
  const offset = firstDifference(control, candidate);
  const before = control.slice(0, offset);
  const line = before.split("\n").length;
  const column = offset - before.lastIndexOf("\n");
  return {
    kind: "text",
    line,
    column,
    control: textAround(control, offset),
    candidate: textAround(candidate, offset),
  };
}

function firstDifference(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let offset = 0;
  while (offset < length && a.charCodeAt(offset) === b.charCodeAt(offset)) offset += 1;
  return offset;
}
