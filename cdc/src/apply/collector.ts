// Between the log and the target. Messages come in one by one; out go units of work. While the target is busy with one unit,
// everything that arrives is folded into the next, so that a slow target gets few large transactions and a fast one many
// small ones, without a timer that would delay the first change of a quiet hour.
//
// A transaction's changes wait in `open` until its commit arrives, then join `ready`, which holds whole transactions only.
// One that outgrows `pieceBytes` is handed on in pieces, in order, that the target keeps in one transaction.

import type {
  BeginMessage,
  CommitMessage,
  LogicalMessage,
  PgoutputMessage,
  Relation,
  RowMessage,
  TruncateMessage,
} from "../capture/pgoutput.ts";
import { ProtocolError } from "../errors.ts";
import { addToBatch, createBatch, type Batch } from "./batch.ts";
import type { FollowedTable } from "./followed-table.ts";
import type { Boundary, Unit, Work } from "./unit.ts";

export type CollectorOptions = {
  /** A unit is closed when it holds this much. */
  pieceBytes: number;
  pieceChanges: number;
  /** The tables that are filled from a relation; none when the stream does not carry it. Throws when it does not fit the plan. */
  follow: (relation: Relation) => readonly FollowedTable[];
  /** Whether anybody wants to know of notes with this prefix; the others are passed over. */
  isWanted: (prefix: string) => boolean;
  /** Transactions that carry an origin, because they were brought there and not written there, are passed over. */
  localOnly?: boolean;
};

export type Collector = {
  add: (message: PgoutputMessage) => void;
  /** The next unit, or undefined when nothing complete has arrived. */
  take: () => Unit | undefined;
  /** Bytes of log that were added and not yet taken. */
  waitingBytes: () => number;
  /** Nothing at all is waiting, not even a transaction of which only a part has arrived. */
  isEmpty: () => boolean;
  /** When the source committed the oldest transaction that waits; undefined when none does. */
  oldestCommitTime: () => bigint | undefined;
  /** The complete units that wait, and the batch that is being filled. For whoever wants to count what is in them. */
  waiting: () => { closed: readonly Unit[]; ready: Batch };
};

