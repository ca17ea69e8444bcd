// From the messages of the log to those of the topics, one transaction after the other. Pure but for the clock that it is given.
//
// Every record says where it stands: the position of its transaction's commit, and a serial that grows within the transaction over
// all topics. BEGIN has serial 0; the event with total_order n has 2n, its tombstone 2n + 1; END has the largest there is.

import {
  AT_HEADER,
  END_HEADER,
  formatPosition,
  LAYOUT_HEADER,
  messageTopic,
  NEW_KEY_HEADER,
  OLD_KEY_HEADER,
  ROW_HEADER,
  transactionTopic,
} from "@strangler/change-event";
import type { LogicalMessage, PgoutputMessage, Relation, RowMessage, TruncateMessage } from "../../capture/pgoutput.ts";
import { ProtocolError } from "../../errors.ts";
import { tupleEnd } from "../../capture/tuple.ts";
import { POSTGRES_EPOCH_US } from "../../postgres/clock.ts";
import { formatLsn, type Lsn } from "../../postgres/lsn.ts";
import type { OutgoingRecord } from "../port.ts";
import { MESSAGE_KEY, MESSAGE_VALUE, TRANSACTION_KEY, TRANSACTION_VALUE } from "./event-schema.ts";
import { outboxRecord, type OutboxReader } from "./outbox.ts";
import { sourceBlock, timesOf, type SourceBlock } from "./source-block.ts";
import type { TableEncoder } from "./table-encoder.ts";

/** A record on its way: its partition is chosen by who sends it. */
export type PublishRecord = Omit<OutgoingRecord, "partition"> & { lsn: Lsn; serial: number };

export type EventWriterOptions = {
  prefix: string;
  schemas: boolean;
  database: string;
  /** Of our program, for `source.version`. */
  version: string;
  /** Undefined for a table that the stream does not carry. */
  encoderOf: (relation: Relation) => TableEncoder | undefined;
  /** For the outbox' rows; undefined for any other table. */
  outboxOf: (relation: Relation) => OutboxReader | undefined;
  now: () => number;
  emit: (record: PublishRecord) => void;
};

export type EventWriter = {
  add: (message: PgoutputMessage) => void;
  /** How many rows have been told so far. */
  changes: () => number;
};

export const END_SERIAL = Number.MAX_SAFE_INTEGER;

