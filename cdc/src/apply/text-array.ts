// A parameter of type text[] in PostgreSQL's binary form (array_recv in arrayfuncs.c): dimensions, a flag for nulls, the
// element's type, the dimension's length and lower bound, then for each element four bytes of length (-1: null) and its bytes.
// In pgoutput a value is also four bytes of length and its bytes, so a value moves from the log into the parameter as it is,
// without ever becoming a JavaScript string.

import { NULL, TEXT, textLength } from "../capture/tuple.ts";

export type TextArray = {
  /** Appends the value whose letter stands at `at` in a log message. */
  push: (bytes: Buffer, at: number) => void;
  /** The parameter. Valid until the next `reset`. */
  finish: () => Buffer;
  reset: () => void;
};

export function createTextArray(): TextArray {
  let buffer = Buffer.allocUnsafe(INITIAL_SIZE);
  let end = HEADER;
  let count = 0;
  let nulls = 0;

  function reserve(size: number): void {
    if (end + size <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, end + size));
    buffer.copy(larger, 0, 0, end);
    buffer = larger;
  }

  return {
    push(bytes, at) {
      count += 1;
      if (bytes[at] === TEXT) {
        const size = 4 + textLength(bytes, at);
        reserve(size);
        copyBytes(bytes, at + 1, buffer, end, size);
        end += size;
        return;
      }
      if (bytes[at] !== NULL) throw new Error("an untouched value cannot become a parameter");
      reserve(4);
      buffer.writeInt32BE(-1, end);
      end += 4;
      nulls = 1;
    },
    finish() {
      buffer.writeInt32BE(count === 0 ? 0 : 1, 0);
      buffer.writeInt32BE(nulls, 4);
      buffer.writeInt32BE(TEXT_TYPE, 8);
      buffer.writeInt32BE(count, 12);
      buffer.writeInt32BE(1, 16);
      return buffer.subarray(0, count === 0 ? 12 : end);
    },
    reset() {
      // One large value must not be paid for until the process ends.
      if (buffer.length > KEEP_SIZE) buffer = Buffer.allocUnsafe(INITIAL_SIZE);
      end = HEADER;
      count = 0;
      nulls = 0;
    },
  };
}

// --- internal ---

const HEADER = 20;
const TEXT_TYPE = 25;
const INITIAL_SIZE = 1024;
const KEEP_SIZE = 4 * 1024 * 1024;

// Most values are short, and for these a loop is faster than the call into native code.
function copyBytes(from: Buffer, start: number, to: Buffer, at: number, size: number): void {
  if (size > 40) {
    from.copy(to, at, start, start + size);
    return;
  }
  for (let index = 0; index < size; index += 1) to[at + index] = from[start + index] as number;
}
