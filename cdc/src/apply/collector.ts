// Between the log and the target. Messages come in one by one; out go units of work. While the target is busy with one unit,
// everything that arrives is folded into the next, so that a slow target gets few large transactions and a fast one many
// small ones, without a timer that would delay the first change of a quiet hour.
//
// A transaction's changes wait in `open` until its commit arrives, then join `ready`, which holds whole transactions only.
// One that outgrows `pieceBytes` is handed on in pieces, in order, that the target keeps in one transaction.

import type { PgoutputMessage, Relation, RowMessage, TruncateMessage } from "../capture/pgoutput.ts";
import { addToBatch, createBatch, type Batch } from "./batch.ts";
import type { FollowedTable } from "./followed-table.ts";
import type { Boundary, Unit, Work } from "./unit.ts";

export type CollectorOptions = {
  /** A unit is closed when it holds this much. */
  pieceBytes: number;
  pieceChanges: number;
  /** The table to follow for a relation, or undefined when the stream does not carry it. Throws when it does not fit the plan. */
  follow: (relation: Relation) => FollowedTable | undefined;
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
};

export function createCollector({ pieceBytes, pieceChanges, follow }: CollectorOptions): Collector {
  const tables = new Map<number, FollowedTable | undefined>();
  const closed: Unit[] = [];
  let open: (RowMessage | TruncateMessage)[] = [];
  let openBytes = 0;
  let inTransaction = false;
  let openCommitTime = 0n;
  let ready = createBatch();
  let readyBoundary: Boundary | undefined;
  // Complete transactions whose changes were handed on without a boundary: the next boundary speaks for them too.
  let handedOn: Boundary | undefined;
  let waiting = 0;

  function close(work: Work, bytes: number, changes: number, boundary: Boundary | undefined): void {
    closed.push({ ...work, bytes, changes, boundary });
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

  function foldIn(message: RowMessage, table: FollowedTable): void {
    if (isLarge(ready)) closeReady(undefined);
    if (addToBatch(ready, message, table)) return;
    closeReady(undefined);
    close({ kind: "single", message, table }, message.size, 1, undefined);
  }

  // From here on nothing of what waits may be handed on alone before the transaction's end.
  function foldInOpen(): void {
    for (const message of open) {
      if (message.kind === "truncate") {
        const truncated = message.relationIds.map((id) => tables.get(id)).filter((table) => table !== undefined);
        closeReady(undefined);
        if (truncated.length > 0) close({ kind: "truncate", tables: truncated }, 0, 1, undefined);
      } else {
        const table = tables.get(message.relationId);
        if (table === undefined) waiting -= message.size;
        else foldIn(message, table);
      }
    }
    open = [];
    openBytes = 0;
  }

  // What was folded in under the old layout of a table is handed on before the new one counts.
  function announce(relation: Relation): void {
    const followed = follow(relation);
    const known = tables.get(relation.id);
    if (known !== undefined && (followed === undefined || !sameLayout(known, followed))) {
      handOnPiece();
    }
    if (known === undefined || followed === undefined || !sameLayout(known, followed)) {
      tables.set(relation.id, followed);
    }
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

  function commit(endLsn: bigint, commitTime: bigint): void {
    inTransaction = false;
    foldInOpen();
    const before = readyBoundary ?? handedOn;
    readyBoundary = {
      endLsn,
      commitTime,
      firstCommitTime: before?.firstCommitTime ?? commitTime,
      transactions: (before?.transactions ?? 0) + 1,
    };
    if (isLarge(ready)) closeComplete();
  }

  function addRow(message: RowMessage | TruncateMessage, size: number): void {
    open.push(message);
    openBytes += size;
    waiting += size;
    if (openBytes >= pieceBytes || open.length >= pieceChanges) handOnPiece();
  }

  return {
    add(message) {
      switch (message.kind) {
        case "row":
          addRow(message, message.size);
          break;
        case "begin":
          inTransaction = true;
          openCommitTime = message.commitTime;
          break;
        case "commit":
          commit(message.endLsn, message.commitTime);
          break;
        case "relation":
          announce(message.relation);
          break;
        case "truncate":
          addRow(message, 0);
          break;
        case "origin":
        case "type":
        case "message":
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
    isEmpty: () => closed.length === 0 && readyBoundary === undefined && !inTransaction,
    oldestCommitTime() {
      const oldest = closed.find((unit) => unit.boundary !== undefined)?.boundary?.firstCommitTime;
      if (oldest !== undefined) return oldest;
      return readyBoundary?.firstCommitTime ?? (inTransaction ? openCommitTime : undefined);
    },
  };
}

// --- internal ---

function sameLayout(one: FollowedTable, other: FollowedTable): boolean {
  return (
    one.inputAt.join() === other.inputAt.join() &&
    one.keyPlaces.join() === other.keyPlaces.join() &&
    one.inOldKey.join() === other.inOldKey.join()
  );
}