export function createEventWriter(options: EventWriterOptions): EventWriter {
  const { prefix, schemas, emit } = options;
  const known = new Map<number, Followed>();
  const topics = { transaction: transactionTopic(prefix), message: messageTopic(prefix) };
  const heads = schemas
    ? {
        key: TRANSACTION_KEY,
        value: TRANSACTION_VALUE,
        messageKey: MESSAGE_KEY,
        messageValue: MESSAGE_VALUE,
        tail: "}",
      }
    : { key: "", value: "", messageKey: "", messageValue: "", tail: "" };
  let open: Open | undefined;
  let lastCommit: Lsn | undefined;
  let changes = 0;

  function begin(lsn: Lsn, commitTime: bigint, transactionId: number): void {
    const source = sourceBlock({ ...options, lsn, lastCommit, commitTime, transactionId, snapshot: "false" });
    open = {
      lsn,
      id: `${transactionId}:${lsn}`,
      at: formatLsn(lsn),
      commitTime,
      source,
      times: timesOf(options.now()),
      total: 0,
      counts: new Map(),
    };
  }

  function current(): Open {
    if (open === undefined) throw new ProtocolError("a change outside of a transaction");
    return open;
  }

  function sendStatus(transaction: Open, serial: number, fields: string, headers: Record<string, string>): void {
    const id = JSON.stringify(transaction.id);
    const ms = String((transaction.commitTime + POSTGRES_EPOCH_US) / 1_000n);
    emit({
      topic: topics.transaction,
      key: `${heads.key}{"id":${id}}${heads.tail}`,
      value: `${heads.value}{${fields.replace("ID", id)},"ts_ms":${ms}}${heads.tail}`,
      headers: { [AT_HEADER]: formatPosition({ commitLsn: transaction.at, serial }), ...headers },
      lsn: transaction.lsn,
      serial,
    });
  }

  // Counts an event; the first of a transaction is what makes it known. Answers the event's `transaction` block.
  function count(transaction: Open, collection: string): string {
    if (transaction.total === 0) {
      sendStatus(transaction, 0, '"status":"BEGIN","id":ID,"event_count":null,"data_collections":null', {});
    }
    transaction.total += 1;
    const inCollection = (transaction.counts.get(collection) ?? 0) + 1;
    transaction.counts.set(collection, inCollection);
    return `{"id":"${transaction.id}","total_order":${transaction.total},"data_collection_order":${inCollection}}`;
  }

  function end(endLsn: Lsn): void {
    const transaction = current();
    open = undefined;
    lastCommit = transaction.lsn;
    if (transaction.total === 0) return;
    const collections = [...transaction.counts].map(
      ([name, events]) => `{"data_collection":${JSON.stringify(name)},"event_count":${events}}`,
    );
    const fields = `"status":"END","id":ID,"event_count":${transaction.total},"data_collections":[${collections.join(",")}]`;
    sendStatus(transaction, END_SERIAL, fields, { [END_HEADER]: `${formatLsn(endLsn)} ${transaction.commitTime}` });
  }

  function sendEvent({ encoder }: Followed, event: Event): void {
    const transaction = current();
    const block = count(transaction, encoder.name);
    const serial = 2 * transaction.total;
    const { before, after, op, key, headers } = event;
    const value =
      `${encoder.valueHead}{"before":${before},"after":${after},"source":${transaction.source.of(encoder)},` +
      `"transaction":${block},"op":"${op}",${transaction.times}}${heads.tail}`;
    emit({
      topic: encoder.topic,
      key: key === null ? null : `${encoder.keyHead}${key}${heads.tail}`,
      value,
      headers: { ...headers, [AT_HEADER]: `${transaction.at} ${serial}` },
      lsn: transaction.lsn,
      serial,
    });
  }

  // The same key without a value: whoever compacts the topic may now forget the key.
  function sendTombstone({ encoder }: Followed, key: string | null, headers: Record<string, string>): void {
    if (key === null) return;
    const { total, at, lsn } = current();
    const serial = 2 * total + 1;
    emit({
      topic: encoder.topic,
      key: `${encoder.keyHead}${key}${heads.tail}`,
      value: null,
      headers: { ...headers, [AT_HEADER]: `${at} ${serial}` },
      lsn,
      serial,
    });
  }

  function addRow(message: RowMessage): void {
    const followed = known.get(message.relationId);
    if (followed === undefined) return;
    changes += 1;
    if (followed.outbox !== undefined) sendOutbox(followed, followed.outbox, message);
    else if (message.op === "insert") addInsert(followed, message);
    else if (message.op === "update") addUpdate(followed, message);
    else addDelete(followed, message);
  }

  function addInsert(followed: Followed, message: RowMessage): void {
    const { encoder } = followed;
    const { bytes } = message;
    const key = encoder.hasKey ? encoder.key(bytes, message.new) : null;
    const after = encoder.row(bytes, message.new);
    sendEvent(followed, { before: "null", after, op: "c", key, headers: rowHeaders(encoder, message) });
  }

  function addUpdate(followed: Followed, message: RowMessage): void {
    const { encoder } = followed;
    const { bytes, oldIs, old } = message;
    const key = encoder.hasKey ? encoder.key(bytes, message.new) : null;
    const after = encoder.row(bytes, message.new);
    const oldKey = key === null || oldIs === "none" ? key : encoder.key(bytes, old);
    if (oldKey !== key && oldKey !== null && key !== null) {
      moveKey(followed, message, oldKey, key, after);
      return;
    }
    const before = oldIs === "full" ? encoder.row(bytes, old) : "null";
    sendEvent(followed, { before, after, op: "u", key, headers: rowHeaders(encoder, message) });
  }

  // Debezium's documentation, "Primary key updates": the row goes under the old key and comes under the new one.
  function moveKey(followed: Followed, message: RowMessage, oldKey: string, key: string, after: string): void {
    const { encoder } = followed;
    const newKey = { [NEW_KEY_HEADER]: key };
    const half = { ...newKey, [ROW_HEADER]: NOTHING, [LAYOUT_HEADER]: encoder.layout };
    sendEvent(followed, { before: removedRow(encoder, message), after: "null", op: "d", key: oldKey, headers: half });
    sendTombstone(followed, oldKey, newKey);
    const headers = { ...rowHeaders(encoder, message), [OLD_KEY_HEADER]: oldKey };
    sendEvent(followed, { before: "null", after, op: "c", key, headers });
  }

  function addDelete(followed: Followed, message: RowMessage): void {
    const { encoder } = followed;
    const key = encoder.hasKey ? encoder.key(message.bytes, message.old) : null;
    const before = removedRow(encoder, message);
    sendEvent(followed, { before, after: "null", op: "d", key, headers: rowHeaders(encoder, message) });
    sendTombstone(followed, key, {});
  }

  function addTruncate({ relationIds }: TruncateMessage): void {
    for (const id of relationIds) {
      const followed = known.get(id);
      if (followed === undefined || followed.outbox !== undefined) continue;
      changes += 1;
      sendEvent(followed, { before: "null", after: "null", op: "t", key: null, headers: {} });
    }
  }

  function sendOutbox({ encoder }: Followed, read: OutboxReader, message: RowMessage): void {
    const transaction = current();
    count(transaction, encoder.name);
    // Messages are put into the outbox and taken out again; only the putting in is news.
    if (message.op !== "insert") return;
    const serial = 2 * transaction.total;
    const at = `${transaction.at} ${serial}`;
    emit({ ...outboxRecord(read(message.bytes, message.new), at, prefix), lsn: transaction.lsn, serial });
  }

  function addMessage(message: LogicalMessage): void {
    const { prefix: kind, content, transactional, lsn } = message;
    const transaction = transactional ? current() : undefined;
    const block = transaction === undefined ? "null" : count(transaction, topics.message);
    const serial = transaction === undefined ? 0 : 2 * transaction.total;
    const position = transaction?.lsn ?? lsn;
    const source = transaction?.source ?? looseSource(lsn);
    const name = JSON.stringify(kind);
    const body = `{"prefix":${name},"content":"${content.toString("base64")}"}`;
    const ms = Math.trunc(options.now());
    emit({
      topic: topics.message,
      key: `${heads.messageKey}{"prefix":${name}}${heads.tail}`,
      value: `${heads.messageValue}{"op":"m","ts_ms":${ms},"source":${source.of(NO_TABLE)},"transaction":${block},"message":${body}}${heads.tail}`,
      headers: { [AT_HEADER]: formatPosition({ commitLsn: formatLsn(position), serial }) },
      lsn: position,
      serial,
    });
  }

  function looseSource(lsn: Lsn): SourceBlock {
    const commitTime = BigInt(Math.trunc(options.now() * 1_000)) - POSTGRES_EPOCH_US;
    return sourceBlock({ ...options, lsn, lastCommit, commitTime, transactionId: undefined, snapshot: "false" });
  }

  function announce(relation: Relation): void {
    const encoder = options.encoderOf(relation);
    if (encoder === undefined) known.delete(relation.id);
    else known.set(relation.id, { encoder, outbox: options.outboxOf(relation) });
  }

  return {
    changes: () => changes,
    add(message) {
      switch (message.kind) {
        case "row":
          addRow(message);
          break;
        case "begin":
          begin(message.finalLsn, message.commitTime, message.transactionId);
          break;
        case "commit":
          end(message.endLsn);
          break;
        case "relation":
          announce(message.relation);
          break;
        case "truncate":
          addTruncate(message);
          break;
        case "message":
          addMessage(message);
          break;
        case "origin":
          current().source = current().source.from(message.name, message.originLsn);
          break;
        case "type":
          break;
      }
    },
  };
}

