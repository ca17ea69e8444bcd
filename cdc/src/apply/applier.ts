// Writes units of work to the target. The transaction that is open ends only at a boundary, together with the stream's
// position. When the target refuses a set of rows (two rows that swap a unique value collide halfway; one value of ten
// thousand is too long), the set is undone and its changes are written one by one in the log's order: either that works, as it
// did at the source, or the change that does not is found and named.

import { errorCode, type Logger } from "@strangler/platform";
import type { RowMessage } from "../capture/pgoutput.ts";
import { CommitRefusedError, PositionMovedError } from "../errors.ts";
import { formatPostgresTime } from "../postgres/clock.ts";
import { formatLsn, type Lsn } from "../postgres/lsn.ts";
import { formatTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import type { Batch } from "./batch.ts";
import type { FollowedTable } from "./followed-table.ts";
import type { NoteHandlers } from "./notes.ts";
import { truncateTables, writeOne, type Found } from "./one-by-one.ts";
import { createParameterBuilder } from "./parameters.ts";
import { ADVANCE, ADVANCE_OR_FAIL } from "./position-store.ts";
import { createStatements, type TableStatements } from "./statements.ts";
import type { Boundary, Unit } from "./unit.ts";
import { sendBatch, type SentWrite, type Writer } from "./write-batch.ts";

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
};

export const NOTHING_APPLIED: ApplyCounts = {
  transactions: 0,
  changes: 0,
  commits: 0,
  oneByOne: 0,
  mended: 0,
  alreadyGone: 0,
};

export function createApplier({ session, stream, position: start, counts, notes, log }: ApplierOptions): Applier {
  const writer = createWriter(session);
  let position = start;
  let inTransaction = false;
  let changesInTransaction = 0;
  // The state in which the units that were given, but are not done, will leave things if none of them is refused.
  let givenPosition = start;
  let givenLeavesOpen = false;
  let waitingOthers = 0;
  let lastGiven: Promise<void> = Promise.resolve();
  // Goes up with every refusal: whatever was sent behind it is void, because it builds on a position that was not reached.
  let epoch = 0;

  // A whole unit is sent at once, also while others are still under way: the target need not wait for us between two units. That is
  // safe because each moves the position on from where the one before has left it, and fails where it does not stand there.
  function apply(unit: Unit): Promise<void> {
    const whole = givenLeavesOpen ? undefined : wholeOf(unit);
    const ahead = whole !== undefined && waitingOthers === 0 ? sendWhole(whole, givenPosition) : undefined;
    givenLeavesOpen = unit.boundary === undefined;
    givenPosition = unit.boundary?.endLsn ?? givenPosition;
    if (whole === undefined) waitingOthers += 1;
    const done = lastGiven.then(async () => {
      if (whole === undefined) await writeInParts(unit);
      else await finishWhole(whole, ahead);
      finish(unit);
      if (whole === undefined) waitingOthers -= 1;
    });
    // Whoever gave it hears of a failure; the next one only has to know that its turn will not come.
    done.catch(() => undefined);
    lastGiven = done;
    return done;
  }

  function finish({ changes, boundary }: Unit): void {
    changesInTransaction += changes;
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
    return { epoch, writes, refusal: settle([begun, ...writes.map(({ done }) => done), moved, committed]) };
  }

  async function finishWhole(whole: Whole, ahead: SentWhole | undefined): Promise<void> {
    let sent = ahead ?? sendWhole(whole, position);
    if (sent.epoch !== epoch) {
      await sent.refusal;
      sent = sendWhole(whole, position);
    }
    const refusal = await sent.refusal;
    if (refusal === undefined) {
      await countGone(sent.writes);
      return;
    }
    epoch += 1;
    await session.query("BEGIN");
    await writeAgain(whole.batch, refusal);
    await commit(whole.boundary);
  }

  async function writeInParts(unit: Unit): Promise<void> {
    if (unit.kind === "batch") await writePiece(unit.batch, unit.boundary);
    else await writeOther(unit);
  }

  // A part of a transaction that is too large for one batch, or its end.
  async function writePiece(batch: Batch, boundary: Boundary | undefined): Promise<void> {
    const begun = session.query(inTransaction ? "SAVEPOINT piece" : "BEGIN; SAVEPOINT piece");
    inTransaction = true;
    const writes = sendBatch(writer, batch);
    const refusal = await settle([begun, ...writes.map(({ done }) => done)]);
    if (refusal === undefined) {
      await countGone(writes);
    } else {
      await session.query("ROLLBACK TO SAVEPOINT piece");
      await writeAgain(batch, refusal);
    }
    if (boundary !== undefined) await commit(boundary);
  }

  async function writeOther(unit: Exclude<Unit, { kind: "batch" }>): Promise<void> {
    if (!inTransaction) await session.query("BEGIN");
    inTransaction = true;
    if (unit.kind === "truncate") await truncateTables(session, unit.tables);
    else if (unit.kind === "note") await notes[unit.note.prefix]?.(unit.note, writer);
    else await writeInOrder([unit.message], () => [unit.table]);
    if (unit.boundary !== undefined) await commit(unit.boundary);
  }

  async function writeAgain(batch: Batch, refusal: Error): Promise<void> {
    log.info({ reason: refusal.message }, "a set of changes is written one by one");
    counts.oneByOne += 1;
    await writeInOrder(batch.messages, (message) => batch.relations.get(message.relationId) ?? []);
  }

  async function writeInOrder(
    messages: readonly RowMessage[],
    tablesOf: (message: RowMessage) => readonly FollowedTable[],
  ): Promise<void> {
    // A constraint that the source checks at the end of its statement or transaction is checked at the end here too.
    await session.query("SET CONSTRAINTS ALL DEFERRED");
    for (const message of messages) {
      for (const table of tablesOf(message)) count(await writeOne(writer, message, table), table);
    }
  }

  function count(found: Found, table: FollowedTable): void {
    if (found === "row") return;
    if (found === "nothing, mended") counts.mended += 1;
    else counts.alreadyGone += 1;
    const what = found === "nothing, mended" ? "a row to be updated was not there, and was written whole" : GONE;
    log.warn({ table: formatTable(table.resolved.to) }, what);
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
      log.warn({ table: formatTable(table.resolved.to), rows: gone }, GONE);
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

const GONE = "rows to be removed were not in the target";

function wholeOf(unit: Unit): Whole | undefined {
  return unit.kind === "batch" && unit.boundary !== undefined
    ? { batch: unit.batch, boundary: unit.boundary }
    : undefined;
}

function createWriter(session: Session): Writer {
  const known = new WeakMap<FollowedTable["resolved"], TableStatements>();
  return {
    session,
    parameters: createParameterBuilder(),
    statementsOf: ({ resolved }) => {
      let statements = known.get(resolved);
      if (statements === undefined) {
        statements = createStatements(resolved);
        known.set(resolved, statements);
      }
      return statements;
    },
  };
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

// Class 22 is "data exception" (a division by zero is how our own conditions fail), class 23 "integrity constraint violation".
function isRefusal(error: Error): boolean {
  return /^2[23]/.test(errorCode(error) ?? "");
}
