import { z } from "zod";

/** A text in which `{{int 1 9}}`, `{{choice a b}}`, `{{saved.x}}`, `{{setup.x}}` and `{{unique}}` are filled in. */
const template = z.string();

const jsonValue: z.ZodType<JsonTemplate> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(jsonValue), z.record(z.string(), jsonValue)]),
);

export type JsonTemplate =
  | string
  | number
  | boolean
  | null
  | JsonTemplate[]
  | {
      [key: string]: JsonTemplate;
    };

const size = z.strictObject({
  min: z.int().nonnegative().optional(),
  max: z.int().nonnegative().optional(),
});

const jsonRule = z
  .strictObject({
    equals: z.union([template, z.number(), z.boolean(), z.null()]).optional().describe("exactly this value"),
    type: z.enum(["string", "number", "integer", "boolean", "array", "object", "null"]).optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    matches: z.string().optional().describe("a regular expression that the text must match"),
    oneOf: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
    size: size.optional().describe("how many items an array has, or how many characters a text"),
    sorted: z.enum(["ascending", "descending"]).optional().describe("the values found at the path, in this order"),
    absent: z.literal(true).optional().describe("nothing may stand at the path"),
  })
  .describe("all that is said here must hold for every value found at the path");

const expectation = z.strictObject({
  status: z.union([z.int().min(100).max(599), z.array(z.int().min(100).max(599)).min(1)]).default(200),
  headers: z.record(z.string(), template).default({}).describe("header name: a text it must contain"),
  text: z
    .union([template, z.array(template)])
    .default([])
    .describe("texts the body must contain"),
  json: z
    .record(z.string(), z.union([template, z.number(), z.boolean(), z.null(), jsonRule]))
    .default({})
    .describe("path into the JSON body (`items[*].id`, `$` for the whole): the value or rule that must hold there"),
});

const pick = z.enum(["first", "random", "all"]).default("first");

const save = z.union([
  z.strictObject({
    json: z.string().describe("path into the JSON body, such as items[*].id or items[?stock>=5].id"),
    pick,
  }),
  z.strictObject({ header: z.string() }),
  z.strictObject({ text: z.string().describe("a regular expression; its first group is kept"), pick }),
]);

const thinkMs = z.union([
  z.number().nonnegative(),
  z.tuple([z.number().nonnegative(), z.number().nonnegative()]).describe("between these two, drawn for each visitor"),
]);

const step = z.strictObject({
  name: z.string().min(1).describe("what the report calls it; visitors may share a step by its name"),
  method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]).default("GET"),
  path: template,
  headers: z.record(z.string(), template).default({}),
  json: jsonValue.optional().describe("body, sent as application/json"),
  form: z.record(z.string(), template).optional().describe("body, sent as application/x-www-form-urlencoded"),
  thinkMs: thinkMs.default(0).describe("milliseconds the visitor waits before this step"),
  expect: expectation.prefault({}),
  save: z.record(z.string(), save).default({}),
});

const visitor = z.strictObject({
  name: z.string().min(1),
  weight: z.number().positive().describe("share of all visitors, relative to the other weights"),
  let: z.record(z.string(), template).default({}).describe("drawn once when the visitor comes, used as {{saved.x}}"),
  steps: z.array(step).min(1),
});

export const scenarioSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9-]+$/),
    about: z.string().optional(),
    headers: z.record(z.string(), z.string()).default({}).describe("sent with every request"),
    setup: z
      .array(step)
      .default([])
      .describe("requests made once before the first visitor; save values as {{setup.x}}"),
    dataSize: z
      .record(z.string(), template)
      .default({})
      .describe("how much data there was, for the report; filled from {{setup.x}}"),
    visitors: z.array(visitor).min(1),
  })
  .describe("A load scenario: who comes, what they ask for, and what a correct answer is.");

/** A scenario as its file says it, with defaults filled in: plain data. */
export type Scenario = z.output<typeof scenarioSchema>;
export type VisitorKind = Scenario["visitors"][number];
export type Step = VisitorKind["steps"][number];
export type Expectation = Step["expect"];
export type JsonRule = z.output<typeof jsonRule>;
export type Save = Step["save"][string];
