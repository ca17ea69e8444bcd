import type { ResolvedTable } from "../catalog/resolved-table.ts";
import type { ComparableRow } from "./comparable-rows.ts";
import type { Key } from "./part.ts";
import type { Difference } from "./report.ts";

/** A row that differs, as both sides have it. */
export type Different = {
  kind: Difference["kind"];
  key: Key;
  source: ComparableRow | undefined;
  target: ComparableRow | undefined;
};

export function kindOf(source: ComparableRow | undefined, target: ComparableRow | undefined): Difference["kind"] {
  if (source === undefined) return "extra";
  return target === undefined ? "missing" : "changed";
}

/** The places, among the table's columns, of those that differ; none unless both sides have the row. */
export function differingPlaces(table: ResolvedTable, { source, target }: Different): number[] {
  if (source === undefined || target === undefined) return [];
  return table.columns.flatMap((_, place) => (source.values[place] === target.values[place] ? [] : [place]));
}

/** The key's values by target column. */
export function namedKey(table: ResolvedTable, { source, target }: Different): Record<string, string | null> {
  const values = (source ?? target)?.values ?? [];
  return Object.fromEntries(table.key.map((column) => [column.name, values[table.columns.indexOf(column)] ?? null]));
}
