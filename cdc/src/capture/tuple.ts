// A row inside a message: two bytes that count its columns, then for each a letter: "n" null, "u" large and untouched,
// "t" text (four bytes of length, then the text). Binary values ("b") are not asked for. All functions here run once per row
// or per value, hence the plain index arithmetic.

import { UNCHANGED, type Value } from "@strangler/change-event";
import { ProtocolError } from "../errors.ts";

export const NULL = 0x6e;
export const UNTOUCHED = 0x75;
export const TEXT = 0x74;

export function columnCount(bytes: Buffer, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** The length of the text whose letter stands at `at`. */
export function textLength(bytes: Buffer, at: number): number {
  return (
    ((bytes[at + 1] as number) << 24) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 8) |
    (bytes[at + 4] as number)
  );
}

/** Where the value after the one at `at` begins. */
export function nextValue(bytes: Buffer, at: number): number {
  const letter = bytes[at];
  if (letter === TEXT) return at + 5 + textLength(bytes, at);
  if (letter === NULL || letter === UNTOUCHED) return at + 1;
  throw new ProtocolError(`a value of kind "${String.fromCharCode(letter ?? 0)}", which was not asked for`);
}

/** Where the row at `at` ends. */
export function tupleEnd(bytes: Buffer, at: number): number {
  let next = at + 2;
  for (let left = columnCount(bytes, at); left > 0; left -= 1) next = nextValue(bytes, next);
  return next;
}

/** The row's values as a person or a message wants them. */
export function readTuple(bytes: Buffer, at: number): Value[] {
  const values: Value[] = [];
  let next = at + 2;
  for (let left = columnCount(bytes, at); left > 0; left -= 1) {
    values.push(readValue(bytes, next));
    next = nextValue(bytes, next);
  }
  return values;
}

// --- internal ---

function readValue(bytes: Buffer, at: number): Value {
  if (bytes[at] === TEXT) return bytes.toString("utf8", at + 5, at + 5 + textLength(bytes, at));
  return bytes[at] === NULL ? null : UNCHANGED;
}
