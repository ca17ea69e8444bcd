import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { quoteName, quoteTable, type TableName } from "../postgres/quote.ts";

/**
 * "FROM part AS table WHERE ...": the rows of one part that the stream carries. The part goes by the name of the plan's table, as
 * which its expressions know it.
 */
export function partRowsSql({ from, where }: ResolvedTable, part: TableName, conditions: readonly string[]): string {
  const all = [...conditions, ...(where === undefined ? [] : [`(${where})`])];
  const filter = all.length === 0 ? "" : ` WHERE ${all.join(" AND ")}`;
  return `FROM ONLY ${quoteTable(part)} AS ${quoteName(from.name)}${filter}`;
}

/** The place of a row in its table, as the part's rows know it. */
export function placeSql({ from }: ResolvedTable): string {
  return `${quoteName(from.name)}.ctid`;
}
