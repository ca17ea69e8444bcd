import type { ColumnMapping } from "./values/column-types.ts";

/**
 * What a column's schema names as its default, as JSON; undefined where it names none. A constant stands as it is; what is computed
 * (now(), nextval()) cannot stand in a schema, and its type's empty value stands for it, as Debezium has it.
 */
export function defaultJson(expression: string | null, mapping: ColumnMapping): string | undefined {
  if (expression === null) return undefined;
  const constant = findConstant(expression);
  if (constant === null) return undefined;
  if (constant === undefined) return EMPTIED.has(mapping.schema.type) ? mapping.empty.replace("0.0", "0") : undefined;
  try {
    return mapping.write(constant);
  } catch {
    return undefined;
  }
}

// --- internal ---

// A text has no empty value that could not be meant.
const EMPTIED: ReadonlySet<string> = new Set(["int16", "int32", "int64", "float", "double", "boolean"]);

/** The server's text of a constant; null for NULL, undefined for what is computed. */
function findConstant(expression: string): string | null | undefined {
  const bare = expression.replace(/(::[a-z_ ."]+(\([\d, ]+\))?(\[\])?)+$/i, "").replace(/^\((.*)\)$/, "$1");
  if (/^NULL$/i.test(bare)) return null;
  if (/^-?\d+(\.\d+)?$/.test(bare)) return bare;
  if (bare === "true") return "t";
  if (bare === "false") return "f";
  const text = /^'((?:[^']|'')*)'$/.exec(bare)?.[1];
  return text?.replaceAll("''", "'");
}
