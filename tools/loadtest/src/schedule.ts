import type { Random } from "./random.ts";

/** `constant`: every 1/rate seconds. `poisson`: as independent people come, with gaps drawn from the exponential law. */
export type ArrivalKind = "constant" | "poisson";

/**
 * When visitors come, in milliseconds after the start, ascending and without end. The schedule knows nothing of the
 * answers: a server that stalls does not keep the next visitor from coming (an open loop).
 */
export function* arrivals(kind: ArrivalKind, ratePerSecond: number, random: Random): Generator<number, never> {
  const meanGapMs = 1000 / ratePerSecond;
  let atMs = 0;
  for (let index = 0; ; index += 1) {
    // Multiplied, not added up: after an hour the hundredth of a millisecond is still right.
    if (kind === "constant") atMs = index * meanGapMs;
    else atMs += -Math.log(1 - random.next()) * meanGapMs;
    yield atMs;
  }
}
