// The way of a unit that cannot be written in one go: the target has refused it, or something is parked, or both sides may change a
// row. It is written source transaction by source transaction, as many at a time as the target takes: what is refused is halved
// until one transaction is left, that one is written change by change in the log's order, and if even that is refused, it is
// parked whole. Order is kept where it matters: a transaction that touches what is parked is parked behind it.

import { errorCode, type Logger } from "@strangler/platform";
import type { BeginMessage, RowMessage } from "../capture/pgoutput.ts";
import { CommitRefusedError, TargetRefusedError } from "../errors.ts";
import type { Change } from "../parked/change.ts";
import { NoteNotParkableError } from "../parked/errors.ts";
import type { Parking } from "../parked/parking.ts";
import type { ParkedReason } from "../parked/parked-store.ts";
import { formatTable } from "../postgres/quote.ts";
import type { Conflicts } from "../two-way/conflicts.ts";
import { addToBatch, createBatch, type Batch } from "./batch.ts";
import type { FollowedTable } from "./followed-table.ts";
import { truncateTables, writeOne, type Found } from "./one-by-one.ts";
import { isRefusal } from "./refusal.ts";
import type { Unit } from "./unit.ts";
import { sendBatch, type SentWrite, type Writer } from "./write-batch.ts";

export type CareOptions = {
  writer: Writer;
  stream: string;
  parking: Parking;
  /** Only of a stream whose target is written by others, too. */
  conflicts: Conflicts | undefined;
  onFound: (found: Found, message: RowMessage, table: FollowedTable) => Promise<void>;
  onWritten: (writes: readonly SentWrite[]) => Promise<void>;
  onOneByOne: () => void;
  onNote: (unit: Extract<Unit, { kind: "note" }>) => Promise<void>;
  log: Logger;
};

/** Writes units inside the target's transaction that is open. */
export type CarefulWriter = {
  /**
   * `goesOn`: the unit begins within a source transaction of which a part is written already. `isRefused`: the target has just
   * refused all of the unit at once. Throws TransactionSetAsideError, TooMuchParkedError; and where nothing may be parked,
   * TargetRefusedError or CommitRefusedError.
   */
  write: (unit: Unit, goesOn: BeginMessage | undefined, isRefused: boolean) => Promise<void>;
};

export function createCarefulWriter(options: CareOptions): CarefulWriter {
  const { writer, stream, parking, conflicts, log } = options;
  const { session } = writer;

  async function writeBatch(batch: Batch, unit: Unit, goesOn: BeginMessage | undefined, isRefused: boolean) {
    const pieces = split(batch, unit.open, goesOn);
    for (let at = 0; at < pieces.length;) {
      const piece = pieces[at] as Piece;
      if (!piece.isWhole) {
        await writePiece(piece);
        at += 1;
        continue;
      }
      let end = at + 1;
      while (pieces[end]?.isWhole === true) end += 1;
      await writeRun(pieces.slice(at, end), isRefused && pieces.length === end - at);
      at = end;
    }
  }

  async function writeRun(pieces: readonly Piece[], isRefused: boolean): Promise<void> {
    const free: Piece[] = [];
    for (const piece of pieces) {
      if (!(await parkBehind(piece))) free.push(piece);
    }
    if (free.length === 0) return;
    const isKnown = isRefused && free.length === pieces.length;
    if (!isKnown && (await isTakenAtOnce(free))) return;
    if (free.length === 1) return writeAlone(free[0] as Piece);
    const middle = free.length >> 1;
    await writeRun(free.slice(0, middle), false);
    await writeRun(free.slice(middle), false);
  }

  async function parkBehind({ begin, changes }: Piece): Promise<boolean> {
    if (begin === undefined || !parking.isWatchful()) return false;
    if (parking.takesPieces(begin)) {
      await parking.append(begin, changes);
      return true;
    }
    const blocker = await parking.findBlocker(changes);
    if (blocker === undefined) return false;
    await park(begin, changes, { waitsFor: blocker });
    return true;
  }

  async function park(begin: BeginMessage, changes: readonly Change[], reason: ParkedReason): Promise<void> {
    await parking.park(begin, changes, reason);
    const { waitsFor, table, key, sqlState } = reason;
    log.warn({ transaction: begin.transactionId, waitsFor, table, key, sqlState }, "a source transaction is parked");
  }

  async function isTakenAtOnce(pieces: readonly Piece[]): Promise<boolean> {
    const batch = fold(pieces);
    if (batch === undefined) return false;
    if (conflicts !== undefined && (await conflicts.isAnyIn(batch))) return false;
    const begun = session.query("SAVEPOINT run");
    const writes = sendBatch(writer, batch);
    const isComplete = pieces.every(({ isEnd }) => isEnd);
    const checked = session.query(isComplete ? `${CHECK_AT_ONCE}; RELEASE SAVEPOINT run` : "RELEASE SAVEPOINT run");
    const sent = [begun, ...writes.map(({ done }) => done), checked];
    const failed = (await Promise.allSettled(sent)).find((answer) => answer.status === "rejected");
    if (failed === undefined) {
      await options.onWritten(writes);
      return true;
    }
    if (!isRefusal(failed.reason)) throw failed.reason;
    await session.query("ROLLBACK TO SAVEPOINT run; RELEASE SAVEPOINT run");
    return false;
  }

  async function writeAlone(piece: Piece): Promise<void> {
    const { begin, changes } = piece;
    options.onOneByOne();
    const refusal = await findRefusal(piece);
    if (refusal === undefined) return;
    if (begin === undefined || !parking.isAllowed) throw refusal;
    await park(begin, changes, readReason(refusal));
  }

  // A part of a transaction that goes on in the next unit, or comes from the one before.
  async function writePiece(piece: Piece): Promise<void> {
    const { begin, changes } = piece;
    if (begin !== undefined && parking.takesPieces(begin)) return parking.append(begin, changes);
    const blocker = parking.isWatchful() ? await parking.findBlocker(changes) : undefined;
    if (blocker !== undefined && begin !== undefined) return parking.setAside(begin, { waitsFor: blocker });
    if (await isTakenAtOnce([piece])) return;
    const refusal = await findRefusal(piece);
    if (refusal === undefined) return;
    if (begin === undefined || !parking.isAllowed) throw refusal;
    await parking.setAside(begin, readReason(refusal));
  }

  async function findRefusal({
    begin,
    changes,
    isEnd,
  }: Piece): Promise<TargetRefusedError | CommitRefusedError | undefined> {
    // A constraint that the source checks at the end of its statement or transaction is checked at the end here too.
    await session.query("SAVEPOINT alone; SET CONSTRAINTS ALL DEFERRED");
    try {
      await writeInOrder(begin, changes);
      await session.query(isEnd ? `${CHECK_AT_ONCE}; RELEASE SAVEPOINT alone` : "RELEASE SAVEPOINT alone");
      return undefined;
    } catch (error) {
      if (!(error instanceof TargetRefusedError) && !isRefusal(error)) throw error;
      await session.query("ROLLBACK TO SAVEPOINT alone; RELEASE SAVEPOINT alone");
      return error instanceof TargetRefusedError ? error : new CommitRefusedError(stream, error);
    }
  }

  async function writeInOrder(begin: BeginMessage | undefined, changes: readonly Change[]): Promise<void> {
    for (const change of changes) {
      if (change.kind === "truncate") await truncateTables(session, change.tables);
      else for (const table of change.tables) await writeRow(begin, change.message, table);
    }
  }

  async function writeRow(begin: BeginMessage | undefined, message: RowMessage, table: FollowedTable): Promise<void> {
    if (conflicts !== undefined && !(await conflicts.mayWrite(message, table, begin))) return;
    await options.onFound(await writeOne(writer, message, table), message, table);
  }

  async function writeNote(unit: Extract<Unit, { kind: "note" }>, goesOn: BeginMessage | undefined): Promise<void> {
    const begin = unit.open ?? goesOn;
    if (unit.note.transactional && begin !== undefined && parking.takesPieces(begin))
      throw new NoteNotParkableError(stream, unit.note.prefix, begin.transactionId);
    await options.onNote(unit);
  }

  return {
    async write(unit, goesOn, isRefused) {
      if (unit.kind === "batch") return writeBatch(unit.batch, unit, goesOn, isRefused);
      if (unit.kind === "note") return writeNote(unit, goesOn);
      const begin = unit.open ?? goesOn;
      // A message that fills several tables comes once for each; it is one change, and parked once.
      if (unit.kind === "single" && unit.changes === 0 && begin !== undefined && parking.takesPieces(begin)) return;
      const change: Change =
        unit.kind === "truncate"
          ? { kind: "truncate", tables: unit.tables }
          : { kind: "row", message: unit.message, tables: [unit.table] };
      return writePiece({ begin, changes: [change], isWhole: false, isEnd: unit.boundary !== undefined });
    },
  };
}

