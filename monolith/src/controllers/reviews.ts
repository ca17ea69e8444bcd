import { Router } from "express";
import { EXACT_PATHS } from "../lib/exact-paths.ts";
import { idFrom, Input, wordFrom } from "../lib/input.ts";
import { notFound } from "../lib/problem.ts";
import { findAccount } from "../lib/shop.ts";
import { findProductBySlug } from "../models/product.ts";
import { postReview, type ReviewInput } from "../services/review-service.ts";

export const reviews: Router = Router(EXACT_PATHS);

reviews.post("/api/products/:id/reviews", async (request, response) => {
  const id = idFrom(request.params.id, `There is no product "${request.params.id}".`);
  const account = await findAccount(request);
  const review = await postReview(id, account, readReview(request.body, account?.name));
  response.status(201).json(review);
});

reviews.post("/products/:slug/reviews", async (request, response) => {
  const detail = `There is no product "${request.params.slug}".`;
  const product = await findProductBySlug(wordFrom(request.params.slug, detail));
  if (!product) throw notFound(detail);
  const account = await findAccount(request);
  const { status } = await postReview(product.id, account, readReview(request.body, account?.name));
  response.redirect(303, `/products/${product.slug}#review-${status}`);
});

// --- internal ---

/** A customer's own name is taken when she gives no other. */
function readReview(body: unknown, accountName: string | undefined): ReviewInput {
  const input = new Input(body);
  const authorName = input.text("authorName", { min: accountName === undefined ? 1 : 0, max: 80 });
  const review = {
    authorName: authorName || (accountName ?? ""),
    rating: input.integer("rating", { from: 1, to: 5 }),
    title: input.text("title", { min: 0, max: 120 }),
    body: input.text("body", { min: 1, max: 4_000 }),
  };
  input.assertGood();
  return review;
}
