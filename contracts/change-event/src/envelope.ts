// What a topic with changes holds, field by field as Debezium 3.6 writes it for PostgreSQL (its documentation, "Data change
// events"), so that whoever reads Debezium's events reads these. With schemas on, a message is {schema, payload} as Kafka Connect's
// JSON converter writes it, and the types below are the payload's.

/** c: a row was made; u: changed; d: removed; r: read from the table, before the log; t: the table was emptied; m: a message. */
export type Op = "c" | "u" | "d" | "r" | "t" | "m";

/** "false" for what comes from the log; the others say where in the first reading of all tables a row stands. */
export type SnapshotMark =
  "true" | "first" | "first_in_data_collection" | "last_in_data_collection" | "last" | "false" | "incremental";

/** Where an event comes from. Log positions and transaction numbers are whole numbers below 2^64 and 2^32. */
export type EventSource = {
  /** Of the program that wrote it. */
  version: string;
  connector: "postgresql";
  /** The topics' prefix. */
  name: string;
  /** When the source committed the change, since 1970. */
  ts_ms: number;
  snapshot: SnapshotMark;
  db: string;
  /** JSON: the last position committed before, and this event's own; decimal, as texts. */
  sequence: string;
  ts_us: number;
  ts_ns: number;
  schema: string;
  table: string;
  txId: number | null;
  /** The position of the transaction's commit, so that it grows from one transaction to the next. */
  lsn: number | null;
  xmin: number | null;
  /** The replication origin the transaction was marked with, when it did not begin at this source. */
  origin: string | null;
  origin_lsn: number | null;
};

export type TransactionBlock = {
  /** "transaction number:position of the commit", the same in all events of a transaction. */
  id: string;
  /** Among all events of the transaction, from 1. */
  total_order: number;
  /** Among those of its table. */
  data_collection_order: number;
};

/** A row, by column. What a value looks like follows from the column's type: Debezium's "Data type mappings". */
export type RowPayload = Readonly<Record<string, unknown>>;

export type ChangeEvent = {
  /** The row before: whole under REPLICA IDENTITY FULL, its key for a removal, else null. */
  before: RowPayload | null;
  after: RowPayload | null;
  source: EventSource;
  transaction: TransactionBlock | null;
  op: Exclude<Op, "m">;
  /** When the event was written. */
  ts_ms: number;
  ts_us: number;
  ts_ns: number;
};

/** What somebody wrote into the log with pg_logical_emit_message; content in base64. */
export type MessageEvent = {
  op: "m";
  ts_ms: number;
  source: EventSource;
  transaction: TransactionBlock | null;
  message: { prefix: string; content: string };
};

/** On the topic `<prefix>.transaction`: a transaction begins, or has ended and had so many events. */
export type TransactionEvent = {
  status: "BEGIN" | "END";
  id: string;
  event_count: number | null;
  data_collections: readonly { data_collection: string; event_count: number }[] | null;
  ts_ms: number;
};
