import { Router, type Request } from "express";
import { idFrom, Input, wordFrom } from "../lib/input.ts";
import { EXACT_PATHS } from "../lib/exact-paths.ts";
import { list, readPage } from "../lib/paging.ts";
import { notFound } from "../lib/problem.ts";
import { categoryIdsOf, findCategory, listCategories, listDepartments } from "../models/category.ts";
import {
  findProductById,
  findProductBySlug,
  isProductOnSale,
  listProducts,
  searchProducts,
  SORTS,
} from "../models/product.ts";
import { listReviews } from "../models/review.ts";

/**
 * The catalog's answers, JSON and pages. They hold nothing of one customer and nothing of the moment, they write
 * nothing, and they read no cache: the same rows give the same bytes.
 */
export const catalog: Router = Router(EXACT_PATHS);

const API_PAGE_SIZE = 20;
const PAGE_SIZE = 24;
const REVIEWS_PAGE_SIZE = 10;

catalog.get("/api/products", async (request, response) => {
  const query = new Input(request.query);
  const page = readPage(query, API_PAGE_SIZE);
  const sort = query.oneOf("sort", SORTS, "newest");
  const slug = query.optional("category")?.text("category");
  query.assertGood();
  const category = slug === undefined ? undefined : await getCategory(slug);
  const categoryIds = category && (await categoryIdsOf(category.id));
  response.json(await listProducts(page, { sort, categoryIds }));
});

catalog.get("/api/products/:id", async (request, response) => {
  response.json(await getProductById(request.params.id));
});

catalog.get("/api/products/:id/reviews", async (request, response) => {
  const query = new Input(request.query);
  const page = readPage(query, REVIEWS_PAGE_SIZE);
  query.assertGood();
  const id = idFrom(request.params.id, noProduct(request.params.id));
  if (!(await isProductOnSale(id))) throw notFound(noProduct(request.params.id));
  response.json(await listReviews(id, page));
});

catalog.get("/api/categories", async (_request, response) => {
  const categories = await listCategories();
  response.json(list(categories, { page: 1, pageSize: categories.length }, categories.length));
});

catalog.get("/api/categories/:slug", async (request, response) => {
  response.json(await getCategory(request.params.slug));
});

catalog.get("/api/search", async (request, response) => {
  const query = new Input(request.query);
  const words = query.text("q");
  const page = readPage(query, API_PAGE_SIZE);
  query.assertGood();
  response.json(await searchProducts(words, page));
});

catalog.get("/products", async (request, response) => {
  const { page, sort } = readListQuery(request);
  const products = await listProducts(page, { sort });
  response.render("products/index", { departments: await listDepartments(), products, sort });
});

catalog.get("/products/:slug", async (request, response) => {
  const query = new Input(request.query);
  const page = { page: readPage(query, REVIEWS_PAGE_SIZE).page, pageSize: REVIEWS_PAGE_SIZE };
  query.assertGood();
  const noSuchProduct = noProduct(request.params.slug);
  const product = await findProductBySlug(wordFrom(request.params.slug, noSuchProduct));
  if (!product) throw notFound(noSuchProduct);
  const reviews = await listReviews(product.id, page);
  response.render("products/show", { departments: await listDepartments(), product, reviews });
});

catalog.get("/categories/:slug", async (request, response) => {
  const { page, sort } = readListQuery(request);
  const category = await getCategory(request.params.slug);
  const products = await listProducts(page, { sort, categoryIds: await categoryIdsOf(category.id) });
  response.render("categories/show", { departments: await listDepartments(), category, products, sort });
});

catalog.get("/search", async (request, response) => {
  const query = new Input(request.query);
  const words = query.text("q", { min: 0 });
  const page = { page: readPage(query, PAGE_SIZE).page, pageSize: PAGE_SIZE };
  query.assertGood();
  const products = words === "" ? list([], page, 0) : await searchProducts(words, page);
  response.render("search", { departments: await listDepartments(), words, products });
});

// --- internal ---

function readListQuery(request: Request) {
  const query = new Input(request.query);
  const page = { page: readPage(query, PAGE_SIZE).page, pageSize: PAGE_SIZE };
  const sort = query.oneOf("sort", SORTS, "newest");
  query.assertGood();
  return { page, sort };
}

async function getProductById(text: string) {
  const product = await findProductById(idFrom(text, noProduct(text)));
  if (!product) throw notFound(noProduct(text));
  return product;
}

async function getCategory(slug: string) {
  const detail = `There is no category "${slug}".`;
  const category = await findCategory(wordFrom(slug, detail));
  if (!category) throw notFound(detail);
  return category;
}

function noProduct(name: string): string {
  return `There is no product "${name}".`;
}
