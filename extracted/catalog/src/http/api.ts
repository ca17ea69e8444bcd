import { Router } from "express";
import { growTree, idsWithin } from "../domain/category-tree.ts";
import type { Database } from "../store/database.ts";
import { findItemById } from "../store/find-item.ts";
import { isItemListed } from "../store/is-item-listed.ts";
import { listCategories } from "../store/list-categories.ts";
import { listItems } from "../store/list-items.ts";
import { listReviews } from "../store/list-reviews.ts";
import { searchItems } from "../store/search-items.ts";
import { EXACT_PATHS } from "./exact-paths.ts";
import { getCategory, noSuchProduct } from "./lookups.ts";
import { presentCategory, presentCategorySummary } from "./present/category.ts";
import { presentList } from "./present/list.ts";
import { presentProduct, presentSummary } from "./present/product.ts";
import { presentReview } from "./present/review.ts";
import { readId } from "./read-path.ts";
import { readItemListQuery, readReviewListQuery, readSearchQuery } from "./read-query.ts";
import { notFound } from "./request-problem.ts";

/** The JSON API: the routes that the monolith has given up, in the words its clients know. */
export function apiRoutes(database: Database): Router {
  const router = Router(EXACT_PATHS);

  router.get("/api/products", async (request, response) => {
    const { page, order, category } = readItemListQuery(request.query);
    const categoryIds = category === undefined ? undefined : idsWithin(await getCategory(database, category));
    response.json(presentList(await listItems(database, page, { order, categoryIds }), presentSummary));
  });

  router.get("/api/products/:id", async (request, response) => {
    const detail = noSuchProduct(request.params.id);
    const item = await findItemById(database, readId(request.params.id, detail));
    if (!item) throw notFound(detail);
    response.json(presentProduct(item));
  });

  router.get("/api/products/:id/reviews", async (request, response) => {
    const page = readReviewListQuery(request.query);
    const detail = noSuchProduct(request.params.id);
    const id = readId(request.params.id, detail);
    if (!(await isItemListed(database, id))) throw notFound(detail);
    response.json(presentList(await listReviews(database, id, page), presentReview));
  });

  router.get("/api/categories", async (_request, response) => {
    const tree = growTree(await listCategories(database));
    // One page that holds them all.
    const all = { entries: tree, page: 1, pageSize: tree.length, total: tree.length };
    response.json(presentList(all, presentCategorySummary));
  });

  router.get("/api/categories/:slug", async (request, response) => {
    response.json(presentCategory(await getCategory(database, request.params.slug)));
  });

  router.get("/api/search", async (request, response) => {
    const { words, page } = readSearchQuery(request.query);
    response.json(presentList(await searchItems(database, words, page), presentSummary));
  });

  return router;
}