export function createCollector({
  pieceBytes,
  pieceChanges,
  follow,
  isWanted,
  localOnly = false,
}: CollectorOptions): Collector {
  const tables = new Map<number, readonly FollowedTable[]>();
  const closed: Unit[] = [];
  let open: (RowMessage | TruncateMessage | LogicalMessage)[] = [];
  let openBytes = 0;
  // The transaction that has begun and is not complete yet.
  let begun: BeginMessage | undefined;
  let isBrought = false;
  let ready = createBatch();
  let readyBoundary: Boundary | undefined;
  // Complete transactions whose changes were handed on without a boundary: the next boundary speaks for them too.
  let handedOn: Boundary | undefined;
  let waiting = 0;

  function close(work: Work, bytes: number, changes: number, boundary: Boundary | undefined): void {
    closed.push({ ...work, bytes, changes, boundary, open: boundary === undefined ? begun : undefined });
  }

  // Hands `ready` on. Without a boundary when a part of a transaction has been folded in and the rest is still to come.
  function closeReady(boundary: Boundary | undefined): void {
    if (ready.messages.length === 0 && boundary === undefined) return;
    close({ kind: "batch", batch: ready }, ready.bytes, ready.messages.length, boundary);
    ready = createBatch();
    handedOn = boundary === undefined ? (readyBoundary ?? handedOn) : undefined;
    readyBoundary = undefined;
  }

  function isLarge(batch: Batch): boolean {
    return batch.bytes >= pieceBytes || batch.messages.length >= pieceChanges;
  }

  function foldIn(message: RowMessage, filled: readonly FollowedTable[]): void {
    if (isLarge(ready)) closeReady(undefined);
    if (addToBatch(ready, message, filled)) return;
    closeReady(undefined);
    filled.forEach((table, place) => {
      const isLast = place === filled.length - 1;
      close({ kind: "single", message, table }, isLast ? message.size : 0, isLast ? 1 : 0, undefined);
    });
  }

  // From here on nothing of what waits may be handed on alone before the transaction's end.
  function foldInOpen(): void {
    for (const message of open) {
      if (message.kind === "truncate") {
        const truncated = message.relationIds.flatMap((id) => tables.get(id) ?? []);
        closeReady(undefined);
        if (truncated.length > 0) close({ kind: "truncate", tables: truncated }, 0, 1, undefined);
      } else if (message.kind === "message") {
        closeReady(undefined);
        close({ kind: "note", note: message }, 0, 0, undefined);
      } else {
        const filled = tables.get(message.relationId);
        // A table that the stream does not carry is announced like any other; what was never announced must not vanish in silence.
        if (filled === undefined)
          throw new ProtocolError(`a row of the relation ${message.relationId}, which was never announced`);
        if (filled.length === 0) waiting -= message.size;
        else foldIn(message, filled);
      }
    }
    open = [];
    openBytes = 0;
  }

  // What was folded in under the old layout of a table is handed on before the new one counts.
  function announce(relation: Relation): void {
    const followed = follow(relation);
    const known = tables.get(relation.id);
    if (known !== undefined && sameLayouts(known, followed)) return;
    if (known !== undefined) handOnPiece();
    tables.set(relation.id, followed);
  }

  // A note outside of any transaction stands behind all that was committed before it.
  function addLooseNote(note: LogicalMessage): void {
    const before = readyBoundary;
    closeComplete();
    const boundary = { endLsn: note.lsn, commitTime: before?.commitTime, firstCommitTime: undefined, transactions: 0 };
    close({ kind: "note", note }, 0, 0, boundary);
  }

  function handOnPiece(): void {
    if (open.length > 0) {
      closeComplete();
      foldInOpen();
      closeReady(undefined);
    } else {
      closeComplete();
    }
  }

  function closeComplete(): void {
    if (readyBoundary !== undefined) closeReady(readyBoundary);
  }

  function commit({ endLsn, commitTime, cursor }: CommitMessage): void {
    foldInOpen();
    if (begun !== undefined) ready.ends.push({ after: ready.messages.length, begin: begun });
    begun = undefined;
    const before = readyBoundary ?? handedOn;
    readyBoundary = {
      endLsn,
      commitTime,
      firstCommitTime: before?.firstCommitTime ?? commitTime,
      transactions: (before?.transactions ?? 0) + 1,
      ...(cursor === undefined ? {} : { cursor }),
    };
    if (isLarge(ready)) closeComplete();
  }

  function addRow(message: RowMessage | TruncateMessage | LogicalMessage, size: number): void {
    open.push(message);
    openBytes += size;
    waiting += size;
    if (openBytes >= pieceBytes || open.length >= pieceChanges) handOnPiece();
  }

  return {
    add(message) {
      switch (message.kind) {
        case "row":
          if (!isBrought) addRow(message, message.size);
          break;
        case "begin":
          begun = message;
          isBrought = false;
          break;
        case "commit":
          commit(message);
          break;
        case "relation":
          announce(message.relation);
          break;
        case "truncate":
          if (!isBrought) addRow(message, 0);
          break;
        case "message":
          if (!isWanted(message.prefix) || (isBrought && message.transactional)) break;
          if (message.transactional) addRow(message, 0);
          else addLooseNote(message);
          break;
        case "origin":
          isBrought = localOnly;
          break;
        case "type":
          break;
      }
    },
    take() {
      if (closed.length === 0) closeComplete();
      const unit = closed.shift();
      if (unit !== undefined) waiting -= unit.bytes;
      return unit;
    },
    waitingBytes: () => waiting,
    waiting: () => ({ closed, ready }),
    isEmpty: () => closed.length === 0 && readyBoundary === undefined && begun === undefined,
    oldestCommitTime() {
      const oldest = closed.find((unit) => unit.boundary?.firstCommitTime !== undefined)?.boundary?.firstCommitTime;
      if (oldest !== undefined) return oldest;
      return readyBoundary?.firstCommitTime ?? begun?.commitTime;
    },
  };
}

// --- internal ---

function sameLayouts(one: readonly FollowedTable[], other: readonly FollowedTable[]): boolean {
  return one.length === other.length && one.every((table, place) => sameLayout(table, other[place] as FollowedTable));
}

function sameLayout(one: FollowedTable, other: FollowedTable): boolean {
  return (
    one.resolved === other.resolved &&
    one.inputAt.join() === other.inputAt.join() &&
    one.keyPlaces.join() === other.keyPlaces.join() &&
    one.inOldKey.join() === other.inOldKey.join()
  );
}
