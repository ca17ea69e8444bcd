// One source transaction while its events come in. Its END says how many events each table has; each event says its number among
// those of its table and among all. So the next event of every table is known exactly, and the lowest of them is the next of the
// transaction: however large it is, none of it has to be held back until the rest is there.

import { EventsMissingError } from "./errors.ts";
import { nextOffset, type PartitionLog, type WaitingEvent } from "./partition-log.ts";
import type { TransactionEnd } from "./read-transaction.ts";

export type OpenTransaction = {
  end: TransactionEnd;
  /** Of each table that still has events to come. */
  tables: { collection: string; told: number; count: number; logs: readonly PartitionLog[] }[];
};

export type Found =
  | { kind: "event"; log: PartitionLog; table: OpenTransaction["tables"][number] }
  | { kind: "complete" }
  /** The next event has not arrived. */
  | { kind: "wait" };

/**
 * Finds the transaction's next event: the first in its partition. `drop` is called for a partition whose first event has been
 * told before. Throws EventsMissingError.
 */
export function findNext(
  transaction: OpenTransaction,
  isRepeated: (event: WaitingEvent) => boolean,
  drop: (log: PartitionLog) => void,
): Found {
  let lowest: { log: PartitionLog; table: OpenTransaction["tables"][number]; order: number } | undefined;
  for (const table of transaction.tables) {
    const log = findLog(transaction, table, isRepeated, drop);
    if (log === undefined) return { kind: "wait" };
    const order = log.waiting.first()?.event.place.transaction?.order ?? 0;
    if (lowest === undefined || order < lowest.order) lowest = { log, table, order };
  }
  return lowest === undefined ? { kind: "complete" } : { kind: "event", log: lowest.log, table: lowest.table };
}

// --- internal ---

function findLog(
  { end }: OpenTransaction,
  table: OpenTransaction["tables"][number],
  isRepeated: (event: WaitingEvent) => boolean,
  drop: (log: PartitionLog) => void,
): PartitionLog | undefined {
  let mayCome = false;
  for (const log of table.logs) {
    for (let first = log.waiting.first(); first !== undefined; first = log.waiting.first()) {
      const place = first.event.place.transaction;
      if (place?.key === end.key) {
        if (place.collectionOrder === table.told + 1) return log;
        if (place.collectionOrder > table.told) break;
      } else if (place === undefined || !isRepeated(first)) {
        break;
      }
      drop(log);
    }
    // A row of a snapshot is told by itself, and what stands behind it then comes to be first.
    const first = log.waiting.first();
    mayCome ||= first === undefined || first.event.place.isSnapshot;
  }
  // Within a partition the order is the source's: what stands behind a later event will not come any more.
  if (!mayCome) throw missing(end, table);
  return undefined;
}

function missing(end: TransactionEnd, { collection, told, count, logs }: OpenTransaction["tables"][number]) {
  const places = logs.map((log) => `${log.topic}/${log.partition} at ${nextOffset(log)}`);
  return new EventsMissingError(end.id, `${collection} (${places.join(", ")})`, told + 1, count);
}
