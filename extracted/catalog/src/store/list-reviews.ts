import { offsetOf, type Page, type Paged } from "../domain/page.ts";
import type { Review } from "../domain/review.ts";
import type { Database, Statement } from "./database.ts";

type Row = { id: number; stars: number; headline: string; body: string; author: string; written_at: Date };

const pageStatement: Statement<Row> = {
  name: "list-reviews",
  sql: `
    SELECT id, stars, headline, body, author, written_at
      FROM reviews
     WHERE item_id = $1
     ORDER BY written_at DESC, id DESC
     LIMIT $2 OFFSET $3`,
};

const countStatement: Statement<{ total: number }> = {
  name: "count-reviews",
  sql: "SELECT count(*)::int AS total FROM reviews WHERE item_id = $1",
};

/** What is said of an item, the newest first. Only published reviews are here at all. */
export async function listReviews(database: Database, itemId: number, page: Page): Promise<Paged<Review>> {
  const [rows, [counted]] = await Promise.all([
    database.query(pageStatement, [itemId, page.pageSize, offsetOf(page)]),
    database.query(countStatement, [itemId]),
  ]);
  return { ...page, entries: rows.map(reviewFromRow), total: counted?.total ?? 0 };
}

// --- internal ---

function reviewFromRow({ written_at, ...review }: Row): Review {
  return { ...review, writtenAt: written_at };
}
