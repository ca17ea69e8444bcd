// The rows that are there when a stream begins, as events with op "r", read under the snapshot that the slot was made with: the log
// goes on exactly where they end. A server keeps such a snapshot only as long as we are connected; a first reading that is interrupted
// begins again, and its readers see rows a second time.

import { AT_HEADER, LAYOUT_HEADER, ROW_HEADER, type SnapshotMark } from "@strangler/change-event";
import { toPostgresUs } from "../../postgres/clock.ts";
import { formatLsn, type Lsn } from "../../postgres/lsn.ts";
import { quoteName, quoteTable, quoteText } from "../../postgres/quote.ts";
import type { Session } from "../../postgres/session.ts";
import type { PublishRecord } from "./event-writer.ts";
import { insertMessage, ROW_AT } from "./insert-message.ts";
import { sourceBlock, timesOf } from "./source-block.ts";
import type { SourceTable } from "./source-catalog.ts";
import type { TableEncoder } from "./table-encoder.ts";

export type SnapshotReading = {
  /** Its own; a transaction is opened on it and ended. */
  session: Session;
  snapshot: string;
  /** Where the log begins. */
  position: Lsn;
  tables: readonly { table: SourceTable; encoder: TableEncoder }[];
  prefix: string;
  schemas: boolean;
  version: string;
  database: string;
  /** Called with some hundred rows at a time; the next are read when it is done. */
  send: (records: PublishRecord[]) => Promise<void>;
  onTable: (read: { table: string; rows: number; ms: number }) => void;
  signal: AbortSignal;
};

/** Everything before the slot's first transaction, so that a record of the log is never taken for one of these. */
export function snapshotPosition(position: Lsn): Lsn {
  return position - 1n;
}

export async function readSnapshot(reading: SnapshotReading): Promise<void> {
  const { session, snapshot, tables, signal, send } = reading;
  await session.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  await session.query(`SET TRANSACTION SNAPSHOT ${quoteText(snapshot)}`);
  const marker = createMarker(reading);
  for (const each of tables) {
    signal.throwIfAborted();
    await readTable(reading, each, marker);
  }
  const last = marker.finish();
  if (last !== undefined) await send([last]);
  await session.query("COMMIT");
}

// --- internal ---

const ROWS_AT_ONCE = 1_000;

type Each = SnapshotReading["tables"][number];
type Values = readonly (string | null)[];

async function readTable(reading: SnapshotReading, each: Each, marker: Marker): Promise<void> {
  const { session, send, onTable, signal } = reading;
  const { table, encoder } = each;
  const began = performance.now();
  const names = table.relation.columns.map(({ name }) => quoteName(name));
  const only = table.isPartitioned ? "" : "ONLY ";
  await session.query(
    `DECLARE snapshot_rows NO SCROLL CURSOR FOR SELECT ${names.join(", ")} FROM ${only}${quoteTable(table)}`,
  );
  let count = 0;
  for (;;) {
    signal.throwIfAborted();
    const { rows } = await session.query<(string | null)[]>({
      text: `FETCH ${ROWS_AT_ONCE} FROM snapshot_rows`,
      rowMode: "array",
    });
    if (rows.length === 0) break;
    count += rows.length;
    const records = rows.map((values) => marker.next(each, values)).filter((record) => record !== undefined);
    if (records.length > 0) await send(records);
  }
  await session.query("CLOSE snapshot_rows");
  onTable({ table: encoder.name, rows: count, ms: Math.round(performance.now() - began) });
}

type Marker = {
  /** Takes a row, and answers the one before it, whose mark is known by now. */
  next: (each: Each, values: Values) => PublishRecord | undefined;
  finish: () => PublishRecord | undefined;
};

// A row says whether it is the first or the last of its table, and of all; so each waits until the next has come.
function createMarker(reading: SnapshotReading): Marker {
  let held: { each: Each; values: Values; isFirst: boolean } | undefined;
  let serial = 0;
  const release = (end: SnapshotMark | undefined) => {
    if (held === undefined) return undefined;
    const { each, values, isFirst } = held;
    const start = isFirst ? (serial === 0 ? "first" : "first_in_data_collection") : "true";
    serial += 1;
    return recordOf(reading, each.table, each.encoder, values, serial, end ?? start);
  };
  return {
    next(each, values) {
      const isFirst = held?.each !== each;
      const before = release(isFirst ? "last_in_data_collection" : undefined);
      held = { each, values, isFirst };
      return before;
    },
    finish: () => release("last"),
  };
}

function recordOf(
  reading: SnapshotReading,
  table: SourceTable,
  encoder: TableEncoder,
  values: readonly (string | null)[],
  serial: number,
  snapshot: SnapshotMark,
): PublishRecord {
  const { position, schemas } = reading;
  const lsn = snapshotPosition(position);
  const now = Date.now();
  const source = sourceBlock({
    ...reading,
    lsn: position,
    lastCommit: undefined,
    commitTime: toPostgresUs(now),
    transactionId: undefined,
    snapshot,
  });
  const bytes = insertMessage(table.relation.id, values);
  const tail = schemas ? "}" : "";
  const after = encoder.row(bytes, ROW_AT);
  const value = `{"before":null,"after":${after},"source":${source.of(encoder)},"transaction":null,"op":"r",${timesOf(now)}}`;
  return {
    topic: encoder.topic,
    key: encoder.hasKey ? `${encoder.keyHead}${encoder.key(bytes, ROW_AT)}${tail}` : null,
    value: `${encoder.valueHead}${value}${tail}`,
    headers: {
      [AT_HEADER]: `${formatLsn(lsn)} ${serial}`,
      [ROW_HEADER]: bytes,
      [LAYOUT_HEADER]: encoder.layout,
    },
    lsn,
    serial,
  };
}
