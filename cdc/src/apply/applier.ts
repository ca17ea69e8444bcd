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
  /** Writes a unit, and commits when it ends at a boundary. When it throws, the session is good for nothing but to be closed. */
  apply: (unit: Unit) => Promise<void>;
  /** Moves the stored position on where the log held nothing for this stream. */
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

  async function apply(unit: Unit): Promise<void> {
    changesInTransaction += unit.changes;
    const { boundary } = unit;
    if (unit.kind !== "batch") await writeOther(unit);
    else if (!inTransaction && boundary !== undefined) await writeWhole(unit.batch, boundary);
    else await writePiece(unit.batch, boundary);
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
  async function writeWhole(batch: Batch, boundary: Boundary): Promise<void> {
    const begun = session.query("BEGIN");
    const writes = sendBatch(writer, batch);
    const moved = sendAdvance(ADVANCE_OR_FAIL, boundary);
    const committed = session.query("COMMIT");
    const refusal = await settle([begun, ...writes.map(({ done }) => done), moved, committed]);
    if (refusal === undefined) {
      await countGone(writes);
      return;
    }
    await session.query("BEGIN");
    await writeAgain(batch, refusal);
    await commit(boundary);
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
    const { rowCount } = await sendAdvance(ADVANCE, boundary);
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
  ) {
    const committedAt = commitTime === undefined ? null : formatPostgresTime(commitTime);
    return session.query({
      ...statement,
      values: [stream, formatLsn(position), formatLsn(endLsn), committedAt, cursor ?? null],
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
      const { rowCount } = await sendAdvance(ADVANCE, { endLsn: to });
      if (rowCount !== 1) throw new PositionMovedError(stream);
      position = to;
    },
    position: () => position,
  };
}

// --- internal ---

const GONE = "rows to be removed were not in the target";

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
