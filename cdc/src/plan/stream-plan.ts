import { z } from "zod";
import type { TableName } from "../postgres/quote.ts";
import { columnSchema, expressionSchema } from "./column-plan.ts";

const name = z.string().min(1).max(63);

/** A change of a source table, as a plan names it and as the stream describes it. */
const CHANGE = /^(ADD COLUMN|DROP COLUMN) \S+$|^RENAME COLUMN \S+ TO \S+$|^ALTER COLUMN \S+ TYPE$/i;

const qualifiedTable = z
  .string()
  .regex(/^[^.]+\.[^.]+$/, 'must be "schema.table"')
  .describe('The table with its schema, such as "public.parcels".');

const tableSchema = z.strictObject({
  from: qualifiedTable.describe("The table in the source database. Several entries may read one table: it is split."),
  to: qualifiedTable.describe(
    "The table in the target database. It must exist. Several entries may fill one table: they are merged.",
  ),
  key: z
    .array(name)
    .min(1)
    .describe(
      "The target columns that name a row, unique on both sides: plain columns, and constants that tell apart what several entries put into one table.",
    ),
  part: z
    .literal(true)
    .optional()
    .describe(
      "This entry only fills columns of rows that another entry of the same `to` writes, found by the same key. A row that is gone leaves nulls there.",
    ),
  where: expressionSchema
    .optional()
    .describe(
      "Only rows for which this is true travel. A row that begins or ceases to fulfil it appears or disappears.",
    ),
  columns: z
    .record(name, columnSchema)
    .refine((columns) => Object.keys(columns).length > 0, "must name at least one column")
    .describe("Target column: source column, or an expression, a constant, a translation."),
  others: z
    .literal("same-name")
    .optional()
    .describe(
      "Source columns that nothing under `columns` reads travel under their own names, also those that are added later (see onSchemaChange).",
    ),
});

const schemaChangeSchema = z.strictObject({
  from: qualifiedTable.describe("The source's table."),
  on: z
    .string()
    .regex(
      CHANGE,
      'must be "ADD COLUMN name", "DROP COLUMN name", "RENAME COLUMN name TO name" or "ALTER COLUMN name TYPE"',
    )
    .describe('The change, as in "ADD COLUMN colour". Types and options are not written.'),
  run: z
    .string()
    .min(1)
    .optional()
    .describe("SQL that the target runs at this place between the rows, in the same transaction."),
  to: qualifiedTable
    .optional()
    .describe("Which of the table's targets `columns` is about; needed where it has several."),
  columns: z
    .record(name, columnSchema)
    .optional()
    .describe("Target columns that are filled from then on. Without `run` and `columns` the change is passed over."),
});

const throughSchema = z
  .strictObject({
    kafka: name.describe(
      "A Kafka's name. Its address comes from STRANGLER_KAFKA_<NAME>_BROKERS, never from this file.",
    ),
    prefix: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,100}$/, "must be letters, digits, dots, _ and -, at most 100")
      .describe("What the topics begin with: <prefix>.<schema>.<table>, <prefix>.transaction."),
    writer: z
      .enum(["strangler", "debezium"])
      .default("strangler")
      .describe(
        "Who writes the topics: a process of this stream with the role publish, or a Debezium connector of any database. The source of a connector is never asked.",
      ),
    order: z
      .enum(["commit", "per-key"])
      .default("commit")
      .describe(
        "commit: whole transactions in the source's order, which needs the connector's transaction topic. per-key: every partition as it comes; transactions may be seen in part.",
      ),
    partitions: z
      .int()
      .min(1)
      .max(1_000)
      .default(1)
      .describe("Of a table's topic, when it is made. Events of one row keep their order, whatever it is."),
    schemas: z
      .boolean()
      .default(false)
      .describe("Whether every message carries its schema, as Kafka Connect's JSON converter writes it."),
    heartbeatMs: z
      .int()
      .min(100)
      .default(1_000)
      .describe("How often a message says that the source is followed, also while it is idle."),
    outbox: qualifiedTable
      .optional()
      .describe("A table whose new rows are messages: id, aggregatetype, aggregateid, type, payload. One of `tables`."),
  })
  .describe("The stream goes through a Kafka instead of straight from one database to the other.");

const streamSchema = z.strictObject({
  source: name.describe(
    "A database's name. Its address comes from STRANGLER_DATABASE_<NAME>_URL, never from this file.",
  ),
  target: name.describe("A database's name."),
  through: throughSchema.optional(),
  onSchemaChange: z
    .enum(["stop", "additive", "mapped"])
    .default("stop")
    .describe(
      "What happens when a table of the source is changed. stop: the stream stops in front of it. additive: new columns are taken along where `others` says so, and passed over elsewhere. mapped: what `schemaChanges` says; it stops at everything else.",
    ),
  schemaChanges: z.array(schemaChangeSchema).optional(),
  guard: z
    .enum(["refuse", "observe", "off"])
    .optional()
    .describe(
      "What happens to others who write the target's tables while they are a copy. refuse (the default): their statement fails. observe: they are counted. off: nothing. Where `onConflict` is given, off is the default.",
    ),
  reverse: name
    .optional()
    .describe(
      "The stream that carries the same tables back. Each of the two names the other, and neither carries what the other has written.",
    ),
  onConflict: z
    .enum(["source-wins", "target-wins", "newest", "park"])
    .optional()
    .describe(
      "Whose version stays when both sides have changed a row. Needs `reverse`; the two streams of a pair must agree: newest or park on both, or source-wins on one and target-wins on the other.",
    ),
  tables: z.array(tableSchema).min(1),
});

export const streamsSchema = z
  .strictObject({
    streams: z.record(
      z
        .string()
        .regex(
          /^[a-z][a-z0-9_]{0,30}$/,
          "must be lower-case letters, digits and _, at most 31, beginning with a letter",
        ),
      streamSchema,
    ),
  })
  .describe("Tables on their way from one database to another.");

export type TablePlan = z.output<typeof tableSchema>;
export type ThroughPlan = z.output<typeof throughSchema>;

/** One stream of plan/streams.yaml, with its name. */
export type StreamPlan = Omit<z.output<typeof streamSchema>, "onSchemaChange"> & {
  name: string;
  /** Absent means stop. */
  onSchemaChange?: SchemaChangePolicy;
  /** Where it is written, for complaints; absent for a plan that was made in memory. */
  written?: WrittenPlan;
};

export type SchemaChangePolicy = z.output<typeof streamSchema>["onSchemaChange"];
export type PlannedSchemaChange = z.output<typeof schemaChangeSchema>;

/** Where each part of a stream stands in its file, 1-based, by its path below the stream: "tables.0.columns.id". */
export type WrittenPlan = { file: string; places: Readonly<Record<string, PlanPlace>> };
export type PlanPlace = { line: number; column: number };

/** The name of the replication slot and of the publication. A stream's name fits, whatever it is: see its pattern. */
export function slotName(stream: string): string {
  return `strangler_${stream}`;
}

/** The source's tables, each once, however many entries read it. */
export function sourceTables(plan: Pick<StreamPlan, "tables">): TableName[] {
  return [...new Set(plan.tables.map(({ from }) => from))].map(splitTable);
}

/** The target's tables, each once, however many entries fill it. */
export function targetTables(plan: Pick<StreamPlan, "tables">): TableName[] {
  return [...new Set(plan.tables.map(({ to }) => to))].map(splitTable);
}

/** "schema.table" in its two parts; the schema's pattern has made sure that there are two. */
export function splitTable(qualified: string): { schema: string; name: string } {
  const [schema = "", table = ""] = qualified.split(".");
  return { schema, name: table };
}