/** A source transaction's changes within one unit. */
export type Piece = {
  begin: BeginMessage | undefined;
  changes: readonly Change[];
  /** It begins and ends here. */
  isWhole: boolean;
  isEnd: boolean;
};

/** The batch's messages by source transaction. Pure. */
export function split(batch: Batch, open: BeginMessage | undefined, goesOn: BeginMessage | undefined): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  const take = (after: number, begin: BeginMessage | undefined, isWhole: boolean, isEnd: boolean) => {
    const changes = batch.messages
      .slice(from, after)
      .map((message): Change => ({ kind: "row", message, tables: batch.relations.get(message.relationId) ?? [] }));
    if (changes.length > 0) pieces.push({ begin, changes, isWhole, isEnd });
    from = after;
  };
  for (const { after, begin } of batch.ends) take(after, begin, begin !== goesOn, true);
  take(batch.messages.length, open, false, false);
  return pieces;
}

// --- internal ---

// What the target checks at the end is checked here, while it is known whose fault it is.
const CHECK_AT_ONCE = "SET CONSTRAINTS ALL IMMEDIATE";

/** Undefined when a change among them can only be written by itself. */
function fold(pieces: readonly Piece[]): Batch | undefined {
  const batch = createBatch();
  for (const { changes } of pieces) {
    for (const change of changes) {
      if (change.kind !== "row" || !addToBatch(batch, change.message, change.tables)) return undefined;
    }
  }
  return batch;
}

function readReason(refusal: TargetRefusedError | CommitRefusedError): ParkedReason {
  const { cause } = refusal;
  const text = (name: string) => {
    const value =
      typeof cause === "object" && cause !== null && name in cause
        ? (cause as Record<string, unknown>)[name]
        : undefined;
    return typeof value === "string" ? { [name]: value } : {};
  };
  const own = refusal instanceof TargetRefusedError ? { table: refusal.table, key: refusal.key } : placeOf(cause);
  const sqlState = errorCode(cause);
  return { ...own, ...text("message"), ...text("detail"), ...(sqlState === undefined ? {} : { sqlState }) };
}

// A constraint that was checked at the end names its table itself.
function placeOf(cause: unknown): ParkedReason {
  if (typeof cause !== "object" || cause === null || !("table" in cause) || !("schema" in cause)) return {};
  return { table: formatTable({ schema: String(cause.schema), name: String(cause.table) }) };
}
