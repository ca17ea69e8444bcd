import { LineCounter, parseDocument, type Document } from "yaml";
import type { z } from "zod";
import { ConfigurationInvalidError } from "./errors.ts";

/**
 * Parses the text of a YAML file that a person keeps. `file` is named in complaints. Throws ConfigurationInvalidError
 * with line and column.
 */
export function parseYamlFile<Schema extends z.ZodType>(file: string, text: string, schema: Schema): z.output<Schema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  if (broken) {
    const { line, col } = lines.linePos(broken.pos[0]);
    const reason = `not valid YAML: ${broken.message.split("\n")[0]}`;
    throw new ConfigurationInvalidError(file, reason, { line, column: col });
  }
  const result = schema.safeParse(document.toJS());
  if (result.success) return result.data;

  const [issue] = result.error.issues;
  const path = issue?.path ?? [];
  const where = path.length > 0 ? `${path.join(".")}: ` : "";
  const message = issue?.code === "invalid_key" ? issue.issues[0]?.message : issue?.message;
  const reason = `${where}${message ?? "not what it should be"}`;
  throw new ConfigurationInvalidError(file, reason, placeOf(document, path, lines));
}

// --- internal ---

function placeOf(
  document: Document,
  path: readonly PropertyKey[],
  lines: LineCounter,
): { line: number; column: number } | null {
  for (let length = path.length; length >= 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    const range = typeof node === "object" && node !== null && "range" in node ? node.range : null;
    if (!Array.isArray(range)) continue;
    const { line, col } = lines.linePos(Number(range[0]));
    return { line, column: col };
  }
  return null;
}
