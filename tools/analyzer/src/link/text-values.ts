import { tableName } from "../read/sql/sql-tables.ts";
import type { Text } from "../source-facts.ts";
import type { Symbols } from "./symbols.ts";

const MOST_STEPS = 8;

/** Text with the constants of other files filled in; what stays unknown stays a hole. */
export function fillConstants(symbols: Pick<Symbols, "files" | "originOf">, file: string, text: Text, steps = 0): Text {
  return text.flatMap((part): Text => {
    if (typeof part === "string" || "hole" in part) return [part];
    const origin = steps < MOST_STEPS ? symbols.originOf(file, part.name) : null;
    const value = origin && symbols.files.get(origin.file)?.constants[origin.name];
    return origin && value ? fillConstants(symbols, origin.file, value, steps + 1) : [{ hole: part.name }];
  });
}

/**
 * The table that a builder's argument names: `posts`, `posts as p`, `"public"."posts"`. Null where it is known
 * only at run time; a schema that is unknown does not hide the table's own name.
 */
export function tableOf(text: Text): string | null {
  const joined = text.map((part) => (typeof part === "string" ? part : "\0")).join("");
  const [named = ""] = joined.trim().split(/\s+(?:as\s+)?/i);
  const parts = named.replaceAll(/["`]/g, "").split(".");
  const table = parts.at(-1) ?? "";
  if (table === "" || table.includes("\0")) return null;
  const schema = parts.at(-2);
  return tableName(schema === undefined || schema.includes("\0") ? undefined : schema, table);
}
