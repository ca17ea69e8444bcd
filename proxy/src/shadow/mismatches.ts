import type { Difference } from "./compare.ts";

/** A difference between control and candidate, with what is needed to ask both again. No cookies, no authorization, no bodies. */
export type Mismatch = {
  /** Counts up from 1; never used twice by one process. */
  id: number;
  /** ISO 8601, UTC. */
  at: string;
  route: string;
  service: string;
  method: string;
  /** Path and query; the values of parameters that look like secrets are hidden. */
  path: string;
  /** The request's Accept, which may choose between representations. */
  accept: string | null;
  requestId: string;
  control: { status: number; contentType: string | null; bytes: number };
  candidate: { status: number; contentType: string | null; bytes: number };
  difference: Difference;
};

/** The newest mismatches; older ones make room, and are counted. */
export type MismatchRing = {
  add: (mismatch: Omit<Mismatch, "id" | "at">) => void;
  /** Oldest first. */
  list: () => Mismatch[];
  clear: () => number;
  overwritten: () => number;
};

export function createMismatchRing(size: number, now: () => Date): MismatchRing {
  let kept: Mismatch[] = [];
  let lastId = 0;
  let overwritten = 0;
  return {
    add: (mismatch) => {
      kept.push({ id: (lastId += 1), at: now().toISOString(), ...mismatch });
      if (kept.length > size) {
        kept.shift();
        overwritten += 1;
      }
    },
    list: () => [...kept],
    clear: () => {
      const cleared = kept.length;
      kept = [];
      return cleared;
    },
    overwritten: () => overwritten,
  };
}