// --- internal ---

type Followed = { encoder: TableEncoder; outbox: OutboxReader | undefined };

/** A transaction whose end has not come yet. */
type Open = {
  lsn: Lsn;
  id: string;
  /** The position as text. */
  at: string;
  commitTime: bigint;
  source: SourceBlock;
  times: string;
  total: number;
  counts: Map<string, number>;
};

type Event = {
  before: string;
  after: string;
  op: "c" | "u" | "d" | "t";
  key: string | null;
  headers: Record<string, Buffer | string>;
};

const NOTHING = Buffer.alloc(0);
const NO_TABLE = { schema: "", table: "" };

function rowHeaders({ layout }: TableEncoder, message: RowMessage): Record<string, Buffer> {
  return { [ROW_HEADER]: rowBytes(message), [LAYOUT_HEADER]: layout };
}

// The message as it came: its letter and the relation's number, then the rows, each behind a letter of its own. In a transaction that was
// sent before its end a transaction number stands between the letter and the relation's.
function rowBytes({ bytes, old, new: row, op, relationId }: RowMessage): Buffer {
  const first = old >= 0 ? old : row;
  const start = first - ROW_HEAD;
  const end = tupleEnd(bytes, row >= 0 ? row : old);
  if (start >= 0 && bytes[start] === LETTERS[op] && bytes.readUInt32BE(start + 1) === relationId) {
    return bytes.subarray(start, end);
  }
  const head = Buffer.alloc(ROW_HEAD - 1, LETTERS[op]);
  head.writeUInt32BE(relationId, 1);
  return Buffer.concat([head, bytes.subarray(first - 1, end)]);
}

const ROW_HEAD = 6;
const LETTERS = { insert: 0x49, update: 0x55, delete: 0x44 } as const;

function removedRow(encoder: TableEncoder, { bytes, old, oldIs }: RowMessage): string {
  return oldIs === "full" ? encoder.row(bytes, old) : encoder.removed(bytes, old);
}
