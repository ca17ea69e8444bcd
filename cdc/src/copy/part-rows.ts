// A part of rows that another table writes cannot be copied straight into its target: its rows are there already. It goes into a
// table of the transaction's own first, and from there into the rows.

import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { quoteName, quoteTable } from "../postgres/quote.ts";

/** Where a COPY of this table goes, and what has to be run around it in the same transaction. */
export type CopyTarget = { before: readonly string[]; table: string; after: readonly string[] };

/** How a table's rows get into its target. */
export function copyTarget(table: ResolvedTable): CopyTarget {
  const target = quoteTable(table.to);
  if (table.part !== true) return { before: [], table: target, after: [] };
  const names = table.columns.map(({ name }) => quoteName(name));
  const own = table.columns.filter((column) => !table.key.includes(column)).map(({ name }) => quoteName(name));
  const keys = table.key.map(({ name }) => quoteName(name));
  return {
    before: [`CREATE TEMPORARY TABLE ${PART} ON COMMIT DROP AS SELECT ${names.join(", ")} FROM ${target} WITH NO DATA`],
    table: PART,
    after: [
      `UPDATE ${target} AS t SET ${own.map((name) => `${name} = n.${name}`).join(", ")} FROM ${PART} AS n
       WHERE ${keys.map((name) => `t.${name} = n.${name}`).join(" AND ")}`,
    ],
  };
}

/** The tables in the order in which they must be copied: each group when the one before is complete. */
export function copyRounds<Item>(items: readonly Item[], tableOf: (item: Item) => ResolvedTable | undefined): Item[][] {
  const isPart = (item: Item) => tableOf(item)?.part === true;
  return [items.filter((item) => !isPart(item)), items.filter(isPart)].filter(({ length }) => length > 0);
}

// --- internal ---

const PART = "pg_temp.strangler_part";
