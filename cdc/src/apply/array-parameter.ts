// A parameter of an array type in PostgreSQL's binary form (array_recv in arrayfuncs.c): dimensions, a flag for nulls, the
// element's type, the dimension's length and lower bound, then for each element four bytes of length (-1: null) and its bytes.
//
// In pgoutput a value is also four bytes of length and its text, so most values move from the log into a text[] as they are,
// without ever becoming a JavaScript string; the server then reads the text as the type. For the few types whose text is costly
// for it to read (a timestamp takes longer to read than to look up and to write), the element's own binary form is made here.

import { NULL, TEXT, textLength } from "../capture/tuple.ts";
import { writeDate, writeInteger, writeTimestamp } from "./binary-value.ts";

export type ArrayParameter = {
  /** Appends the value whose letter stands at `at` in a log message. */
  push: (bytes: Buffer, at: number) => void;
  /** The parameter. Valid until the next `reset`. */
  finish: () => Buffer;
  reset: () => void;
};

/** The type of a value that is written in its own binary form, as SQL names it; undefined for all that travel as text. */
export function binaryType(typeId: number): string | undefined {
  return BINARY_TYPES[typeId]?.name;
}

/** A parameter for values of this type: an array of the type itself where `binaryType` knows it, else a text[]. */
export function createArrayParameter(typeId: number): ArrayParameter {
  const binary = BINARY_TYPES[typeId];
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

  function pushText(bytes: Buffer, at: number): void {
    const size = 4 + textLength(bytes, at);
    reserve(size);
    copyBytes(bytes, at + 1, buffer, end, size);
    end += size;
  }

  function pushBinary(bytes: Buffer, at: number, { size, write }: BinaryType): void {
    reserve(4 + size);
    buffer.writeInt32BE(size, end);
    write(buffer, end + 4, size, bytes, at + 5, at + 5 + textLength(bytes, at));
    end += 4 + size;
  }

  return {
    push(bytes, at) {
      count += 1;
      if (bytes[at] === TEXT) {
        if (binary === undefined) pushText(bytes, at);
        else pushBinary(bytes, at, binary);
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
      buffer.writeInt32BE(binary === undefined ? TEXT_TYPE : typeId, 8);
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

type BinaryType = {
  name: string;
  size: number;
  /** Writes the value whose text is `bytes[start..end)` to `to[at..at + size)`. */
  write: (to: Buffer, at: number, size: number, bytes: Buffer, start: number, end: number) => void;
};

// By pg_type.oid; these are the same on every server.
const BINARY_TYPES: Readonly<Record<number, BinaryType>> = {
  20: { name: "pg_catalog.int8", size: 8, write: writeInteger },
  21: { name: "pg_catalog.int2", size: 2, write: writeInteger },
  23: { name: "pg_catalog.int4", size: 4, write: writeInteger },
  1082: { name: "pg_catalog.date", size: 4, write: writeDate },
  1114: { name: "pg_catalog.timestamp", size: 8, write: writeTimestamp },
  1184: { name: "pg_catalog.timestamptz", size: 8, write: writeTimestamp },
};

// Most values are short, and for these a loop is faster than the call into native code.
function copyBytes(from: Buffer, start: number, to: Buffer, at: number, size: number): void {
  if (size > 40) {
    from.copy(to, at, start, start + size);
    return;
  }
  for (let index = 0; index < size; index += 1) to[at + index] = from[start + index] as number;
}
