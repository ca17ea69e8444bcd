// The outbox router, as Debezium's documentation describes it ("Outbox Event Router"): a row that is put into the outbox becomes a
// message on the topic of its aggregate's type, named by the aggregate's id, with the row's own id in a header, by which a reader
// knows a message that it has had. The key and the payload are the columns' texts, so that a JSON payload is JSON.

import { AT_HEADER, FROM_HEADER, outboxTopic } from "@strangler/change-event";
import type { Relation } from "../../capture/pgoutput.ts";
import { readTuple } from "../../capture/tuple.ts";
import type { OutgoingRecord } from "../port.ts";
import { OutboxColumnsMissingError } from "./errors.ts";

export const OUTBOX_COLUMNS = ["id", "aggregatetype", "aggregateid", "payload"] as const;

export type OutboxRow = Readonly<Record<(typeof OUTBOX_COLUMNS)[number], string | null>>;
export type OutboxReader = (bytes: Buffer, at: number) => OutboxRow;

/** Throws OutboxColumnsMissingError. */
export function createOutboxReader(relation: Relation): OutboxReader {
  const names = relation.columns.map(({ name }) => name);
  const missing = OUTBOX_COLUMNS.filter((name) => !names.includes(name));
  if (missing.length > 0) throw new OutboxColumnsMissingError(`${relation.schema}.${relation.name}`, missing);
  const places = OUTBOX_COLUMNS.map((name) => names.indexOf(name));
  return (bytes, at) => {
    const values = readTuple(bytes, at);
    const text = (place: number) => {
      const value = values[places[place] ?? -1];
      return typeof value === "string" ? value : null;
    };
    return { id: text(0), aggregatetype: text(1), aggregateid: text(2), payload: text(3) };
  };
}

export function outboxRecord(row: OutboxRow, at: string, prefix: string): Omit<OutgoingRecord, "partition"> {
  return {
    topic: outboxTopic(row.aggregatetype ?? "unknown"),
    key: row.aggregateid,
    value: row.payload,
    headers: { id: row.id ?? "", [AT_HEADER]: at, [FROM_HEADER]: prefix },
  };
}
