// A message of our own publisher: beside Debezium's envelope it has the change as the log wrote it in its headers, so that nothing
// of the envelope is needed but its place among the others, which stands near its end.

import {
  AT_HEADER,
  LAYOUT_HEADER,
  LAYOUT_MARK,
  parsePosition,
  ROW_HEADER,
  type RowLayout,
} from "@strangler/change-event";
import { decodeMessage, type Relation, type RowMessage } from "../../capture/pgoutput.ts";
import { toPostgresUs } from "../../postgres/clock.ts";
import { parseLsn } from "../../postgres/lsn.ts";
import type { IncomingRecord } from "../port.ts";
import { EventUnreadableError } from "./errors.ts";
import type { KafkaTable } from "./kafka-table.ts";
import type { EventPlace, ReadEvent } from "./read-event.ts";
import { transactionKey } from "./transaction-key.ts";

export type OwnEventReader = (record: IncomingRecord, table: KafkaTable) => ReadEvent | undefined;

/** Answers undefined for a message that has no row in its headers. Throws EventUnreadableError. */
export function createOwnEventReader(): OwnEventReader {
  const layouts = new Map<KafkaTable, { bytes: Buffer; relation: Relation }>();

  function relationOf(record: IncomingRecord, table: KafkaTable): Relation {
    const bytes = record.headers[LAYOUT_HEADER];
    const known = layouts.get(table);
    if (bytes === undefined) return known?.relation ?? table.relation;
    if (known?.bytes.equals(bytes) === true) return known.relation;
    const relation = readLayout(bytes, table);
    layouts.set(table, { bytes, relation });
    return relation;
  }

  return (record, table) => {
    const row = record.headers[ROW_HEADER];
    if (row === undefined || record.value === null) return undefined;
    const place = placeOf(record, record.value, table);
    if (row.length === 0) return { kind: "counted", place };
    const message = decodeMessage(row, 0, row.length);
    if (message.kind !== "row") throw new EventUnreadableError(`${table.topic} at ${record.offset}`, "its row is none");
    return ownRow(message, relationOf(record, table), place);
  };
}

/** Where the transaction of a message of our own publisher was committed: behind all that was committed before it. */
export function ownPosition({ headers }: IncomingRecord): bigint | undefined {
  const at = parsePosition(headers[AT_HEADER]?.toString("latin1") ?? "");
  return at === undefined ? undefined : parseLsn(at.commitLsn);
}

// --- internal ---

function ownRow(message: RowMessage, relation: Relation, place: EventPlace): ReadEvent {
  message.relationId = relation.id;
  return { kind: "row", message, relation, half: "none", isWhole: true, place };
}

function readLayout(bytes: Buffer, { relation }: KafkaTable): Relation {
  const { schema, table, columns } = JSON.parse(bytes.toString("utf8", LAYOUT_MARK.length)) as RowLayout;
  return {
    id: relation.id,
    schema,
    name: table,
    replicaIdentity: "default",
    columns: columns.map(({ name, typeId, typeModifier, isKey }) => ({ name, typeId, typeModifier, isKey })),
  };
}

// The last fields of an envelope; with a schema, the payload is the last field of the message.
const TAIL_BYTES = 600;
const TAIL =
  /"transaction":(?:null|\{"id":"([^"]+)","total_order":(\d+),"data_collection_order":(\d+)\}),"op":"(.)","ts_ms":\d+,"ts_us":(\d+)/;

function placeOf(record: IncomingRecord, value: Buffer, table: KafkaTable): EventPlace {
  const found = TAIL.exec(value.toString("latin1", Math.max(0, value.length - TAIL_BYTES)));
  if (found === null) throw new EventUnreadableError(`${table.topic} at ${record.offset}`, "it has no place");
  const [, id, order, collectionOrder, op, us] = found;
  return {
    isSnapshot: op === "r",
    transaction:
      id === undefined
        ? undefined
        : { key: transactionKey(id), order: Number(order), collectionOrder: Number(collectionOrder) },
    commitTime: toPostgresUs(Number(us) / 1000),
    behind: ownPosition(record),
  };
}
