import { z } from "zod";
import type { Change, ChangePosition } from "./change.ts";

const valueSchema = z.union([z.string(), z.null(), z.strictObject({ unchanged: z.literal(true) })]);
const rowSchema = z.record(z.string(), valueSchema);

/** Parses a position that came from outside. */
export const positionSchema: z.ZodType<ChangePosition> = z.strictObject({
  commitLsn: z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/, 'must look like "16/B374D848"'),
  index: z.int().nonnegative(),
});

/** Parses a change that came from outside (a message, a file). */
export const changeSchema: z.ZodType<Change> = z.strictObject({
  table: z.strictObject({ schema: z.string(), name: z.string() }),
  op: z.enum(["insert", "update", "delete", "truncate"]),
  key: rowSchema.nullable(),
  old: rowSchema.nullable(),
  new: rowSchema.nullable(),
  position: positionSchema,
  transactionId: z.int().nonnegative(),
  committedAt: z.string(),
  origin: z.string().nullable(),
});
