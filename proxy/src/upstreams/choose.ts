import type { Instance } from "./instance.ts";

type Candidate = Pick<Instance, "name" | "inFlight" | "weight">;

export type Candidates = {
  readonly instances: readonly Instance[];
  /** Nothing is thought to be well: what is thought of health is then more likely to be wrong than all instances at once. */
  readonly panic: boolean;
};

/** Who may get requests: what is well, else what nobody has looked at yet, else everything that is listed. */
export function findCandidates(instances: Iterable<Instance>): Candidates {
  const listed = [...instances].filter((instance) => instance.listed);
  const notEjected = listed.filter(({ ejectedUntil }) => ejectedUntil === undefined);
  for (const health of ["up", "unknown"]) {
    const well = notEjected.filter((instance) => instance.health === health);
    if (well.length > 0) return { instances: withLowestPriority(well), panic: false };
  }
  return { instances: withLowestPriority(listed), panic: listed.length > 0 };
}

// As many as can be looked at for less than what a better spread is worth. Beyond, two are compared: the power of two choices.
const SCANNED = 16;

/**
 * The candidate with the fewest requests in flight for its weight, other than `not`. Equal ones are taken in turn: `turn` counts up by one
 * for each choice, and the same counts and the same turn always give the same candidate.
 */
export function chooseLeastBusy<Each extends Candidate>(
  candidates: readonly Each[],
  turn: number,
  not?: string,
): Each | undefined {
  const { length } = candidates;
  const looks = length <= SCANNED ? length : 2;
  let best: Each | undefined;
  let at = length <= SCANNED ? turn % length : scatter(turn) % length;
  for (let look = 0; look < looks; look += 1) {
    let candidate = candidates[at];
    if (candidate?.name === not && length > SCANNED) candidate = candidates[(at + 1) % length];
    if (candidate !== undefined && candidate.name !== not && (best === undefined || isLessBusy(candidate, best))) {
      best = candidate;
    }
    at = (length <= SCANNED ? at + 1 : scatter(turn + look + 1)) % length;
  }
  return best;
}

// --- internal ---

function withLowestPriority(instances: readonly Instance[]): Instance[] {
  const lowest = Math.min(...instances.map(({ priority }) => priority));
  return instances.filter(({ priority }) => priority === lowest);
}

// (inFlight + 1) / weight, without dividing.
function isLessBusy(one: Candidate, other: Candidate): boolean {
  return (one.inFlight + 1) * other.weight < (other.inFlight + 1) * one.weight;
}

// The finalizer of MurmurHash3: neighbouring turns give unrelated numbers.
function scatter(turn: number): number {
  let mixed = Math.imul(turn ^ (turn >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
