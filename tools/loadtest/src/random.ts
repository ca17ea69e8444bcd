/** A stream of numbers that is the same for the same seed, on every machine. */
export type Random = {
  /** 0 <= x < 1. */
  next: () => number;
  /** A whole number, both ends included. */
  integer: (min: number, max: number) => number;
  /** One of the list, each as likely as the other. The list must not be empty. */
  pick: <Item>(list: readonly Item[]) => Item;
};

/**
 * Streams with different names are independent of one another: the order in which answers happen to arrive changes
 * nothing for the visitor whose name is `(seed, "visitor", 17)`.
 */
export function createRandom(...name: readonly (string | number)[]): Random {
  const next = sfc32(hash(name.join("\u0000")));
  return {
    next,
    integer: (min, max) => min + Math.floor(next() * (max - min + 1)),
    pick: <Item>(list: readonly Item[]) => list[Math.floor(next() * list.length)] as Item,
  };
}

// --- internal ---

type State = [number, number, number, number];

// Chris Doty-Humphrey's small fast counting generator; passes PractRand, and needs 32-bit arithmetic only.
function sfc32([a, b, c, counter]: State): () => number {
  return () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
}

// Four FNV-1a hashes with different starts, each finished with murmur3's mixer: near names get far seeds.
function hash(text: string): State {
  return [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35].map((start) => {
    let value = start;
    for (let index = 0; index < text.length; index += 1) {
      value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
    }
    return mix(value);
  }) as State;
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
