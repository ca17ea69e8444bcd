// Which rows of a table are meant: a range of keys, a share of the keys by their number, a range of the table's blocks. What holds for
// the keys means the same rows on both sides; blocks are each side's own.

/** A key's values as text, in the order of the table's key. */
export type Key = readonly (string | null)[];

/** Keys from `after` (not itself) up to and including `upTo`; open where undefined. */
export type KeyRange = { after: Key | undefined; upTo: Key | undefined };

/** Keys whose number (see SumFormula; its first half) ends in these bits. A finer share of the same key ends in the same ones. */
export type Share = { bits: number; buckets: readonly string[] };

/** From a block up to, not including, another; open at the end where undefined. */
export type Blocks = { from: number; to: number | undefined };

export type Part = { range: KeyRange; share?: Share; blocks?: Blocks };

export const WHOLE: Part = { range: { after: undefined, upTo: undefined } };

/** How many rows, and the two halves' sums of their numbers. */
export type Sum = { rows: number; one: bigint; other: bigint };

/** By bucket. */
export type Sums = Map<string, Sum>;

const NOTHING: Sum = { rows: 0, one: 0n, other: 0n };

/** Adds the sums of another part to these. */
export function addSums(all: Sums, more: Sums): void {
  for (const [bucket, { rows, one, other }] of more) {
    const sum = all.get(bucket) ?? NOTHING;
    all.set(bucket, { rows: sum.rows + rows, one: sum.one + one, other: sum.other + other });
  }
}

/** A bucket whose sums are not the same, with the rows of the side that has more of them. */
export type Mismatch = { bucket: string; rows: number };

/** The buckets whose sums are not the same on both sides. Pure. */
export function mismatches(here: Sums, there: Sums): Mismatch[] {
  const buckets = new Set([...here.keys(), ...there.keys()]);
  return [...buckets].flatMap((bucket) => {
    const [one, other] = [here.get(bucket) ?? NOTHING, there.get(bucket) ?? NOTHING];
    const same = one.rows === other.rows && one.one === other.one && one.other === other.other;
    return same ? [] : [{ bucket, rows: Math.max(one.rows, other.rows) }];
  });
}

/** How many rows there are in all buckets. */
export function countRows(sums: Sums): number {
  return [...sums.values()].reduce((count, { rows }) => count + rows, 0);
}
