import type { Seam } from "../findings/seams.ts";
import { crossingsOf, keyOf, type Crossing } from "./crossing.ts";

export type BoundaryCheck = {
  /** What crosses a boundary and did not when the contexts were accepted, with its places. */
  fresh: { crossing: Crossing; seams: Seam[] }[];
  /** Lines of the baseline whose code is gone. */
  stale: Crossing[];
  /** Lines of the baseline that still hold. */
  known: Crossing[];
};

/** Holds today's seams against the baseline. Pure; both lists come in canonical order. */
export function checkBoundaries(seams: readonly Seam[], baseline: readonly Crossing[]): BoundaryCheck {
  const today = crossingsOf(seams);
  const present = new Set(today.map(({ crossing }) => keyOf(crossing)));
  const accepted = new Set(baseline.map(keyOf));
  return {
    fresh: today.filter(({ crossing }) => !accepted.has(keyOf(crossing))),
    stale: baseline.filter((crossing) => !present.has(keyOf(crossing))),
    known: baseline.filter((crossing) => present.has(keyOf(crossing))),
  };
}
