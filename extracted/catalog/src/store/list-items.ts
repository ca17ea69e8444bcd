import { ITEM_ORDERS, type ItemOrder, type ItemSummary } from "../domain/item.ts";
import { offsetOf, type Page, type Paged } from "../domain/page.ts";
import type { Database, Statement } from "./database.ts";
import { LIST_COLUMNS, SUMMARY_COLUMNS, SUMMARY_SOURCES, summaryFromRow, type ItemSummaryRow } from "./item-summary.ts";

export type ItemFilter = { order: ItemOrder; categoryIds?: readonly number[] | undefined };

/** Listed items, all of them or those of some categories. */
export async function listItems(
  database: Database,
  page: Page,
  { order, categoryIds }: ItemFilter,
): Promise<Paged<ItemSummary>> {
  const scope = categoryIds === undefined ? "everywhere" : "within";
  const within = categoryIds === undefined ? [] : [categoryIds];
  const [rows, [counted]] = await Promise.all([
    database.query(pageStatements[scope][order], [page.pageSize, offsetOf(page), ...within]),
    database.query(countStatements[scope], within),
  ]);
  return { ...page, entries: rows.map(summaryFromRow), total: counted?.total ?? 0 };
}

// --- internal ---

// Every order ends with the id: two items at one price never change places between two pages.
const ORDERS: Readonly<Record<ItemOrder, string>> = {
  newest: "i.added_at DESC, i.id DESC",
  "price-asc": "i.price_amount, i.id",
  "price-desc": "i.price_amount DESC, i.id",
  rating: "i.stars_average DESC, i.stars_count DESC, i.id",
};

const pageStatements = {
  everywhere: pageStatementsFor("everywhere", "i.is_listed"),
  within: pageStatementsFor("within", "i.is_listed AND i.category_id = ANY ($3::int[])"),
};

const countStatements: Readonly<Record<keyof typeof pageStatements, Statement<{ total: number }>>> = {
  everywhere: {
    name: "count-items-everywhere",
    sql: "SELECT count(*)::int AS total FROM items i WHERE i.is_listed",
  },
  within: {
    name: "count-items-within",
    sql: "SELECT count(*)::int AS total FROM items i WHERE i.is_listed AND i.category_id = ANY ($1::int[])",
  },
};

function pageStatementsFor(scope: string, condition: string): Record<ItemOrder, Statement<ItemSummaryRow>> {
  const statements = ITEM_ORDERS.map((order): [ItemOrder, Statement<ItemSummaryRow>] => [
    order,
    {
      name: `list-items-${scope}-${order}`,
      sql: `
        SELECT ${SUMMARY_COLUMNS}
          FROM (SELECT ${LIST_COLUMNS} FROM items i WHERE ${condition}
                 ORDER BY ${ORDERS[order]} LIMIT $1 OFFSET $2) AS i
          ${SUMMARY_SOURCES}
         ORDER BY ${ORDERS[order]}`,
    },
  ]);
  return Object.fromEntries(statements) as Record<ItemOrder, Statement<ItemSummaryRow>>;
}
