import { db, type Knex } from "../lib/db.ts";
import { list, offsetOf, type List, type Page } from "../lib/paging.ts";

/** The order of the members is part of the answer. */
export type Review = {
  id: number;
  rating: number;
  title: string;
  body: string;
  authorName: string;
  createdAt: string;
};

export type NewReview = {
  productId: number;
  customerId: number | null;
  authorName: string;
  rating: number;
  title: string;
  body: string;
  status: "pending" | "published";
};

type ReviewRow = {
  id: number;
  rating: number;
  title: string;
  body: string;
  author_name: string;
  created_at: Date;
};

/** Published reviews of a product, the newest first. */
export async function listReviews(productId: number, page: Page): Promise<List<Review>> {
  const published = () => db("reviews").where({ product_id: productId, status: "published" });
  const rows = await published()
    .select<ReviewRow[]>("id", "rating", "title", "body", "author_name", "created_at")
    .orderByRaw("created_at DESC, id DESC")
    .limit(page.pageSize)
    .offset(offsetOf(page));
  const [counted] = await published().count<{ total: string }[]>("id as total");
  return list(rows.map(presentReview), page, Number(counted?.total));
}

export async function insertReview(trx: Knex.Transaction, review: NewReview): Promise<Review> {
  const [row] = await trx("reviews")
    .insert({
      product_id: review.productId,
      customer_id: review.customerId,
      author_name: review.authorName,
      rating: review.rating,
      title: review.title,
      body: review.body,
      status: review.status,
    })
    .returning<ReviewRow[]>(["id", "rating", "title", "body", "author_name", "created_at"]);
  return presentReview(row as ReviewRow);
}

/** Sums up a product's published reviews in the product itself. */
export async function refreshRating(trx: Knex.Transaction, productId: number): Promise<void> {
  // Two reviews at once would each count without the other; the product's row makes them wait for each other. No key
  // update: both already hold its key, through the foreign key of their reviews.
  await trx("products").where({ id: productId }).forNoKeyUpdate().first("id");
  await trx.raw(
    `UPDATE products
        SET rating_average = sums.average, rating_count = sums.count
       FROM (SELECT coalesce(round(avg(rating), 2), 0) AS average, count(*) AS count
               FROM reviews WHERE product_id = ? AND status = 'published') AS sums
      WHERE products.id = ?`,
    [productId, productId],
  );
}

// --- internal ---

function presentReview(row: ReviewRow): Review {
  return {
    id: row.id,
    rating: row.rating,
    title: row.title,
    body: row.body,
    authorName: row.author_name,
    createdAt: row.created_at.toISOString(),
  };
}
