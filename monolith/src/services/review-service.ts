import { db } from "../lib/db.ts";
import { notFound } from "../lib/problem.ts";
import { getSettings, type Account } from "../lib/shop.ts";
import { isProductOnSale } from "../models/product.ts";
import { insertReview, refreshRating, type Review } from "../models/review.ts";

export type ReviewInput = { authorName: string; rating: number; title: string; body: string };

/**
 * Keeps a review and counts it in the product. One that contains a blocked word waits for a person; `status` tells.
 */
export async function postReview(
  productId: number,
  account: Account | undefined,
  input: ReviewInput,
): Promise<Review & { status: "pending" | "published" }> {
  if (!(await isProductOnSale(productId))) throw notFound(`There is no product "${productId}".`);
  const { reviewBlocklist } = await getSettings();
  const text = `${input.title} ${input.body} ${input.authorName}`.toLowerCase();
  const status = reviewBlocklist.some((word) => text.includes(word)) ? "pending" : "published";
  return db.transaction(async (trx) => {
    const review = await insertReview(trx, { productId, customerId: account?.id ?? null, status, ...input });
    if (status === "published") await refreshRating(trx, productId);
    return { ...review, status };
  });
}
