import { z } from "zod";
import { parseYamlFile } from "../yaml-file.ts";

const names = z.array(z.string().min(1));

const contextSchema = z.strictObject({
  /** Files by path or pattern, relative to `path`. A longer pattern wins over a shorter one, a path over both. */
  files: names.default([]),
  tables: names.default([]),
});

const pinsSchema = z.strictObject({
  /** Files and tables of one list belong to one context, whichever that is. */
  together: z.array(names.min(2)).default([]),
  /** No two of one list share a context. */
  apart: z.array(names.min(2)).default([]),
});

export const acceptedSchema = z.strictObject({
  version: z.literal(1),
  /** The folder that was analysed, seen from the one that holds the plan. */
  path: z.string().min(1),
  /** A folder outside of it with the migrations. */
  schema: z.string().min(1).optional(),
  contexts: z.record(
    z.string().regex(/^[a-z][a-z0-9-]*$/, "a context's name is lower-case-with-dashes"),
    contextSchema,
  ),
  pins: pinsSchema.default({ together: [], apart: [] }),
});

/** The contexts that people agreed on: `plan/contexts.yaml`. */
export type AcceptedContexts = z.infer<typeof acceptedSchema>;

/** What the proposal has to keep to, whatever the evidence says. */
export type Pins = AcceptedContexts["pins"];

/** Parses the file of accepted contexts; `file` is named in complaints. Throws ConfigurationInvalidError. */
export function parseAcceptedContexts(file: string, text: string): AcceptedContexts {
  return parseYamlFile(file, text, acceptedSchema);
}
