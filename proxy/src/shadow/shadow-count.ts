/** Why a request was never put to the candidate, or its answer not waited for. Nothing of this costs the customer anything. */
export type DropReason =
  /** As many candidates are being asked as may be. */
  | "busy"
  /** It has given no answer several times in a row, and is left alone for a while. */
  | "resting"
  /** Too much is held for all experiments together. */
  | "memory"
  /** The control's answer, or the question's body, is larger than what is kept. */
  | "too large"
  /**
   * 206, 304, 412 and 416 depend on what the customer already has; a stream has no end to compare; a body that the control did not
   * wait for cannot be sent again.
   */
  | "not comparable"
  /** The control's answer was not whole. */
  | "control failed";

/** Why there is no answer of the candidate to compare with. */
export type FailReason =
  /** Refused, reset, or not HTTP. */
  | "no answer"
  | "timed out"
  /** The answer broke off. */
  | "cut off"
  | "too large"
  /** As many are being asked as may be. */
  | "busy"
  /** Too much was held for all experiments together. */
  | "memory"
  /** A content coding that is unknown, or that the body is not in; either side's. */
  | "undecodable"
  | "switched protocols"
  /** The comparison itself took too long, or too much memory. */
  | "not compared";

/** What became of the requests of a shadowed route. Every one of them is in `compared`, `failed`, `dropped` or `unsampled`. */
export type ShadowCount = {
  /** equal + different */
  compared: number;
  equal: number;
  different: number;
  /** Of `different`: those in which nothing but known noise differed. */
  onlyNoise: number;
  /** Asked, but without an answer that could be compared. */
  failed: number;
  failedBecause: Partial<Record<FailReason, number>>;
  /** Never asked. */
  dropped: number;
  droppedBecause: Partial<Record<DropReason, number>>;
  /** Left out because the route compares only a sample. */
  unsampled: number;
};

export function emptyCount(): ShadowCount {
  return {
    compared: 0,
    equal: 0,
    different: 0,
    onlyNoise: 0,
    failed: 0,
    failedBecause: {},
    dropped: 0,
    droppedBecause: {},
    unsampled: 0,
  };
}

export function countDropped(count: ShadowCount, reason: DropReason): void {
  count.dropped += 1;
  count.droppedBecause[reason] = (count.droppedBecause[reason] ?? 0) + 1;
}

export function countFailed(count: ShadowCount, reason: FailReason): void {
  count.failed += 1;
  count.failedBecause[reason] = (count.failedBecause[reason] ?? 0) + 1;
}

/** Adds counts, as of several workers. Pure. */
export function sumCounts(counts: readonly ShadowCount[]): ShadowCount {
  const sum = emptyCount();
  for (const count of counts) {
    for (const name of NUMBERS) sum[name] += count[name];
    addReasons(sum.failedBecause, count.failedBecause);
    addReasons(sum.droppedBecause, count.droppedBecause);
  }
  return sum;
}

// --- internal ---

const NUMBERS = ["compared", "equal", "different", "onlyNoise", "failed", "dropped", "unsampled"] as const;

function addReasons<Reason extends string>(
  sum: Partial<Record<Reason, number>>,
  reasons: Partial<Record<Reason, number>>,
): void {
  for (const reason of Object.keys(reasons) as Reason[]) sum[reason] = (sum[reason] ?? 0) + (reasons[reason] ?? 0);
}
