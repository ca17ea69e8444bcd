// From topics back to the log: what lies in many partitions is told as one log again, whole transactions in commit order, in
// pgoutput's messages.
//
// Each partition is a queue whose order is the source's. The transaction topic has one partition, and its ENDs are the commit
// order. Of the transaction whose turn it is, the events stand first in their queues (see open-transaction.ts); everything behind
// waits. Rows that were read as a snapshot belong to no transaction and are told as soon as they stand first, which keeps them in
// order with the changes of the same row, because those are in the same partition.
//
// A connector that was interrupted writes again what it had written: events, or whole transactions. They are known by their
// transaction, or by the position that was committed before them, and are passed over.
//
// With `order: per-key` there is no transaction topic: every partition is told as it comes.

import type { PgoutputMessage, Relation, RowMessage } from "../../capture/pgoutput.ts";
import type { IncomingRecord, PartitionRange, RecordBatch, TopicPartition } from "../port.ts";
import { formatCursor, offsetIn, type TopicCursor } from "./cursor.ts";
import { EventWithoutTransactionError, TopicsChangedError, TruncateWithoutOrderError } from "./errors.ts";
import type { KafkaTable } from "./kafka-table.ts";
import { findNext, type OpenTransaction } from "./open-transaction.ts";
import { createPartitionLog, nextOffset, type PartitionLog, type WaitingEvent } from "./partition-log.ts";
import { createQueue } from "./queue.ts";
import type { EventReader } from "./read-event.ts";
import { readTransactionEnd, type TransactionEnd } from "./read-transaction.ts";

export type AssemblerOptions = {
  tables: readonly KafkaTable[];
  /** Undefined with `order: per-key`. */
  transactionTopic: string | undefined;
  /** Every partition of the tables' topics, with the offset to begin at where nothing is stored. */
  partitions: readonly (TopicPartition & { first: number })[];
  from: TopicCursor;
  /** The stored position; those that are told are larger. */
  position: bigint;
  readEvent: EventReader;
  emit: (message: PgoutputMessage) => void;
  /** Whether the listener wants to be told no more for now. */
  isHeld: () => boolean;
};

export type Assembler = {
  add: (batch: RecordBatch) => void;
  /** Tells everything that can be told. */
  tell: () => void;
  /** Bytes that wait. */
  waitingBytes: () => number;
  /** Partitions of which something waits. */
  waitingPartitions: () => TopicPartition[];
  /** The position of the last transaction that has arrived, told or not. */
  received: () => bigint;
  /** The last one that was told. */
  position: () => bigint;
  /** Whether everything before these ends has arrived and is told. */
  hasTold: (ends: readonly PartitionRange[]) => boolean;
  /** The source says that nothing is missing before this position: what is told from now on is behind it. */
  raise: (position: bigint) => void;
};

