import { columnCount, nextValue, textLength, UNTOUCHED } from "../capture/tuple.ts";

/**
 * The text that names a row among those of its table: its key's values, as bytes. Two rows of one name are one row; equal keys
 * in two spellings (1.0 and 1.00) are two names, which is safe, because deletes go before inserts.
 */
export function rowKey(bytes: Buffer, at: number, places: readonly number[]): string {
  if (places.length === 1) return textAt(bytes, valueAt(bytes, at, places[0] as number));
  let key = "";
  for (const place of places) {
    const text = textAt(bytes, valueAt(bytes, at, place));
    // With its length in front, a value cannot be mistaken for a part of its neighbour.
    key += `${text.length}:${text}`;
  }
  return key;
}

/** Where the value at `place` of the row at `at` begins. */
export function valueAt(bytes: Buffer, at: number, place: number): number {
  let next = at + 2;
  for (let left = place; left > 0; left -= 1) next = nextValue(bytes, next);
  return next;
}

/** Joins a row with an older version of itself: where the newer lacks a value and `mayTake` says so, the older's is taken. */
export function fillFrom(
  newer: { bytes: Buffer; at: number },
  older: { bytes: Buffer; at: number },
  mayTake: (place: number) => boolean,
): Buffer {
  const count = columnCount(newer.bytes, newer.at);
  const parts: Buffer[] = [newer.bytes.subarray(newer.at, newer.at + 2)];
  let newerAt = newer.at + 2;
  let olderAt = older.at + 2;
  for (let place = 0; place < count; place += 1) {
    const newerEnd = nextValue(newer.bytes, newerAt);
    const olderEnd = nextValue(older.bytes, olderAt);
    const takeOlder = newer.bytes[newerAt] === UNTOUCHED && mayTake(place);
    parts.push(takeOlder ? older.bytes.subarray(olderAt, olderEnd) : newer.bytes.subarray(newerAt, newerEnd));
    newerAt = newerEnd;
    olderAt = olderEnd;
  }
  return Buffer.concat(parts);
}

/** Which inputs the row at `at` lacks, as a text of 0 and 1 by input; "" when it lacks none. */
export function lackingInputs(bytes: Buffer, at: number, inputAt: readonly number[], inputs: number): string {
  let lacking: string[] | undefined;
  let next = at + 2;
  const count = columnCount(bytes, at);
  for (let place = 0; place < count; place += 1) {
    const input = inputAt[place] as number;
    if (bytes[next] === UNTOUCHED && input >= 0) {
      lacking ??= Array.from({ length: inputs }, () => "0");
      lacking[input] = "1";
    }
    next = nextValue(bytes, next);
  }
  return lacking === undefined ? "" : lacking.join("");
}

// --- internal ---

function textAt(bytes: Buffer, at: number): string {
  return bytes.toString("latin1", at + 5, at + 5 + textLength(bytes, at));
}
