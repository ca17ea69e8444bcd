import { z } from "zod";

const name = z.string().min(1).max(63);

const qualifiedTable = z
  .string()
  .regex(/^[^.]+\.[^.]+$/, 'must be "schema.table"')
  .describe('The table with its schema, such as "public.parcels".');

const expression = z
  .strictObject({
    expression: z
      .string()
      .min(1)
      .describe("SQL over the columns named in `from`; no subqueries, no volatile functions."),
    from: z.array(name).min(1).describe("The source columns that the expression reads."),
  })
  .describe("SQL over declared source columns. Evaluated by the source for the copy and by the target afterwards.");

const tableSchema = z.strictObject({
  from: qualifiedTable.describe("The table in the source database."),
  to: qualifiedTable.describe("The table in the target database. It must exist."),
  key: z.array(name).min(1).describe("The target columns that name a row: plain columns, unique on both sides."),
  where: expression
    .optional()
    .describe(
      "Only rows for which this is true travel. A row that begins or ceases to fulfil it appears or disappears.",
    ),
  columns: z
    .record(name, z.union([name, expression]))
    .refine((columns) => Object.keys(columns).length > 0, "must name at least one column")
    .describe("Target column: source column, or an expression."),
});

const streamSchema = z.strictObject({
  source: name.describe(
    "A database's name. Its address comes from STRANGLER_DATABASE_<NAME>_URL, never from this file.",
  ),
  target: name.describe("A database's name."),
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

export type Expression = z.output<typeof expression>;
export type TablePlan = z.output<typeof tableSchema>;

/** One stream of plan/streams.yaml, with its name. */
export type StreamPlan = z.output<typeof streamSchema> & { name: string };

/** The name of the replication slot and of the publication. A stream's name fits, whatever it is: see its pattern. */
export function slotName(stream: string): string {
  return `strangler_${stream}`;
}

/** "schema.table" in its two parts; the schema's pattern has made sure that there are two. */
export function splitTable(qualified: string): { schema: string; name: string } {
  const [schema = "", table = ""] = qualified.split(".");
  return { schema, name: table };
}
