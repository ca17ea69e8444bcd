// The keys that a target's table holds, a piece at a time, in the target's own order: the source is asked for each of them by name,
// so that it need not sort alike.

import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { quoteName, quoteTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import type { WindowKey } from "./window-request.ts";

/** The next keys behind `after`, at most `limit`, as the target writes them. */
export async function findTargetKeys(
  target: Session,
  table: ResolvedTable,
  after: WindowKey | undefined,
  limit: number,
): Promise<WindowKey[]> {
  const names = table.sourceKey.map(({ name }) => quoteName(name));
  const behind = table.sourceKey.map(({ type }, place) => `$${place + 1}::pg_catalog.text::${type}`);
  const conditions = [
    ...(table.targetWhere === undefined ? [] : [`(${table.targetWhere})`]),
    ...(after === undefined ? [] : [`(${names.join(", ")}) > (${behind.join(", ")})`]),
  ];
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  const { rows } = await target.query<string[]>({
    text: `SELECT ${names.join(", ")} FROM ${quoteTable(table.to)}${where} ORDER BY ${names.join(", ")} LIMIT ${limit}`,
    values: after === undefined ? [] : [...after],
    rowMode: "array",
  });
  return rows;
}
