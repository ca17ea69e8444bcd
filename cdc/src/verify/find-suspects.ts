// From a part whose sums are not the same down to the keys of rows that are not. A part is cut by the bits of its keys' numbers,
// whatever order the keys have: all sums of the smaller parts come with one question to each side, and only those that differ are
// looked into, until they are small enough to be listed. That takes two or three questions for a hundred thousand rows.

import { keyText, type ComparableRows } from "./comparable-rows.ts";
import { mismatches, type Key, type Part } from "./part.ts";

export type Sides = { source: ComparableRows; target: ComparableRows };

/** The keys of rows that differ, or differed when they were looked at, a few thousand at a time. `rows`: how many the part may have. */
export async function* findSuspects(sides: Sides, part: Part, rows: number): AsyncGenerator<Key[]> {
  const bits = finerBits(part, rows);
  if (rows <= MOST_LISTED || bits > MOST_BITS) {
    yield await listSuspects(sides, part);
    return;
  }
  const [here, there] = await Promise.all([sides.source.sums(part, bits), sides.target.sums(part, bits)]);
  let together: string[] = [];
  let waiting = 0;
  for (const found of mismatches(here, there)) {
    if (found.rows > MOST_LISTED) {
      yield* findSuspects(sides, { ...part, share: { bits, buckets: [found.bucket] } }, found.rows);
      continue;
    }
    if (waiting + found.rows > MOST_LISTED) {
      yield await listSuspects(sides, { ...part, share: { bits, buckets: together } });
      together = [];
      waiting = 0;
    }
    together.push(found.bucket);
    waiting += found.rows;
  }
  if (together.length > 0) yield await listSuspects(sides, { ...part, share: { bits, buckets: together } });
}

// --- internal ---

/** Rows of a side whose keys and numbers are asked for at once. */
const MOST_LISTED = 5_000;
const ROWS_IN_BUCKET = 256;
const MOST_BITS = 60;
/** A bucket is cut into 2 ** this at once. */
const MOST_BITS_AT_ONCE = 12;

function finerBits({ share = { bits: 0, buckets: [""] } }: Part, rows: number): number {
  const more = Math.ceil(Math.log2(Math.max(2, rows / share.buckets.length / ROWS_IN_BUCKET)));
  return share.bits + Math.min(MOST_BITS_AT_ONCE, more);
}

async function listSuspects({ source, target }: Sides, part: Part): Promise<Key[]> {
  const [here, there] = await Promise.all([source.hashes(part), target.hashes(part)]);
  const onTarget = new Map(there.map(({ key, hash }) => [keyText(key), { key, hash }]));
  const suspects: Key[] = [];
  for (const { key, hash } of here) {
    const text = keyText(key);
    if (onTarget.get(text)?.hash !== hash) suspects.push(key);
    onTarget.delete(text);
  }
  for (const { key } of onTarget.values()) suspects.push(key);
  return suspects;
}
