import { readFile } from "node:fs/promises";
import { LineCounter, parseDocument, type Document, type YAMLError } from "yaml";
import type { z } from "zod";
import { errorCode } from "./error-code.ts";
import { PlanFileError, type PlanFileProblem } from "./errors.ts";
import { nearest } from "./nearest.ts";

export type PlanFile<Value> = {
  file: string;
  value: Value;
  /** The YAML document with its comments, for edits that keep them. */
  document: Document.Parsed;
  /** Where a path of the value stands in the file, 1-based. */
  placeOf: (path: readonly PropertyKey[]) => { line: number; column: number };
};

/** Reads and parses a YAML file of `plan/`. Throws PlanFileError with line, column, reason and suggestion. */
export async function readPlanFile<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<PlanFile<z.output<Schema>>> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new PlanFileError([
      { file, reason: `cannot be read (${describe(cause)}).`, suggestion: "Name it with --plan." },
    ]);
  });
  return parsePlanText(file, text, schema);
}

/** The pure half of `readPlanFile`: the text is given, `file` is only named in complaints. */
export function parsePlanText<Schema extends z.ZodType>(
  file: string,
  text: string,
  schema: Schema,
): PlanFile<z.output<Schema>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    // Only the first: a slip early in the file makes the parser stumble over everything after it.
    throw new PlanFileError(document.errors.slice(0, 1).map((error) => yamlProblem(file, lines, error)));
  }
  const placeOf = (path: readonly PropertyKey[]) => findPlace(document, lines, path);
  const parsed = schema.safeParse(document.toJS() as unknown);
  if (!parsed.success) {
    throw new PlanFileError(parsed.error.issues.flatMap((issue) => schemaProblems(file, issue, placeOf, schema)));
  }
  return { file, value: parsed.data, document, placeOf };
}

// --- internal ---

function yamlProblem(file: string, lines: LineCounter, error: YAMLError): PlanFileProblem {
  const { line, col } = lines.linePos(error.pos[0]);
  return { file, line, column: col, reason: `not valid YAML: ${error.message.split("\n")[0]}.` };
}

type Issue = z.core.$ZodIssue;

function schemaProblems(
  file: string,
  issue: Issue,
  placeOf: PlanFile<unknown>["placeOf"],
  schema: z.ZodType,
): PlanFileProblem[] {
  const at = issue.path.join(".") || "the document";
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const { line, column } = placeOf([...issue.path, key]);
      const guess = nearest(key, knownKeys(schema, issue.path));
      return {
        file,
        line,
        column,
        reason: `"${key}" is not known in ${at}.`,
        ...(guess === undefined ? {} : { suggestion: `Did you mean "${guess}"?` }),
      };
    });
  }
  const { line, column } = placeOf(issue.path);
  return [{ file, line, column, reason: `${at}: ${issue.message}.` }];
}

// The schema's keys on the way to `path`, as far as they can be read from its JSON Schema; only used to guess at typing errors.
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const keys = new Set<string>();
  collectKeys(schema, path.length, keys);
  return [...keys];
}

function collectKeys(schema: z.ZodType, depth: number, keys: Set<string>): void {
  const definition = schema.def as unknown as Record<string, unknown>;
  if ("shape" in definition) {
    for (const [key, child] of Object.entries(definition["shape"] as Record<string, z.ZodType>)) {
      keys.add(key);
      if (depth > 0) collectKeys(child, depth - 1, keys);
    }
  }
  for (const name of ["element", "valueType", "innerType", "in", "left", "right"]) {
    const child = definition[name];
    if (child !== undefined) collectKeys(child as z.ZodType, depth, keys);
  }
  for (const option of (definition["options"] as z.ZodType[] | undefined) ?? []) collectKeys(option, depth, keys);
}

type Ranged = { range?: [number, number, number] | null };

function findPlace(document: Document.Parsed, lines: LineCounter, path: readonly PropertyKey[]) {
  for (let length = path.length; length >= 0; length -= 1) {
    const offset = offsetOf(document, path.slice(0, length));
    if (offset !== undefined) {
      const { line, col } = lines.linePos(offset);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}

function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number | undefined {
  const last = path.at(-1);
  if (typeof last === "string") {
    const parent = document.getIn(path.slice(0, -1), true) as
      { items?: { key?: Ranged & { value?: unknown } }[] } | undefined;
    const pair = parent?.items?.find((item) => item.key?.value === last);
    if (pair?.key?.range) return pair.key.range[0];
  }
  return (document.getIn([...path], true) as Ranged | undefined)?.range?.[0];
}

function describe(cause: unknown): string {
  return errorCode(cause) === "ENOENT" ? "there is no such file" : String(cause);
}