export function createAssembler(options: AssemblerOptions): Assembler {
  const { emit, isHeld, readEvent, from } = options;
  const logs = options.partitions.map((each) => createPartitionLog(each, offsetIn(from, each) ?? each.first));
  const tableOf = new Map(options.tables.map((table) => [table.topic, table]));
  const logsOf = groupByTopic(logs);
  const ends = createQueue<TransactionEnd & { offset: number }>();
  const told = createRecentKeys();
  const tableOfCollection = collectionFinder(options.tables);
  let endArrives = options.transactionTopic === undefined ? 0 : (from.offsets[options.transactionTopic]?.[0] ?? 0);
  let done = BigInt(from.done);
  let position = options.position;
  let received = position;
  let open: OpenTransaction | undefined;
  // A begin has been told without its commit.
  let isBegun = false;
  let beganAt = 0n;
  let oldHalf: RowMessage | undefined;
  let waitingBytes = 0;
  // Of them, events that need no transaction.
  let looseWaiting = 0;
  // As it was last told, by its id.
  const announced = new Map<number, Relation>();

  function addEvents(log: PartitionLog, table: KafkaTable, records: readonly IncomingRecord[]): void {
    for (const record of records) {
      if (record.offset < log.arrives) continue;
      const event = readEvent(record, table);
      log.arrives = record.offset + 1;
      if (event.kind === "pass") continue;
      if (isRepeated(event)) continue;
      const bytes = record.value?.length ?? 0;
      log.waiting.push({ offset: record.offset, bytes, event });
      waitingBytes += bytes;
      if (event.place.transaction === undefined || options.transactionTopic === undefined) looseWaiting += 1;
    }
  }

  function addEnds(topic: string, records: readonly IncomingRecord[]): void {
    for (const record of records) {
      if (record.offset < endArrives) continue;
      endArrives = record.offset + 1;
      const end = readTransactionEnd(record, topic);
      if (end === undefined) continue;
      ends.push({ ...end, offset: record.offset });
      if (end.position !== undefined && end.position > received) received = end.position;
    }
  }

  function take(log: PartitionLog): WaitingEvent | undefined {
    const waiting = log.waiting.take();
    waitingBytes -= waiting?.bytes ?? 0;
    return waiting;
  }

  function begin(commitTime: bigint, transactionId: number): void {
    if (isBegun) return;
    isBegun = true;
    beganAt = commitTime;
    emit({ kind: "begin", finalLsn: position + 1n, commitTime, transactionId });
  }

  function commit(endLsn: bigint, commitTime: bigint): void {
    flushHalf();
    isBegun = false;
    position = endLsn > position ? endLsn : position + 1n;
    if (position > received) received = position;
    emit({ kind: "commit", commitLsn: position, endLsn: position, commitTime, cursor: formatCursor(cursor()) });
  }

  function cursor(): TopicCursor {
    const offsets: TopicCursor["offsets"] = {};
    for (const [topic, ofTopic] of logsOf) offsets[topic] = ofTopic.map(nextOffset);
    if (options.transactionTopic !== undefined)
      offsets[options.transactionTopic] = [ends.first()?.offset ?? endArrives];
    return { offsets, done: done.toString() };
  }

  function flushHalf(): void {
    if (oldHalf === undefined) return;
    const half = oldHalf;
    oldHalf = undefined;
    emit(half);
  }

  function announce(relation: Relation): void {
    if (announced.get(relation.id) === relation) return;
    announced.set(relation.id, relation);
    emit({ kind: "relation", relation });
  }

  function tellEvent(table: KafkaTable, { event }: WaitingEvent): void {
    if (event.kind === "counted") return;
    announce(event.kind === "row" ? event.relation : (announced.get(table.relation.id) ?? table.relation));
    if (event.kind === "truncate") {
      flushHalf();
      emit({ kind: "truncate", relationIds: [table.relation.id], cascade: false, restartIdentity: false });
    } else if (event.half === "old" && options.transactionTopic !== undefined) {
      flushHalf();
      oldHalf = event.message;
    } else if (event.half === "new" && oldHalf !== undefined) {
      const renamed = joinHalves(oldHalf, event.message);
      oldHalf = undefined;
      emit(renamed);
    } else {
      flushHalf();
      // A row that is not whole can only change one that is there.
      emit(event.isWhole || event.message.op !== "insert" ? event.message : { ...event.message, op: "update" });
    }
  }

  function tableOfLog(log: PartitionLog): KafkaTable {
    return tableOf.get(log.topic) as KafkaTable;
  }

  // Everything that needs no transaction: snapshots, or all there is when keys are the only order.
  // Answers whether there was any.
  function tellLoose(): boolean {
    if (looseWaiting === 0) return false;
    const before = looseWaiting;
    let last = 0n;
    for (const log of logs) {
      for (let first = log.waiting.first(); first !== undefined; first = log.waiting.first()) {
        if (isHeld() || !isLoose(log, first)) break;
        const table = tableOfLog(log);
        take(log);
        looseWaiting -= 1;
        last = first.event.place.commitTime;
        begin(last, 0);
        tellEvent(table, first);
      }
    }
    if (isBegun && open === undefined) commit(0n, last);
    return looseWaiting < before;
  }

  function isLoose(log: PartitionLog, { event, offset }: WaitingEvent): boolean {
    if (options.transactionTopic === undefined) {
      const partitions = logsOf.get(log.topic)?.length ?? 1;
      if (event.kind === "truncate" && partitions > 1) throw new TruncateWithoutOrderError(log.topic);
      return true;
    }
    if (event.place.isSnapshot) return true;
    if (event.place.transaction === undefined) throw new EventWithoutTransactionError(`${log.topic} at ${offset}`);
    return false;
  }

  function isRepeated({ place: { transaction, behind } }: WaitingEvent["event"]): boolean {
    if (options.transactionTopic === undefined || transaction === undefined) return false;
    return (behind !== undefined && behind < done) || told.has(transaction.key);
  }

  function openNext(): void {
    const end = ends.take();
    if (end === undefined) return;
    const isDone = end.position === undefined ? told.has(end.key) : end.position <= done;
    if (isDone) return openNext();
    const tables: OpenTransaction["tables"] = [];
    for (const [collection, count] of end.counts) {
      const table = tableOfCollection(collection);
      if (table === undefined || count === 0) continue;
      const ofTopic = logsOf.get(table.topic);
      // A connector makes a table's topic with its first event.
      if (ofTopic === undefined) throw new TopicsChangedError(table.topic);
      tables.push({ collection, told: 0, count, logs: ofTopic });
    }
    open = { end, tables };
  }

  // Answers false when something has to arrive first.
  function tellOpen(transaction: OpenTransaction): boolean {
    const found = findNext(transaction, ({ event }) => isRepeated(event), take);
    if (found.kind === "wait") return false;
    if (found.kind === "complete") {
      finish(transaction.end);
      return true;
    }
    const table = tableOfLog(found.log);
    const waiting = take(found.log) as WaitingEvent;
    begin(transaction.end.commitTime, Number(transaction.end.key) || 0);
    tellEvent(table, waiting);
    found.table.told += 1;
    if (found.table.told === found.table.count) {
      transaction.tables = transaction.tables.filter((each) => each !== found.table);
    }
    return true;
  }

  // Of a transaction that touched nothing of the stream only the position is told.
  function finish(end: TransactionEnd): void {
    open = undefined;
    told.add(end.key);
    if (end.position !== undefined) done = end.position;
    if (!isBegun) begin(end.commitTime, Number(end.key) || 0);
    commit(end.position ?? 0n, beganAt);
  }

  return {
    add({ topic, partition, records }) {
      if (topic === options.transactionTopic) return addEnds(topic, records);
      const table = tableOf.get(topic);
      const log = logsOf.get(topic)?.[partition];
      if (table !== undefined && log !== undefined) addEvents(log, table, records);
    },
    tell() {
      for (;;) {
        tellLoose();
        if (isHeld()) return;
        if (open === undefined) openNext();
        if (open === undefined) return;
        if (!tellOpen(open) && !tellLoose()) return;
      }
    },
    waitingBytes: () => waitingBytes,
    waitingPartitions: () => logs.filter(({ waiting }) => waiting.length() > 0),
    received: () => received,
    position: () => position,
    hasTold: (ranges) =>
      open === undefined &&
      waitingBytes === 0 &&
      ends.length() === 0 &&
      ranges.every(({ topic, partition, next }) =>
        topic === options.transactionTopic
          ? endArrives >= next
          : (logsOf.get(topic)?.[partition]?.arrives ?? next) >= next,
      ),
    raise: (to) => {
      if (to > position) position = to;
      if (to > received) received = to;
    },
  };
}

