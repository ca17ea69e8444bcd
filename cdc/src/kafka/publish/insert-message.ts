import { NULL, TEXT } from "../../capture/tuple.ts";

/** Where in such a message the row begins. */
export const ROW_AT = 6;

/** A row as pgoutput's Insert message would have it. */
export function insertMessage(relationId: number, values: readonly (string | null)[]): Buffer {
  const texts = values.map((value) => (value === null ? undefined : Buffer.from(value)));
  const size = texts.reduce((sum, text) => sum + 1 + (text === undefined ? 0 : 4 + text.length), ROW_AT + 2);
  const bytes = Buffer.allocUnsafe(size);
  bytes.write("I", 0, "latin1");
  bytes.writeUInt32BE(relationId, 1);
  bytes.write("N", 5, "latin1");
  bytes.writeUInt16BE(values.length, ROW_AT);
  let at = ROW_AT + 2;
  for (const text of texts) {
    bytes[at] = text === undefined ? NULL : TEXT;
    at += 1;
    if (text === undefined) continue;
    bytes.writeUInt32BE(text.length, at);
    text.copy(bytes, at + 4);
    at += 4 + text.length;
  }
  return bytes;
}
