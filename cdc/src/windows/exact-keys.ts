import type { ResolvedTable } from "../catalog/resolved-table.ts";

/**
 * Whether two keys of this table are equal exactly when their texts are. A numeric may be 1.0 here and 1.00 there, a citext may
 * differ in its letters' case; such keys can be compared by a server only.
 */
export function hasExactKeys(table: ResolvedTable): boolean {
  return table.sourceKey.every(({ type, inputs: [name] }) => {
    const source = table.inputs.find((input) => input.name === name)?.sourceType ?? "";
    return [type, source].every((each) => EXACT.has(each.replaceAll('"', "")));
  });
}

// --- internal ---

const EXACT = new Set(
  ["int2", "int4", "int8", "oid", "uuid", "text", "varchar", "bytea", "bool", "date", "timestamp", "timestamptz"].map(
    (name) => `pg_catalog.${name}`,
  ),
);
