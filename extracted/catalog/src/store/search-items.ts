import type { ItemSummary } from "../domain/item.ts";
import { offsetOf, type Page, type Paged } from "../domain/page.ts";
import type { Database, Statement } from "./database.ts";
import { LIST_COLUMNS, SUMMARY_COLUMNS, SUMMARY_SOURCES, summaryFromRow, type ItemSummaryRow } from "./item-summary.ts";

// The expression of items_search_index, letter by letter.
const DOCUMENT = "to_tsvector('english', i.title || ' ' || i.description)";
// Said twice rather than joined once: PostgreSQL's plan for any words would then read every item.
const QUESTION = "websearch_to_tsquery('english', $1)";

const pageStatement: Statement<ItemSummaryRow> = {
  name: "search-items",
  sql: `
    SELECT ${SUMMARY_COLUMNS}
      FROM (SELECT ${LIST_COLUMNS}, ts_rank(${DOCUMENT}, ${QUESTION}) AS rank
              FROM items i
             WHERE i.is_listed AND ${DOCUMENT} @@ ${QUESTION}
             ORDER BY rank DESC, i.id
             LIMIT $2 OFFSET $3) AS i
      ${SUMMARY_SOURCES}
     ORDER BY i.rank DESC, i.id`,
};

const countStatement: Statement<{ total: number }> = {
  name: "count-found-items",
  sql: `
    SELECT count(*)::int AS total
      FROM items i
     WHERE i.is_listed AND ${DOCUMENT} @@ ${QUESTION}`,
};

/** Full-text search in titles and descriptions, the best match first. Any text is a valid question. */
export async function searchItems(database: Database, words: string, page: Page): Promise<Paged<ItemSummary>> {
  const [rows, [counted]] = await Promise.all([
    database.query(pageStatement, [words, page.pageSize, offsetOf(page)]),
    database.query(countStatement, [words]),
  ]);
  return { ...page, entries: rows.map(summaryFromRow), total: counted?.total ?? 0 };
}
