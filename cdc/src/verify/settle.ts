// Rows that looked different at first sight. On the way, a row may differ for an honest reason: it was read on the target before
// its last change had arrived, or on the source before that. So each is asked again at a matching position:
//
//   read it at the source, wait until the target has everything that was committed by then, read it at the target, read it at
//   the source once more.
//
// If the target's row is one of the source's two, the rows are equal. If the source's row is the very same both times (not
// rewritten in between, to which xmin bears witness) and the target's is another, it is suspected; and the same suspicion a
// second time makes it a difference - but for one case. A transaction's commit is in the log, and may have reached the target,
// a moment before the source lets anybody see it; on a busy machine that moment is long. Then it is the target that is ahead.
// So a suspicion counts only if no such transaction can be behind it: nobody has touched the source's row (xmax is 0), or
// everybody who was writing when the suspicion arose has ended since, or it has outlived any such moment.
//
// What changes too fast to be judged, or what the stream does not get to, is left undecided.

import { setTimeout as pause } from "node:timers/promises";
import { keyText, type ComparableRow, type ComparableRows, type Writers } from "./comparable-rows.ts";
import { kindOf, type Different } from "./differences.ts";
import type { Key } from "./part.ts";

export type SettleOptions = {
  source: ComparableRows;
  target: ComparableRows;
  /** Waits until the target has everything that is visible at the source now; answers false when the stream does not get there. */
  catchUp: () => Promise<boolean>;
  /** How long a row may take to be judged. */
  settleMs: number;
};

export type Settled = {
  different: Different[];
  undecided: Key[];
  /** The stream did not move. */
  stuck: boolean;
};

/** Judges rows that differed when they were first looked at, some hundreds at a time. */
export async function* settle(keys: readonly Key[], options: SettleOptions): AsyncGenerator<Settled> {
  for (let from = 0; from < keys.length; from += AT_ONCE) {
    const settled = await settlePart(keys.slice(from, from + AT_ONCE), options);
    yield settled;
    if (!settled.stuck) continue;
    yield { different: [], undecided: keys.slice(from + AT_ONCE), stuck: true };
    return;
  }
}

// --- internal ---

const AT_ONCE = 500;
const LONGEST_PAUSE_MS = 50;
/** No commit is in the log and yet unseen for this long, unless it waits for a standby. */
const LONGEST_MOMENT_MS = 5_000;

/** What was seen when a row first looked different without having changed in between. */
type Suspicion = {
  seen: string;
  sinceMs: number;
  /** Higher than the number of every transaction that may be behind it. */
  number: bigint;
};

async function settlePart(
  keys: readonly Key[],
  { source, target, catchUp, settleMs }: SettleOptions,
): Promise<Settled> {
  const different: Settled["different"] = [];
  const suspicions = new Map<string, Suspicion>();
  const deadline = performance.now() + settleMs;
  let open = keys;
  for (let round = 0; open.length > 0 && (round < 3 || performance.now() < deadline); round += 1) {
    if (round > 1) await pause(Math.min(LONGEST_PAUSE_MS, round));
    const writers = await source.writers();
    const before = await source.rows(open);
    if (!(await catchUp())) return { different, undecided: [...open], stuck: true };
    const there = await target.rows(open);
    const number = await source.takeNumber();
    const after = await source.rows(open);
    const still: Key[] = [];
    for (const key of open) {
      const text = keyText(key);
      const [first, found, second] = [before.get(text), there.get(text), after.get(text)];
      if (sameValues(found, first) || sameValues(found, second)) continue;
      const known = suspicions.get(text);
      const seen = isSame(first, second) ? JSON.stringify([first ?? null, found?.values ?? null]) : undefined;
      if (seen !== undefined && known?.seen === seen && isProof(known, second, writers)) {
        different.push({ kind: kindOf(second, found), key, source: second, target: found });
        continue;
      }
      if (seen === undefined) suspicions.delete(text);
      else if (known?.seen !== seen) suspicions.set(text, { seen, sinceMs: performance.now(), number });
      still.push(key);
    }
    open = still;
  }
  return { different, undecided: [...open], stuck: false };
}

function isProof(
  { sinceMs, number }: Suspicion,
  row: ComparableRow | undefined,
  { oldest, waitForStandby }: Writers,
): boolean {
  if (row !== undefined && !row.touched) return true;
  if (oldest > number) return true;
  return !waitForStandby && performance.now() - sinceMs > LONGEST_MOMENT_MS;
}

function sameValues(one: ComparableRow | undefined, other: ComparableRow | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.values.every((value, place) => value === other.values[place]);
}

function isSame(first: ComparableRow | undefined, second: ComparableRow | undefined): boolean {
  return sameValues(first, second) && first?.mark === second?.mark;
}
