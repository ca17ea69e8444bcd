import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { formatTable } from "../postgres/quote.ts";
import type { Key } from "../verify/part.ts";
import { RepairKeyError } from "./errors.ts";

/**
 * Reads keys as a person writes them: "5,7" for a key of one column, else (and for values with a comma) JSON: [["a", "1"], ["b", "2"]].
 * Throws RepairKeyError.
 */
export function parseKeys(text: string, table: ResolvedTable): Key[] {
  const columns = table.sourceKey.map(({ name }) => name);
  const unfit = (key: string) => new RepairKeyError(formatTable(table.to), key, columns);
  const given = text.trim().startsWith("[") ? parseJson(text, unfit) : text.split(",").map((value) => [value.trim()]);
  return given.map((key) => {
    const values = Array.isArray(key) ? key : [key];
    const isFit = values.length === columns.length && values.every(isValue);
    if (!isFit) throw unfit(JSON.stringify(key));
    return values.map(String);
  });
}

// --- internal ---

function parseJson(text: string, unfit: (key: string) => Error): unknown[] {
  try {
    return JSON.parse(text) as unknown[];
  } catch {
    throw unfit(text);
  }
}

// A number that JavaScript cannot hold would become another key.
function isValue(value: unknown): boolean {
  return (
    (typeof value === "string" && value !== "") ||
    (typeof value === "number" && (!Number.isInteger(value) || Number.isSafeInteger(value)))
  );
}
