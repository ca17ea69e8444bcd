import { createHash } from "node:crypto";

/** Keeps the number of counts of one limit bounded, whoever asks. */
export type KeyBudget = {
  /** Under what a key is counted: its own name, or, when there are too many, one that it shares with others. Times on the monotonic clock. */
  nameFor: (key: string, now: number) => string;
  /** A count was begun. */
  opened: (now: number) => void;
};

/**
 * Counts last one window. Those begun in the current window and in the one before are at least as many as there are; when they reach
 * `most`, further keys share a few counts. A flood from very many addresses so costs memory for `most` of them, and limits the rest.
 */
export function createKeyBudget(windowMs: number, most = 50_000): KeyBudget {
  let windowStart = -Infinity;
  let current = 0;
  let previous = 0;

  function roll(now: number): void {
    if (now - windowStart < windowMs) return;
    previous = now - windowStart < 2 * windowMs ? current : 0;
    current = 0;
    windowStart = now;
  }

  return {
    nameFor: (key, now) => {
      roll(now);
      return current + previous < most ? key : `shared ${sharedSlot(key)}`;
    },
    opened: (now) => {
      roll(now);
      current += 1;
    },
  };
}

// --- internal ---

const SHARED_SLOTS = 1_024;

function sharedSlot(key: string): number {
  return createHash("sha256").update(key).digest().readUInt32BE(0) % SHARED_SLOTS;
}
