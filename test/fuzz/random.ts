/** Chance that can be played again: the same seed gives the same draws. */
export type Random = {
  /** 0 <= n < below. */
  below: (below: number) => number;
  /** True in `percent` of 100 draws. */
  chance: (percent: number) => boolean;
  pick: <Item>(items: readonly Item[]) => Item;
};

/** xorshift32 (Marsaglia, 2003), begun at a scrambled mixture of seed and index, so that every pair has draws of its own. */
export function createRandom(seed: number, index: number): Random {
  let state = scramble(seed ^ Math.imul(index + 1, 0x9e3779b1)) || 1;
  const below = (limit: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  return {
    below,
    chance: (percent) => below(100) < percent,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
  };
}

/** A pair's name as it stands in a field. A number that was garbled on its way names no pair. */
export function pairName(pair: number): string {
  return `${pair}x${scramble(pair).toString(36)}`;
}

/** The pair of a name; undefined for what is none. */
export function pairOf(name: string): number | undefined {
  const pair = Number.parseInt(name, 10);
  return pairName(pair) === name ? pair : undefined;
}

// --- internal ---

// The finalizer of MurmurHash3.
function scramble(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
