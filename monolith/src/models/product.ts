import { db, type Knex } from "../lib/db.ts";
import { list, offsetOf, type List, type Page } from "../lib/paging.ts";
import type { CategoryLink } from "./category.ts";

export type Image = { url: string; alt: string };

/** A product as lists show it. The order of the members is part of the answer. */
export type ProductSummary = {
  id: number;
  slug: string;
  sku: string;
  name: string;
  category: CategoryLink;
  priceCents: number;
  currency: string;
  image: Image | null;
  rating: { average: number; count: number };
  stockAvailable: number;
};

/** A product as its own page shows it. */
export type Product = {
  id: number;
  slug: string;
  sku: string;
  name: string;
  description: string;
  category: CategoryLink & { parent: CategoryLink | null };
  priceCents: number;
  currency: string;
  taxClass: string;
  weightGrams: number;
  images: Image[];
  attributes: { name: string; value: string }[];
  rating: { average: number; count: number };
  stockAvailable: number;
  createdAt: string;
  updatedAt: string;
};

export const SORTS = ["newest", "price-asc", "price-desc", "rating"] as const;
export type Sort = (typeof SORTS)[number];

export async function listProducts(
  page: Page,
  { sort, categoryIds }: { sort: Sort; categoryIds?: readonly number[] | undefined },
): Promise<List<ProductSummary>> {
  const filter = (query: Knex.QueryBuilder) => {
    if (categoryIds) void query.whereIn("p.category_id", categoryIds);
  };
  const items = await listSummaries(filter, ORDER[sort], [], page);
  return list(items, page, await count(filter));
}

/** Full-text search in names and descriptions; the best match first. */
export async function searchProducts(words: string, page: Page): Promise<List<ProductSummary>> {
  const filter = (query: Knex.QueryBuilder) => void query.whereRaw(`${DOCUMENT} @@ ${QUESTION}`, [words]);
  const items = await listSummaries(filter, `ts_rank(${DOCUMENT}, ${QUESTION}) DESC, p.id`, [words], page);
  return list(items, page, await count(filter));
}

export async function findProductById(id: number): Promise<Product | undefined> {
  return findProduct({ "p.id": id });
}

export async function findProductBySlug(slug: string): Promise<Product | undefined> {
  return findProduct({ "p.slug": slug });
}

export async function isProductOnSale(id: number): Promise<boolean> {
  return (await onSale().where({ "p.id": id }).first("p.id")) !== undefined;
}

// --- internal ---

const DOCUMENT = "to_tsvector('english', p.name || ' ' || p.description)";
const QUESTION = "websearch_to_tsquery('english', ?)";

// Every order ends with the id: two products at the same price never change places between two pages.
const ORDER: Readonly<Record<Sort, string>> = {
  newest: "p.created_at DESC, p.id DESC",
  "price-asc": "p.price_cents, p.id",
  "price-desc": "p.price_cents DESC, p.id",
  rating: "p.rating_average DESC, p.rating_count DESC, p.id",
};

const FIRST_IMAGE = `
  LEFT JOIN LATERAL (
    SELECT url, alt FROM product_images WHERE product_id = p.id ORDER BY position, id LIMIT 1
  ) AS image ON true`;

type SummaryRow = {
  id: number;
  slug: string;
  sku: string;
  name: string;
  category_id: number;
  category_slug: string;
  category_name: string;
  price_cents: number;
  currency: string;
  image_url: string | null;
  image_alt: string | null;
  rating_average: string;
  rating_count: number;
  stock_available: number;
};

type ProductRow = SummaryRow & {
  description: string;
  parent_id: number | null;
  parent_slug: string | null;
  parent_name: string | null;
  tax_class: string;
  weight_grams: number;
  created_at: Date;
  updated_at: Date;
};

type Filter = (query: Knex.QueryBuilder) => void;

function onSale(): Knex.QueryBuilder {
  return db("products as p").where({ "p.is_active": true }).whereNull("p.deleted_at");
}

function summaries(): Knex.QueryBuilder {
  return onSale()
    .join("categories as c", "c.id", "p.category_id")
    .joinRaw(FIRST_IMAGE)
    .select(
      "p.id",
      "p.slug",
      "p.sku",
      "p.name",
      "c.id as category_id",
      "c.slug as category_slug",
      "c.name as category_name",
      "p.price_cents",
      "p.currency",
      "image.url as image_url",
      "image.alt as image_alt",
      "p.rating_average",
      "p.rating_count",
      "p.stock_available",
    );
}

async function listSummaries(
  filter: Filter,
  order: string,
  orderValues: readonly string[],
  page: Page,
): Promise<ProductSummary[]> {
  const rows = (await summaries()
    .modify(filter)
    .orderByRaw(order, orderValues)
    .limit(page.pageSize)
    .offset(offsetOf(page))) as SummaryRow[];
  return rows.map(presentSummary);
}

async function count(filter: Filter): Promise<number> {
  const row = (await onSale().modify(filter).count("p.id as total").first()) as { total: string };
  return Number(row.total);
}

async function findProduct(where: Record<string, number | string>): Promise<Product | undefined> {
  const row = (await summaries()
    .leftJoin("categories as parent", "parent.id", "c.parent_id")
    .select("p.description", "p.tax_class", "p.weight_grams", "p.created_at", "p.updated_at")
    .select("parent.id as parent_id", "parent.slug as parent_slug", "parent.name as parent_name")
    .where(where)
    .first()) as ProductRow | undefined;
  if (!row) return undefined;
  const images = await db("product_images")
    .select<Image[]>("url", "alt")
    .where({ product_id: row.id })
    .orderBy(["position", "id"]);
  const attributes = await db("product_attributes")
    .select<{ name: string; value: string }[]>("name", "value")
    .where({ product_id: row.id })
    .orderBy(["position", "name"]);
  return presentProduct(row, images, attributes);
}

function presentSummary(row: SummaryRow): ProductSummary {
  return {
    id: row.id,
    slug: row.slug,
    sku: row.sku,
    name: row.name,
    category: { id: row.category_id, slug: row.category_slug, name: row.category_name },
    priceCents: row.price_cents,
    currency: row.currency,
    image: row.image_url === null ? null : { url: row.image_url, alt: row.image_alt ?? "" },
    rating: { average: Number(row.rating_average), count: row.rating_count },
    stockAvailable: row.stock_available,
  };
}

function presentProduct(row: ProductRow, images: Image[], attributes: Product["attributes"]): Product {
  const parent =
    row.parent_id === null ? null : { id: row.parent_id, slug: row.parent_slug ?? "", name: row.parent_name ?? "" };
  return {
    id: row.id,
    slug: row.slug,
    sku: row.sku,
    name: row.name,
    description: row.description,
    category: { id: row.category_id, slug: row.category_slug, name: row.category_name, parent },
    priceCents: row.price_cents,
    currency: row.currency,
    taxClass: row.tax_class,
    weightGrams: row.weight_grams,
    images,
    attributes,
    rating: { average: Number(row.rating_average), count: row.rating_count },
    stockAvailable: row.stock_available,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
