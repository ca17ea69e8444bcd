import { Router } from "express";
import { idsWithin } from "../domain/category-tree.ts";
import type { Database } from "../store/database.ts";
import { findItemBySlug } from "../store/find-item.ts";
import { listDepartments } from "../store/list-departments.ts";
import { listItems } from "../store/list-items.ts";
import { listReviews } from "../store/list-reviews.ts";
import { searchItems } from "../store/search-items.ts";
import { EXACT_PATHS } from "./exact-paths.ts";
import { getCategory, noSuchProduct } from "./lookups.ts";
import { presentCategory } from "./present/category.ts";
import { presentList } from "./present/list.ts";
import { presentCategoryLink, presentProduct, presentSummary } from "./present/product.ts";
import { presentReview } from "./present/review.ts";
import { readSlug } from "./read-path.ts";
import { readItemListScreenQuery, readItemScreenQuery, readSearchScreenQuery } from "./read-query.ts";
import { notFound } from "./request-problem.ts";

/**
 * The pages. Templates are given what the API would answer. Nothing in a page belongs to one customer: the browser fetches
 * the cart's badge from whoever keeps carts.
 */
export function pageRoutes(database: Database): Router {
  const router = Router(EXACT_PATHS);
  const departments = async () => (await listDepartments(database)).map(presentCategoryLink);

  router.get("/products", async (request, response) => {
    const { page, order } = readItemListScreenQuery(request.query);
    const [links, items] = await Promise.all([departments(), listItems(database, page, { order })]);
    response.render("products/index", {
      departments: links,
      products: presentList(items, presentSummary),
      sort: order,
    });
  });

  router.get("/products/:slug", async (request, response) => {
    const page = readItemScreenQuery(request.query);
    const detail = noSuchProduct(request.params.slug);
    const item = await findItemBySlug(database, readSlug(request.params.slug, detail));
    if (!item) throw notFound(detail);
    const [links, reviews] = await Promise.all([departments(), listReviews(database, item.id, page)]);
    response.render("products/show", {
      departments: links,
      product: presentProduct(item),
      reviews: presentList(reviews, presentReview),
    });
  });

  router.get("/categories/:slug", async (request, response) => {
    const { page, order } = readItemListScreenQuery(request.query);
    const category = await getCategory(database, request.params.slug);
    const [links, items] = await Promise.all([
      departments(),
      listItems(database, page, { order, categoryIds: idsWithin(category) }),
    ]);
    response.render("categories/show", {
      departments: links,
      category: presentCategory(category),
      products: presentList(items, presentSummary),
      sort: order,
    });
  });

  router.get("/search", async (request, response) => {
    const { words, page } = readSearchScreenQuery(request.query);
    const nothing = { entries: [], ...page, total: 0 };
    const [links, found] = await Promise.all([
      departments(),
      words === "" ? nothing : searchItems(database, words, page),
    ]);
    response.render("search", { departments: links, words, products: presentList(found, presentSummary) });
  });

  return router;
}
