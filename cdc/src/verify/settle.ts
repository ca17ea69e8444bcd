// Rows that looked different at first sight. Under way, a row may differ for an honest reason: it was read on the target
// before its last change had arrived, or on the source after it. So each is asked again at a matching position:
//
//   read it at the source, wait until the target has everything that was committed by then, read it at the target, read it at
//   the source once more.
//
// If the target's row is one of the source's two, the rows are equal. If the source's row is the very same both times (not
// rewritten in between, to which xmin bears witness) and the target's is another, and that twice in a row, they are
// different. Otherwise it changed meanwhile and is asked again; what never holds still, or what the stream does not get to,
// is left undecided.

import type { ComparableRow, ComparableRows, Key } from "./comparable-rows.ts";
import { keyText } from "./comparable-rows.ts";

export type SettleOptions = {
  source: ComparableRows;
  target: ComparableRows;
  /** Waits until the target has everything that is visible at the source now; answers false when the stream does not get there. */
  catchUp: () => Promise<boolean>;
  rounds: number;
};

export type Settled = {
  different: { key: Key; source: ComparableRow | undefined; target: ComparableRow | undefined }[];
  undecided: Key[];
  /** The stream did not move. */
  stuck: boolean;
};

/** Judges rows that differed when they were first looked at. */
export async function settle(keys: readonly Key[], options: SettleOptions): Promise<Settled> {
  const settled: Settled = { different: [], undecided: [], stuck: false };
  for (let from = 0; from < keys.length; from += AT_ONCE) {
    const part = await settlePart(keys.slice(from, from + AT_ONCE), options);
    settled.different.push(...part.different);
    settled.undecided.push(...part.undecided);
    settled.stuck ||= part.stuck;
    if (settled.stuck) {
      settled.undecided.push(...keys.slice(from + AT_ONCE));
      return settled;
    }
  }
  return settled;
}

// --- internal ---

const AT_ONCE = 500;

async function settlePart(keys: readonly Key[], { source, target, catchUp, rounds }: SettleOptions): Promise<Settled> {
  const different: Settled["different"] = [];
  const suspected = new Map<string, string>();
  let open = keys;
  for (let round = 0; round < rounds && open.length > 0; round += 1) {
    const before = await source.rows(open);
    if (!(await catchUp())) return { different, undecided: [...open], stuck: true };
    const there = await target.rows(open);
    const after = await source.rows(open);
    const still: Key[] = [];
    for (const key of open) {
      const text = keyText(key);
      const [first, found, second] = [before.get(text), there.get(text), after.get(text)];
      if (sameValues(found, first) || sameValues(found, second)) continue;
      const seen = isUntouched(first, second) ? JSON.stringify([first ?? null, found?.values ?? null]) : undefined;
      if (seen !== undefined && suspected.get(text) === seen) {
        different.push({ key, source: second, target: found });
        continue;
      }
      if (seen === undefined) suspected.delete(text);
      else suspected.set(text, seen);
      still.push(key);
    }
    open = still;
  }
  return { different, undecided: [...open], stuck: false };
}

function sameValues(one: ComparableRow | undefined, other: ComparableRow | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.values.every((value, place) => value === other.values[place]);
}

function isUntouched(first: ComparableRow | undefined, second: ComparableRow | undefined): boolean {
  return sameValues(first, second) && first?.mark === second?.mark;
}
