import { z } from "zod";

// What may stand right of a target column's name in plan/streams.yaml, and what the rest of the plan may ask of it.

const name = z.string().min(1).max(63);

// A number that JavaScript cannot hold exactly must be written as a text, or it would not be the one that stands in the file.
const literal = z
  .union([
    z.string(),
    z.boolean(),
    z.number().refine((value) => !Number.isInteger(value) || Number.isSafeInteger(value)),
  ])
  .transform(String);

export const expressionSchema = z
  .strictObject({
    expression: z
      .string()
      .min(1)
      .describe("SQL over the columns named in `from`; no subqueries, no volatile functions."),
    from: z.array(name).min(1).describe("The source columns that the expression reads."),
  })
  .describe("SQL over declared source columns. Evaluated by the source for the copy and by the target afterwards.");

const constantSchema = z
  .strictObject({
    constant: literal.nullable().describe("As the target's server reads the column's type; null for no value."),
  })
  .describe("The same value in every row.");

const translationSchema = z
  .strictObject({
    column: name.describe("The source column whose values are translated. A null stays null."),
    enum: z
      .record(z.string(), literal)
      .refine((words) => Object.keys(words).length > 0, "must translate at least one value")
      .describe("Value of the source: value of the target, both as their servers write them."),
    otherwise: literal
      .nullable()
      .optional()
      .describe(
        "What a value becomes that is not listed. Without it such a value is refused like any other that the target does not take.",
      ),
  })
  .describe("Translates the values of one column.");

export const columnSchema = z.union([name, expressionSchema, constantSchema, translationSchema]);

export type Expression = z.output<typeof expressionSchema>;
export type Constant = z.output<typeof constantSchema>;
export type Translation = z.output<typeof translationSchema>;

/** A target column's value: a source column as it is, or one of the forms above. */
export type ColumnPlan = z.output<typeof columnSchema>;

/** The source columns that a value is made of. */
export function sourceColumns(mapped: ColumnPlan): readonly string[] {
  if (typeof mapped === "string") return [mapped];
  if ("expression" in mapped) return mapped.from;
  return "enum" in mapped ? [mapped.column] : [];
}

export function isConstant(mapped: ColumnPlan | undefined): mapped is Constant {
  return typeof mapped === "object" && "constant" in mapped;
}