// --- internal ---

function groupByTopic(logs: readonly PartitionLog[]): Map<string, PartitionLog[]> {
  const groups = new Map<string, PartitionLog[]>();
  for (const log of logs) {
    const group = groups.get(log.topic) ?? [];
    group[log.partition] = log;
    groups.set(log.topic, group);
  }
  return groups;
}

// "schema.table", and of connectors that see several databases, "database.schema.table".
function collectionFinder(tables: readonly KafkaTable[]) {
  const known = new Map<string, KafkaTable | undefined>();
  return (collection: string) => {
    if (!known.has(collection)) {
      if (known.size > MOST_COLLECTIONS) known.clear();
      known.set(
        collection,
        tables.find(({ from }) => collection === from || collection.endsWith(`.${from}`)),
      );
    }
    return known.get(collection);
  };
}

const MOST_COLLECTIONS = 10_000;

/** The transactions that were told last. */
function createRecentKeys() {
  const keys = new Set<string>();
  return {
    has: (key: string) => keys.has(key),
    add(key: string) {
      keys.add(key);
      if (keys.size <= MOST_RECENT) return;
      for (const oldest of keys) {
        keys.delete(oldest);
        break;
      }
    },
  };
}

const MOST_RECENT = 10_000;

// Large values that did not change stay with the row that is renamed, so both events are one change of it.
function joinHalves(old: RowMessage, renamed: RowMessage): RowMessage {
  const before = old.bytes.subarray(old.old, old.old + old.size);
  const after = renamed.bytes.subarray(renamed.new, renamed.new + renamed.size);
  return {
    ...renamed,
    op: "update",
    bytes: Buffer.concat([before, after]),
    oldIs: "key",
    old: 0,
    new: before.length,
    size: before.length + after.length,
  };
}
