// One message of a topic with change events, read: Debezium's envelope as JSON, with schemas or without, from its own connectors or
// from our publisher. Connectors of other databases differ in `source` and in the names of types only; what is read here is in all
// of them. Documentation of each connector, "Data change events".

import { UNCHANGED, type Value } from "@strangler/change-event";
import type { Relation, RowMessage } from "../../capture/pgoutput.ts";
import { toPostgresUs } from "../../postgres/clock.ts";
import type { IncomingRecord } from "../port.ts";
import { columnText, type FieldSchema } from "./column-text.ts";
import { EventColumnMissingError, EventIncompleteError, EventUnreadableError } from "./errors.ts";
import type { KafkaColumn, KafkaTable } from "./kafka-table.ts";
import { isObject, NumberText, parseLossless, type Json, type JsonObject } from "./lossless-json.ts";
import type { RowWriter, WrittenRow } from "./row-bytes.ts";
import { createOwnEventReader, ownPosition } from "./read-own-event.ts";
import { transactionKey } from "./transaction-key.ts";

/** What a message means. */
export type ReadEvent =
  | {
      kind: "row";
      message: RowMessage;
      /** How its rows are laid out. */
      relation: Relation;
      /** Of a row whose key changed there are two events: one with the old key, then one with the row under the new. */
      half: "none" | "old" | "new";
      /** False when it lacks values that the change did not touch. */
      isWhole: boolean;
      place: EventPlace;
    }
  | { kind: "truncate"; place: EventPlace }
  /** It counts among its transaction's events, and another one says all that it would. */
  | { kind: "counted"; place: EventPlace }
  /** A tombstone, or something that is not about rows. */
  | { kind: "pass" };

/** Where an event belongs. */
export type EventPlace = {
  /** It was read from the table, not from the log, and belongs to no transaction. */
  isSnapshot: boolean;
  transaction: { key: string; order: number; collectionOrder: number } | undefined;
  /** When the source committed it, in PostgreSQL's microseconds. */
  commitTime: bigint;
  /** The last position that was committed when its transaction was told; undefined when the connector does not say. */
  behind: bigint | undefined;
};

export type EventReader = (record: IncomingRecord, table: KafkaTable) => ReadEvent;

/** Throws EventUnreadableError, EventColumnMissingError, EventValueError. */
export function createEventReader(writeRow: RowWriter): EventReader {
  const schemas = createSchemaCache();
  const readOwn = createOwnEventReader();
  return (record, table) => {
    if (record.value === null) return PASS;
    const own = readOwn(record, table);
    if (own !== undefined) return own;
    const event = parse(record, table, schemas);
    const { op } = event.payload;
    if (op === "t") return { kind: "truncate", place: placeOf(event.payload, record) };
    if (op !== "c" && op !== "r" && op !== "u" && op !== "d") return PASS;
    return readRow(record, event, table, writeRow, op);
  };
}

// --- internal ---

const PASS: ReadEvent = { kind: "pass" };

type RowFields = ReadonlyMap<string, FieldSchema>;
type ParsedEvent = { payload: JsonObject; fields: RowFields | undefined };

function parse(record: IncomingRecord, table: KafkaTable, schemas: SchemaCache): ParsedEvent {
  const place = () => `${table.topic} at ${record.offset}`;
  try {
    const { text, fields } = schemas.split(record.value?.toString("utf8") ?? "");
    const parsed = parseLossless(text);
    if (isObject(parsed) && isObject(parsed["source"])) return { payload: parsed, fields };
  } catch (cause) {
    throw new EventUnreadableError(place(), "it is not JSON", cause);
  }
  throw new EventUnreadableError(place(), "it has no source");
}

function readRow(
  record: IncomingRecord,
  { payload, fields }: ParsedEvent,
  table: KafkaTable,
  writeRow: RowWriter,
  op: "c" | "r" | "u" | "d",
): ReadEvent {
  const place = placeOf(payload, record);
  if (op === "d") {
    const row = writeRow(keyValues(record, payload["before"], fields, table));
    const half = "__debezium.newkey" in record.headers ? "old" : "none";
    return {
      kind: "row",
      message: rowMessage("delete", table, row),
      relation: table.relation,
      half,
      isWhole: true,
      place,
    };
  }
  const values = rowValues(payload["after"], fields, table);
  const row = writeRow(values);
  const isWhole = !values.includes(UNCHANGED);
  if (!isWhole && table.needsWholeRows)
    throw new EventIncompleteError(`${table.topic} at ${record.offset}`, table.from);
  const half = op === "c" && "__debezium.oldkey" in record.headers ? "new" : "none";
  return {
    kind: "row",
    message: rowMessage(op === "u" ? "update" : "insert", table, row),
    relation: table.relation,
    half,
    isWhole,
    place,
  };
}

