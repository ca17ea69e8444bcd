// Writes units of work to the target. The transaction that is open ends only at a boundary, together with the stream's
// position. When the target refuses a set of rows (two rows that swap a unique value collide halfway; one value of ten
// thousand is too long), the set is undone and its source transactions are written with care, see with-care.ts.

import type { Logger } from "@strangler/platform";
import type { BeginMessage, RowMessage } from "../capture/pgoutput.ts";
import { NO_PARKING, type Parking } from "../parked/parking.ts";
import { CommitRefusedError, PositionMovedError } from "../errors.ts";
import { formatPostgresTime } from "../postgres/clock.ts";
import { formatLsn, type Lsn } from "../postgres/lsn.ts";
import { formatTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import type { Conflicts } from "../two-way/conflicts.ts";
import type { Batch } from "./batch.ts";
import type { FollowedTable } from "./followed-table.ts";
import type { NoteHandlers } from "./notes.ts";
import type { Found } from "./one-by-one.ts";
import { ADVANCE, ADVANCE_OR_FAIL } from "./position-store.ts";
import { isRefusal } from "./refusal.ts";
import { noteForRepair } from "./repair-queue.ts";
import { readRowChange } from "./row-change.ts";
import type { Boundary, Unit } from "./unit.ts";
import { createCarefulWriter } from "./with-care.ts";
import { sendBatch, type SentWrite, type Writer } from "./write-batch.ts";
import { createWriter } from "./writer.ts";

export type ApplierOptions = {
  /** A session opened with `pipeline`. */
  session: Session;
  stream: string;
  /** The stored position to go on from. */
  position: Lsn;
  /** Counted up as work is done. */
  counts: ApplyCounts;
  /** What is done where a note stands in the log, by its prefix. */
  notes: NoteHandlers;
  /** Where source transactions go that the target does not take; without it, the first of them stops the stream. */
  parking?: Parking;
  /** See Writer; all tables are whole where nothing is said. */
  isWhole?: Writer["isWhole"];
  /** Only of a stream whose target is written by others, too. */
  conflicts?: Conflicts | undefined;
  log: Logger;
};

export type Applier = {
  /**
   * Writes a unit, and commits when it ends at a boundary. The next one may be given before this one is done; they are done in the
   * order in which they were given. When it throws, the session is good for nothing but to be closed.
   */
  apply: (unit: Unit) => Promise<void>;
  /** Moves the stored position on where the log held nothing for this stream. Only while no unit is under way. */
  advance: (position: Lsn) => Promise<void>;
  /** The stored position. */
  position: () => Lsn;
};

export type ApplyCounts = {
  /** Source transactions, row changes, target transactions. */
  transactions: number;
  changes: number;
  commits: number;
  /** Sets that were written one by one in the end. */
  oneByOne: number;
  /** Rows that should have been there to be updated, and were written whole. */
  mended: number;
  /** Rows that should have been there to be removed, and were not. */
  alreadyGone: number;
  /** Rows that should have been there to be updated, and will be read from the source again, see repair-queue.ts. */
  awaitingRepair: number;
};

export const NOTHING_APPLIED: ApplyCounts = {
  transactions: 0,
  changes: 0,
  commits: 0,
  oneByOne: 0,
  mended: 0,
  alreadyGone: 0,
  awaitingRepair: 0,
};

export function createApplier(options: ApplierOptions): Applier {
  const { session, stream, parking = NO_PARKING, conflicts, counts, notes, log } = options;
  const writer = createWriter(session, options.isWhole);
  let position = options.position;
  let inTransaction = false;
  let changesInTransaction = 0;
  // The source transaction of which a part is in the target's transaction that is open.
  let goesOn: BeginMessage | undefined;
  // The state in which the units that were given, but are not done, will leave things if none of them is refused.
  let givenPosition = options.position;
  let givenLeavesOpen = false;
  let waiting = 0;
  let waitingOthers = 0;
  let lastGiven: Promise<void> = Promise.resolve();
  // Goes up with every refusal: whatever was sent behind it is void, because it builds on a position that was not reached. Nothing
  // is sent ahead until that is done with.
  let epoch = 0;
  let lastEpoch = 0;

  // A whole unit is sent at once, also while others are still under way: the target need not wait for us between two units. That is
  // safe because each moves the position on from where the one before has left it, and fails where it does not stand there.
  function apply(unit: Unit): Promise<void> {
    const whole = givenLeavesOpen || conflicts !== undefined || parking.isWatchful() ? undefined : wholeOf(unit);
    const isFree = waitingOthers === 0 && (waiting === 0 || lastEpoch === epoch);
    const ahead = whole !== undefined && isFree ? sendWhole(whole, givenPosition) : undefined;
    lastEpoch = ahead === undefined ? -1 : epoch;
    givenLeavesOpen = unit.boundary === undefined;
    givenPosition = unit.boundary?.endLsn ?? givenPosition;
    waiting += 1;
    if (whole === undefined) waitingOthers += 1;
    const done = lastGiven.then(async () => {
      if (whole === undefined) await writeInParts(unit);
      else await finishWhole(unit, whole, ahead);
      finish(unit);
      waiting -= 1;
      if (whole === undefined) waitingOthers -= 1;
    });
    // Whoever gave it hears of a failure; the next one only has to know that its turn will not come.
    done.catch(() => undefined);
    lastGiven = done;
    return done;
  }

  function finish({ changes, boundary, open }: Unit): void {
    changesInTransaction += changes;
    goesOn = open;
    if (boundary === undefined) return;
    position = boundary.endLsn;
    inTransaction = false;
    counts.commits += 1;
    counts.transactions += boundary.transactions;
    counts.changes += changesInTransaction;
    changesInTransaction = 0;
  }

  // The usual case: everything from BEGIN to COMMIT is sent in one go. Each statement fails by itself when it must not be
  // committed, and a COMMIT behind a failure undoes all.
  function sendWhole({ batch, boundary }: Whole, from: Lsn): SentWhole {
    const begun = session.query("BEGIN");
    const writes = sendBatch(writer, batch);
    const moved = sendAdvance(ADVANCE_OR_FAIL, boundary, from);
    const committed = session.query("COMMIT");
    const refusal = settle([begun, ...writes.map(({ done }) => done), moved, committed]);
    // When the unit before it fails, nobody waits for this one any more; a failure unheard would end the process.
    refusal.catch(() => undefined);
    return { epoch, writes, refusal };
  }

  async function finishWhole(unit: Unit, whole: Whole, ahead: SentWhole | undefined): Promise<void> {
    const isVoid = ahead !== undefined && ahead.epoch !== epoch;
    if (isVoid) await ahead.refusal;
    // What a refused unit before this one has left parked concerns this one, too.
    if (parking.isWatchful()) return writeWithCare(unit, false);
    const sent = ahead === undefined || isVoid ? sendWhole(whole, position) : ahead;
    const refusal = await sent.refusal;
    if (refusal === undefined) {
      await countGone(sent.writes);
      return;
    }
    epoch += 1;
    await writeAgain(unit, refusal);
  }

  async function writeInParts(unit: Unit): Promise<void> {
    if (unit.kind !== "batch" || conflicts !== undefined || parking.isWatchful()) await writeWithCare(unit, false);
    else await writePiece(unit, unit.batch);
  }

  // A part of a transaction that is too large for one batch, or its end.
  async function writePiece(unit: Unit, batch: Batch): Promise<void> {
    const { boundary } = unit;
    const begun = session.query(inTransaction ? "SAVEPOINT piece" : "BEGIN; SAVEPOINT piece");
    inTransaction = true;
    const writes = sendBatch(writer, batch);
    // A constraint that is checked at the end fails here, where the piece can still be undone.
    const checked = boundary === undefined ? [] : [session.query("SET CONSTRAINTS ALL IMMEDIATE")];
    const refusal = await settle([begun, ...writes.map(({ done }) => done), ...checked]);
    if (refusal === undefined) {
      await countGone(writes);
      if (boundary !== undefined) await commit(boundary);
      return;
    }
    await session.query("ROLLBACK TO SAVEPOINT piece");
    await writeAgain(unit, refusal);
  }

  async function writeAgain(unit: Unit, refusal: Error): Promise<void> {
    log.info({ reason: refusal.message }, "a set of changes is written transaction by transaction");
    await writeWithCare(unit, true);
  }

  async function writeWithCare(unit: Unit, isRefused: boolean): Promise<void> {
    if (!inTransaction) await session.query("BEGIN");
    inTransaction = true;
    await care.write(unit, goesOn, isRefused);
    if (unit.boundary !== undefined) await commit(unit.boundary);
  }

  const care = createCarefulWriter({
    writer,
    stream,
    parking,
    conflicts,
    onFound: note,
    onWritten: countGone,
    onOneByOne: () => (counts.oneByOne += 1),
    onNote: async (unit) => notes[unit.note.prefix]?.(unit.note, writer),
    log,
  });

  async function note(found: Found, message: RowMessage, table: FollowedTable): Promise<void> {
    if (found === "row") return;
    if (found === "nothing, awaits repair") {
      counts.awaitingRepair += 1;
      await noteForRepair(session, stream, table, readRowChange(message, table).row, "missing on update");
    } else if (found === "nothing, mended") counts.mended += 1;
    else counts.alreadyGone += 1;
    log.warn({ table: formatTable(table.resolved.to) }, WORDS[found]);
  }

  async function commit(boundary: Boundary): Promise<void> {
    const { rowCount } = await sendAdvance(ADVANCE, boundary, position);
    if (rowCount !== 1) throw new PositionMovedError(stream);
    try {
      await session.query("COMMIT");
    } catch (error) {
      // A constraint that is checked at the end.
      if (error instanceof Error && isRefusal(error)) throw new CommitRefusedError(stream, error);
      throw error;
    }
  }

  function sendAdvance(
    statement: typeof ADVANCE,
    { endLsn, commitTime, cursor }: Pick<Boundary, "endLsn"> & Partial<Boundary>,
    from: Lsn,
  ) {
    const committedAt = commitTime === undefined ? null : formatPostgresTime(commitTime);
    return session.query({
      ...statement,
      values: [stream, formatLsn(from), formatLsn(endLsn), committedAt, cursor ?? null],
    });
  }

  async function countGone(writes: readonly SentWrite[]): Promise<void> {
    for (const { kind, rows, done, table } of writes) {
      const gone = kind === "remove" ? rows.length - (await done) : 0;
      if (gone === 0) continue;
      counts.alreadyGone += gone;
      log.warn({ table: formatTable(table.resolved.to), rows: gone }, WORDS["nothing, gone"]);
    }
  }

  return {
    apply,
    advance: async (to) => {
      const { rowCount } = await sendAdvance(ADVANCE, { endLsn: to }, position);
      if (rowCount !== 1) throw new PositionMovedError(stream);
      position = to;
      givenPosition = to;
    },
    position: () => position,
  };
}

// --- internal ---

/** A unit that is a target transaction of its own. */
type Whole = { batch: Batch; boundary: Boundary };

/** A unit that is under way as a whole; its refusal by the target, once that is known. */
type SentWhole = { epoch: number; writes: readonly SentWrite[]; refusal: Promise<Error | undefined> };

const WORDS: Record<Exclude<Found, "row">, string> = {
  "nothing, mended": "a row to be updated was not there, and was written whole",
  "nothing, gone": "rows to be removed were not in the target",
  "nothing, awaits repair": "a row to be updated was not there; it will be read from the source again",
};

function wholeOf(unit: Unit): Whole | undefined {
  return unit.kind === "batch" && unit.boundary !== undefined
    ? { batch: unit.batch, boundary: unit.boundary }
    : undefined;
}

/**
 * Waits for all. What went wrong first in the order of sending is what made the others fail: it is answered when it is a refusal
 * of the data, and thrown otherwise.
 */
async function settle(sent: readonly Promise<unknown>[]): Promise<Error | undefined> {
  const failed = (await Promise.allSettled(sent)).find((answer) => answer.status === "rejected");
  if (failed === undefined) return undefined;
  if (failed.reason instanceof Error && isRefusal(failed.reason)) return failed.reason;
  throw failed.reason;
}
