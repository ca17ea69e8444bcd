// What a change touches, and which changes may not pass each other. As in PostgreSQL's own row locks ("Row-Level Locks" in the
// manual's chapter "Explicit Locking") there are three ways of touching: to rely on a row (a child on its parent), to change its
// values, and to bring it into being, remove or rename it. Two children of one parent may pass each other; a child may not pass its
// parent's birth or death.

/** 1 relies on it, 2 changes it, 3 makes, removes or renames it. Two touches collide when they add up to 4. */
export type Mode = 1 | 2 | 3;

/** A key in a space: the rows of a target table, or the values of one of its unique indexes. Without a key, the whole space. */
export type Touch = { space: string; key: string | undefined; mode: Mode };

/** A parked transaction's touches, to ask whether another one must wait for it. */
export type TouchIndex = {
  add: (parked: string, touch: Touch) => void;
  /** Of the parked transactions that this touch collides with, the one that was added first; undefined when it is free. */
  find: (touch: Touch) => string | undefined;
  size: () => number;
};

export function createTouchIndex(): TouchIndex {
  const spaces = new Map<string, Space>();
  let size = 0;

  return {
    add(parked, { space: name, key, mode }) {
      const space: Space = spaces.get(name) ?? { whole: undefined, any: undefined, keys: new Map<string, Held>() };
      spaces.set(name, space);
      space.any = stronger(space.any, { parked, mode });
      if (key === undefined) space.whole = stronger(space.whole, { parked, mode });
      else {
        const before = space.keys.get(key);
        if (before === undefined) size += 1;
        space.keys.set(key, stronger(before, { parked, mode }));
      }
    },
    find({ space: name, key, mode }) {
      const space = spaces.get(name);
      if (space === undefined) return undefined;
      if (key === undefined) return collide(space.any, mode);
      return collide(space.whole, mode) ?? collide(space.keys.get(key), mode);
    },
    size: () => size,
  };
}

// --- internal ---

type Held = { parked: string; mode: Mode };
type Space = { whole: Held | undefined; any: Held | undefined; keys: Map<string, Held> };

function stronger(one: Held | undefined, other: Held): Held {
  return one === undefined || other.mode > one.mode ? { parked: one?.parked ?? other.parked, mode: other.mode } : one;
}

function collide(held: Held | undefined, mode: Mode): string | undefined {
  return held !== undefined && held.mode + mode >= 4 ? held.parked : undefined;
}
