// A large piece of an answer is still needed when the memory it was read into is already filled anew. Its copy is lent from here
// and comes back when the system has taken it: a gigabyte passes through a handful of buffers, and leaves nothing to collect.

const SIZE = 65_536;
const MOST_KEPT = 64;

const kept: ArrayBuffer[] = [];

/** A copy of a piece of at most 64 KiB, to be given back. A larger piece is copied into memory of its own. */
export function borrowCopy(piece: Buffer): Buffer {
  if (piece.length > SIZE) return Buffer.from(piece);
  const copy = Buffer.from(kept.pop() ?? new ArrayBuffer(SIZE), 0, piece.length);
  piece.copy(copy);
  return copy;
}

/** Takes back what `borrowCopy` has lent. */
export function giveBack(copy: Buffer): void {
  if (copy.buffer.byteLength === SIZE && kept.length < MOST_KEPT) kept.push(copy.buffer as ArrayBuffer);
}
