import { z } from "zod";
import type { ChangeEvent, EventSource, MessageEvent, TransactionBlock, TransactionEvent } from "./envelope.ts";

const whole = z.number().refine((value) => Number.isInteger(value), "must be a whole number");
const row = z.record(z.string(), z.unknown());

const source: z.ZodType<EventSource> = z.strictObject({
  version: z.string(),
  connector: z.literal("postgresql"),
  name: z.string(),
  ts_ms: whole,
  snapshot: z.enum([
    "true",
    "first",
    "first_in_data_collection",
    "last_in_data_collection",
    "last",
    "false",
    "incremental",
  ]),
  db: z.string(),
  sequence: z.string().regex(/^\[(null|"\d+"),"\d+"\]$/, 'must look like ["24023119","24023128"]'),
  ts_us: whole,
  ts_ns: whole,
  schema: z.string(),
  table: z.string(),
  txId: whole.nullable(),
  lsn: whole.nullable(),
  xmin: whole.nullable(),
  origin: z.string().nullable(),
  origin_lsn: whole.nullable(),
});

const transaction: z.ZodType<TransactionBlock> = z.strictObject({
  id: z.string().regex(/^\d+:\d+$/, 'must look like "571:53195829"'),
  total_order: whole,
  data_collection_order: whole,
});

/** Parses the payload of a table's event. */
export const changeEventSchema: z.ZodType<ChangeEvent> = z
  .strictObject({
    before: row.nullable(),
    after: row.nullable(),
    source,
    transaction: transaction.nullable(),
    op: z.enum(["c", "u", "d", "r", "t"]),
    ts_ms: whole,
    ts_us: whole,
    ts_ns: whole,
  })
  .refine(
    ({ op, after }) => (op === "d" || op === "t") === (after === null),
    "`after` is null for d and t, and only for them",
  );

/** Parses the payload of an event on `<prefix>.message`. */
export const messageEventSchema: z.ZodType<MessageEvent> = z.strictObject({
  op: z.literal("m"),
  ts_ms: whole,
  source,
  transaction: transaction.nullable(),
  message: z.strictObject({ prefix: z.string(), content: z.base64() }),
});

/** Parses the payload of an event on `<prefix>.transaction`. */
export const transactionEventSchema: z.ZodType<TransactionEvent> = z.strictObject({
  status: z.enum(["BEGIN", "END"]),
  id: z.string(),
  event_count: whole.nullable(),
  data_collections: z.array(z.strictObject({ data_collection: z.string(), event_count: whole })).nullable(),
  ts_ms: whole,
});