function rowMessage(op: RowMessage["op"], { relation }: KafkaTable, { bytes, at, end }: WrittenRow): RowMessage {
  const size = end - at;
  const relationId = relation.id;
  if (op === "delete") return { kind: "row", op, relationId, bytes, oldIs: "key", old: at, new: -1, size };
  return { kind: "row", op, relationId, bytes, oldIs: "none", old: -1, new: at, size };
}

function rowValues(
  row: Json | undefined,
  fields: RowFields | undefined,
  { columns, topic }: KafkaTable,
): (Value | undefined)[] {
  return columns.map((column) => rowValue(row, fields, column, topic));
}

function rowValue(row: Json | undefined, fields: RowFields | undefined, column: KafkaColumn, topic: string): Value {
  const values = isObject(row) ? row : {};
  const value = values[column.name];
  if (value === undefined) throw new EventColumnMissingError(topic, column.name, Object.keys(values));
  return columnText(value, column, fields?.get(column.name));
}

// A row that is gone is named by the message's key; the row itself is told only under REPLICA IDENTITY FULL, and filled up
// with the columns' defaults otherwise.
function keyValues(
  record: IncomingRecord,
  before: Json | undefined,
  fields: RowFields | undefined,
  table: KafkaTable,
): (Value | undefined)[] {
  const gone = isObject(before) ? before : keyOf(record);
  return table.columns.map((column) => {
    return column.isKey ? rowValue(gone, fields, column, table.topic) : null;
  });
}

function keyOf({ key }: IncomingRecord): JsonObject {
  const parsed = key === null ? null : parseLossless(key.toString("utf8"));
  if (!isObject(parsed)) return {};
  return isObject(parsed["payload"]) && isObject(parsed["schema"]) ? parsed["payload"] : parsed;
}

function placeOf(payload: JsonObject, record: IncomingRecord): EventPlace {
  const source = isObject(payload["source"]) ? payload["source"] : {};
  return {
    isSnapshot: payload["op"] === "r",
    transaction: transactionOf(payload["transaction"]),
    commitTime: commitTimeOf(source),
    behind: ownPosition(record) ?? lastCommitted(source["sequence"]),
  };
}

function transactionOf(block: Json | undefined): EventPlace["transaction"] {
  if (!isObject(block) || typeof block["id"] !== "string") return undefined;
  const order = Number(block["total_order"]);
  return { key: transactionKey(block["id"]), order, collectionOrder: Number(block["data_collection_order"]) };
}

function commitTimeOf(source: JsonObject): bigint {
  const us = source["ts_us"];
  if (typeof us === "number") return toPostgresUs(us / 1000);
  if (us instanceof NumberText) return toPostgresUs(Number(us.text) / 1000);
  return toPostgresUs(Number(source["ts_ms"] ?? 0));
}

// PostgreSQL's connector: ["last committed", "this one"], as a text.
function lastCommitted(sequence: Json | undefined): bigint | undefined {
  if (typeof sequence !== "string") return undefined;
  const first = /^\["(\d+)"/.exec(sequence)?.[1];
  return first === undefined ? undefined : BigInt(first);
}

type SchemaCache = { split: (text: string) => { text: string; fields: RowFields | undefined } };

// With schemas each message repeats its own, most of its length, and it is the same from one message to the next: it is parsed when
// it is first seen, and recognized by its text from then on.
function createSchemaCache(): SchemaCache {
  const known = new Map<string, RowFields>();
  let last: { head: string; fields: RowFields } | undefined;
  return {
    split(text) {
      if (!text.startsWith('{"schema":')) return { text, fields: undefined };
      if (last === undefined || !text.startsWith(last.head)) {
        const head = text.slice(0, payloadAt(text));
        let fields = known.get(head);
        if (fields === undefined) {
          if (known.size >= MOST_SCHEMAS) known.clear();
          fields = fieldsOf(JSON.parse(`${head}null}`) as ConvertedEnvelope);
          known.set(head, fields);
        }
        last = { head, fields };
      }
      return { text: text.slice(last.head.length, -1), fields: last.fields };
    },
  };
}

const MOST_SCHEMAS = 1_000;
const PAYLOAD = '},"payload":';

type ConvertedEnvelope = {
  schema?: { fields?: readonly (FieldSchema & { field: string; fields?: readonly Field[] })[] };
};
type Field = FieldSchema & { field: string };

// The schema is an object of its own; its end is where its brackets close, and texts in it may hold brackets too.
function payloadAt(text: string): number {
  const tokens = /"(?:[^"\\]|\\.)*"|[{}]/g;
  tokens.lastIndex = '{"schema":'.length;
  let depth = 0;
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    if (token[0] === "{") depth += 1;
    else if (token[0] === "}") depth -= 1;
    if (depth === 0) return token.index + PAYLOAD.length;
  }
  throw new SyntaxError("a schema without an end");
}

function fieldsOf({ schema }: ConvertedEnvelope): RowFields {
  const row = schema?.fields?.find(({ field }) => field === "after");
  return new Map((row?.fields ?? []).map((field) => [field.field, field]));
}
