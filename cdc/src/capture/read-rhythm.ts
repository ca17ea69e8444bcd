// A server that is busy sends every message by itself, and a reader that is always there takes them one by one: a system call, a
// buffer and a turn of the event loop for a hundred bytes. That costs several times what decoding them does, and the server's core
// as much again. So while small reads come densely and more than enough waits for the target anyway, the socket is left alone for a
// millisecond after each, and the next read brings what came meanwhile. Where nothing waits, everything is read at once.

import type { Duplex } from "node:stream";

export type ReadRhythm = {
  /** To be called after each read, with its bytes. */
  afterRead: (length: number) => void;
  /** Somebody else wants the socket to be held back, or to flow again. */
  hold: () => void;
  release: () => void;
};

export function createReadRhythm(socket: Pick<Duplex, "pause" | "resume">, isBehind: () => boolean): ReadRhythm {
  let isHeld = false;
  let isDense = false;
  let reads = 0;
  let countedFrom = 0;
  let rest: NodeJS.Timeout | undefined;

  // Looks at the clock once in a while only.
  function look(): void {
    reads += 1;
    if (reads < (isDense ? RESTS_TO_COUNT : READS_TO_COUNT)) return;
    const now = performance.now();
    const meanMs = (now - countedFrom) / reads;
    isDense = meanMs < (isDense ? SPARSE_MS : DENSE_MS);
    reads = 0;
    countedFrom = now;
  }

  function wake(): void {
    rest = undefined;
    if (!isHeld) socket.resume();
  }

  return {
    afterRead(length) {
      if (length >= LARGE_READ) return;
      look();
      if (!isDense || isHeld || rest !== undefined || !isBehind()) return;
      socket.pause();
      rest = setTimeout(wake, REST_MS);
    },
    hold() {
      isHeld = true;
      socket.pause();
    },
    release() {
      isHeld = false;
      if (rest === undefined) socket.resume();
    },
  };
}

// --- internal ---

const REST_MS = 1;
/** A read of this size is worth its cost, and there may be more at once. */
const LARGE_READ = 32 * 1024;
const READS_TO_COUNT = 32;
/** Reads that come closer to each other than this are dense ... */
const DENSE_MS = 0.25;
const RESTS_TO_COUNT = 8;
/** ... until, with the rests between them, they are further apart than this. */
const SPARSE_MS = 4;
