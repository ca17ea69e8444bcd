// Rows from elsewhere in the form in which pgoutput writes them (capture/tuple.ts), so that everything behind the log serves them
// too. Rows lie one behind the other in chunks that are never written twice, so that a row costs no buffer of its own.

import { UNCHANGED, type Value } from "@strangler/change-event";
import { NULL, TEXT, UNTOUCHED } from "../../capture/tuple.ts";

export type WrittenRow = { bytes: Buffer; at: number; end: number };

export type RowWriter = (values: readonly (Value | undefined)[]) => WrittenRow;

export function createRowWriter(): RowWriter {
  let chunk = Buffer.allocUnsafe(CHUNK);
  let used = 0;
  return (values) => {
    const most = mostBytes(values);
    if (used + most > chunk.length) {
      chunk = Buffer.allocUnsafe(Math.max(CHUNK, most));
      used = 0;
    }
    const at = used;
    used = writeRow(chunk, at, values);
    return { bytes: chunk, at, end: used };
  };
}

// --- internal ---

const CHUNK = 64 * 1024;

// A UTF-16 unit is at most three bytes of UTF-8.
function mostBytes(values: readonly (Value | undefined)[]): number {
  let bytes = 2;
  for (const value of values) bytes += typeof value === "string" ? 5 + value.length * 3 : 1;
  return bytes;
}

function writeRow(bytes: Buffer, start: number, values: readonly (Value | undefined)[]): number {
  let at = bytes.writeUInt16BE(values.length, start);
  for (const value of values) {
    if (typeof value === "string") {
      const length = bytes.write(value, at + 5, "utf8");
      bytes[at] = TEXT;
      bytes.writeUInt32BE(length, at + 1);
      at += 5 + length;
    } else {
      bytes[at] = value === UNCHANGED ? UNTOUCHED : NULL;
      at += 1;
    }
  }
  return at;
}
