// The schemas that messages carry with schemas on, as Kafka Connect's JSON converter writes those of Debezium 3.6.

import { schemaName } from "@strangler/change-event";
import type { ConnectSchema } from "./values/column-types.ts";

export type ColumnSchema = { name: string; schema: ConnectSchema; isOptional: boolean; default: string | undefined };

/** `{"schema":...,"payload":` of a key. */
export function keySchema(name: string, columns: readonly ColumnSchema[]): string {
  return head(`{"type":"struct","fields":[${columns.map(fieldOf).join(",")}],"optional":false,"name":${json(name)}}`);
}

/** The same of a change event. */
export function envelopeSchema(topic: string, columns: readonly ColumnSchema[]): string {
  const name = json(schemaName(topic, "Value"));
  const row = `{"type":"struct","fields":[${columns.map(fieldOf).join(",")}],"optional":true,"name":${name},"field":`;
  const fields = [`${row}"before"}`, `${row}"after"}`, SOURCE, TRANSACTION, OP, ...TIMES];
  const envelope = json(schemaName(topic, "Envelope"));
  return head(`{"type":"struct","fields":[${fields.join(",")}],"optional":false,"name":${envelope},"version":2}`);
}

const json = JSON.stringify;
const field = (type: string, name: string, optional: boolean) => json({ type, optional, field: name });
const struct = (fields: readonly string[], rest: object) =>
  `{"type":"struct","fields":[${fields.join(",")}],${json(rest).slice(1)}`;
const head = (schema: string) => `{"schema":${schema},"payload":`;

const SNAPSHOT = json({
  type: "string",
  optional: true,
  name: "io.debezium.data.Enum",
  version: 1,
  parameters: { allowed: "true,first,first_in_data_collection,last_in_data_collection,last,false,incremental" },
  default: "false",
  field: "snapshot",
});

const SOURCE = struct(
  [
    field("string", "version", false),
    field("string", "connector", false),
    field("string", "name", false),
    field("int64", "ts_ms", false),
    SNAPSHOT,
    field("string", "db", false),
    field("string", "sequence", true),
    field("int64", "ts_us", true),
    field("int64", "ts_ns", true),
    field("string", "schema", false),
    field("string", "table", false),
    field("int64", "txId", true),
    field("int64", "lsn", true),
    field("int64", "xmin", true),
    field("string", "origin", true),
    field("int64", "origin_lsn", true),
  ],
  { optional: false, name: "io.debezium.connector.postgresql.Source", version: 1, field: "source" },
);

const TRANSACTION = struct(
  [field("string", "id", false), field("int64", "total_order", false), field("int64", "data_collection_order", false)],
  { optional: true, name: "event.block", version: 1, field: "transaction" },
);

const OP = field("string", "op", false);
const TIMES = ["ts_ms", "ts_us", "ts_ns"].map((name) => field("int64", name, true));

/** The heads of everything that is not about a table's rows. */
export const TRANSACTION_KEY = head(
  struct([field("string", "id", false)], {
    optional: false,
    name: "io.debezium.connector.common.TransactionMetadataKey",
    version: 1,
  }),
);

const COLLECTION = struct([field("string", "data_collection", false), field("int64", "event_count", false)], {
  optional: true,
  name: "event.collection",
  version: 1,
});

export const TRANSACTION_VALUE = head(
  struct(
    [
      field("string", "status", false),
      field("string", "id", false),
      field("int64", "event_count", true),
      `{"type":"array","items":${COLLECTION},"optional":true,"field":"data_collections"}`,
      field("int64", "ts_ms", false),
    ],
    { optional: false, name: "io.debezium.connector.common.TransactionMetadataValue", version: 1 },
  ),
);

export const MESSAGE_KEY = head(
  struct([field("string", "prefix", true)], {
    optional: false,
    name: "io.debezium.connector.postgresql.MessageKey",
    version: 1,
  }),
);

export const MESSAGE_VALUE = head(
  struct(
    [
      OP,
      field("int64", "ts_ms", true),
      SOURCE,
      TRANSACTION,
      struct([field("string", "prefix", true), field("bytes", "content", true)], {
        optional: false,
        name: "io.debezium.connector.postgresql.Message",
        version: 1,
        field: "message",
      }),
    ],
    { optional: false, name: "io.debezium.connector.postgresql.MessageValue", version: 1 },
  ),
);

export const HEARTBEAT_KEY = head(
  struct([field("string", "serverName", false)], {
    optional: false,
    name: "io.debezium.connector.common.ServerNameKey",
    version: 1,
  }),
);

export const HEARTBEAT_VALUE = head(
  struct([field("int64", "ts_ms", false)], {
    optional: false,
    name: "io.debezium.connector.common.Heartbeat",
    version: 1,
  }),
);

// --- internal ---

// As the converter orders them: type and what belongs to it, optional, name, version, doc, parameters, default, field.
function fieldOf({ name, schema, isOptional, default: value }: ColumnSchema): string {
  const { type, fields, items, ...rest } = schema;
  const inner = {
    type,
    ...(fields === undefined ? {} : { fields }),
    ...(items === undefined ? {} : { items }),
    optional: isOptional,
    ...rest,
  };
  const start = json(inner).slice(0, -1);
  return `${start}${value === undefined ? "" : `,"default":${value}`},"field":${json(name)}}`;
}
