// Whether rows that were read beside the log may be written where the log stands. Pure: the log's messages go in, in their
// order, and a verdict comes out where a window closes.
//
// A window is two notes in the source's log and one snapshot taken between them (Andreakis, Papapanagiotou: "DBLog: A Watermark
// Based Change-Data-Capture Framework", arXiv:2010.12597). Everything that was committed behind the opening note and touches a
// row makes what was read of that row worthless: the log itself brings it. What was read of the other rows is what they are where
// the window closes, provided that the snapshot saw everything that was committed before the opening note.
//
// It need not. A commit stands in the log first, and becomes visible to others later: after the log is flushed, and after the
// standbys that it waits for have answered, which may take any time. A snapshot taken in between shows the row as it was, and
// nothing in the window touches it. So each transaction that the snapshot calls unfinished is looked up: if the log told its commit
// before the window opened, the snapshot is older than the window, and the window is worth nothing. It is then repeated.

import type { SourceSnapshot } from "./source-snapshot.ts";
import { createToldTransactions } from "./told-transactions.ts";

export type WindowVerdict =
  | { good: true; /** Keys whose rows the log has brought meanwhile. */ touched: ReadonlySet<string> }
  | { good: false; why: SpoiledReason };

/**
 * `unseen`: a commit from before the window is not visible in its snapshot. `unknown`: a transaction from before anybody took notes
 * still runs, and its commit may have been told. `truncated`, `altered`: that happened to the table inside the window. `crowded`:
 * more keys were touched than may be remembered.
 */
export type SpoiledReason = "unseen" | "unknown" | "truncated" | "altered" | "crowded";

export type WindowLog = {
  /** A transaction is told whole from here on; by the 32 bits that the log gives of its number. */
  tell: (transactionId: number) => void;
  /** The opening note. A window that is open is given up for it. */
  open: (id: string) => void;
  isOpen: () => boolean;
  /** A change to the row of this key. */
  touch: (key: string) => void;
  /** Something after which what was read means nothing. */
  spoil: (why: SpoiledReason) => void;
  /** The closing note; undefined when this window is not open. */
  close: (id: string, snapshot: SourceSnapshot) => WindowVerdict | undefined;
  /** No transaction below this runs any more, so that none of them has to be remembered. */
  forgetBelow: (transaction: number) => void;
  /** Whether a window read under this snapshot could be good as far as what ran before the notes began. */
  knowsAll: (snapshot: SourceSnapshot) => boolean;
};

/**
 * `floor`: a number, taken at the source before the log was opened, higher than that of every transaction whose commit the log has
 * told before. `maxTouched` bounds what one window remembers.
 */
export function createWindowLog(floor: number, maxTouched = 500_000): WindowLog {
  const told = createToldTransactions(floor);
  let opened:
    { id: string; touched: Set<string>; toldSince: Set<number>; spoiled: SpoiledReason | undefined } | undefined;

  const knowsAll = ({ xmin, xmax, running }: SourceSnapshot) =>
    xmin >= told.floor() || (xmax >= told.floor() && running.every((each) => each >= told.floor() || told.has(each)));

  // Not visible in the snapshot, though its commit stands before the opening note.
  function isUnseen({ xmax, running }: SourceSnapshot, toldSince: ReadonlySet<number>): boolean {
    const isBefore = (each: number) => told.has(each) && !toldSince.has(each);
    if (running.some(isBefore)) return true;
    for (let each = xmax; each <= told.highest(); each += 1) if (isBefore(each)) return true;
    return false;
  }

  return {
    tell(transactionId) {
      const whole = told.tell(transactionId);
      opened?.toldSince.add(whole);
    },
    open: (id) => {
      opened = { id, touched: new Set(), toldSince: new Set(), spoiled: undefined };
    },
    isOpen: () => opened !== undefined,
    touch(key) {
      if (opened === undefined || opened.spoiled !== undefined) return;
      opened.touched.add(key);
      if (opened.touched.size > maxTouched) {
        opened.spoiled = "crowded";
        opened.touched.clear();
      }
    },
    spoil: (why) => {
      if (opened !== undefined) opened.spoiled ??= why;
    },
    close(id, snapshot) {
      if (opened?.id !== id) return undefined;
      const { touched, toldSince, spoiled } = opened;
      opened = undefined;
      if (spoiled !== undefined) return { good: false, why: spoiled };
      if (!knowsAll(snapshot)) return { good: false, why: "unknown" };
      return isUnseen(snapshot, toldSince) ? { good: false, why: "unseen" } : { good: true, touched };
    },
    forgetBelow: told.forgetBelow,
    knowsAll,
  };
}
