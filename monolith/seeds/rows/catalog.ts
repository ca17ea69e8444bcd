import type { TaxClass } from "../../src/lib/prices.ts";
import { day, now, timestamp } from "../clock.ts";
import type { Row, Table } from "../copy-rows.ts";
import { at, createRandom, type Random } from "../random.ts";
import type { CategoryWords, Department } from "../words/department.ts";
import { departments } from "../words/departments.ts";
import { models, tints } from "../words/models.ts";

export type SeedCategory = { id: number; slug: string; parentId: number | null; row: Row };

export type SeedProduct = {
  id: number;
  categoryId: number;
  slug: string;
  sku: string;
  name: string;
  noun: string;
  description: string;
  priceCents: number;
  weightGrams: number;
  taxClass: TaxClass;
  supplierId: number;
  picture: string;
  tint: string;
  attributes: readonly (readonly [name: string, value: string])[];
  createdAt: number;
  isActive: boolean;
  deletedAt: number | null;
};

const catalogAge = 4 * 365 * day;

// --- suppliers ---

export const suppliersTable: Table = {
  name: "suppliers",
  columns: "id, name, contact_email, country, lead_time_days, created_at",
};

const brands = departments.flatMap((department) => department.brands);

export function supplierRows(): Row[] {
  const random = createRandom("suppliers");
  return brands.map((brand, index) => [
    index + 1,
    brand,
    `orders@${slugOf(brand)}.example.test`,
    random.pick(["DE", "SE", "IT", "PT", "NL", "DK", "FR"]),
    random.between(2, 30),
    timestamp(now - catalogAge),
  ]);
}

// --- categories ---

export const categoriesTable: Table = {
  name: "categories",
  columns: "id, parent_id, slug, name, description, position, created_at, updated_at",
};

/** Departments first, then their categories. */
export function seedCategories(): SeedCategory[] {
  const roots = departments.map((department, index) => category(index + 1, null, department, index + 1));
  let nextId = roots.length + 1;
  const leaves = departments.flatMap((department, index) =>
    department.categories.map((words, place) => category(nextId++, index + 1, words, place + 1)),
  );
  return [...roots, ...leaves];
}

function category(
  id: number,
  parentId: number | null,
  words: Pick<Department, "slug" | "name" | "description">,
  position: number,
): SeedCategory {
  const createdAt = timestamp(now - catalogAge, id);
  const row = [id, parentId, words.slug, words.name, words.description, position, createdAt, createdAt];
  return { id, slug: words.slug, parentId, row };
}

// --- products ---

export const productsTable: Table = {
  name: "products",
  columns:
    "id, category_id, slug, sku, name, description, price_cents, currency, is_active, weight_grams, tax_class, " +
    "supplier_id, rating_average, rating_count, created_at, updated_at, deleted_at",
};

/** Products of all categories, mixed, the oldest first. */
export function seedProducts(count: number, categories: readonly SeedCategory[]): SeedProduct[] {
  const idOf = new Map(categories.map(({ slug, id }) => [slug, id]));
  const leaves = departments.flatMap((department) => department.categories.map((words) => ({ department, words })));
  const drafts = leaves.flatMap(({ department, words }, index) => {
    const share = Math.floor(count / leaves.length) + (index < count % leaves.length ? 1 : 0);
    return draftProducts(department, words, share, idOf.get(words.slug) ?? 0);
  });
  const random = createRandom(`products ${count}`);
  return random.shuffle(drafts).map((draft, index) => ({ ...draft, id: index + 1, ...lifetime(random, index, count) }));
}

type Draft = Omit<SeedProduct, "id" | "createdAt" | "isActive" | "deletedAt">;

function draftProducts(department: Department, words: CategoryWords, share: number, categoryId: number): Draft[] {
  const random = createRandom(`products of ${words.slug}`);
  const names = department.brands.flatMap((brand) =>
    models.flatMap((model) => words.nouns.map((noun) => ({ brand, model, noun }))),
  );
  return random
    .shuffle(names)
    .slice(0, share)
    .map(({ brand, model, noun }, index) => {
      const name = `${brand} ${model} ${noun}`;
      return {
        categoryId,
        slug: slugOf(name),
        sku: `${department.slug.slice(0, 3).toUpperCase()}-${words.skuPart}-${String(index + 1).padStart(4, "0")}`,
        name,
        noun,
        ...characterOf(random, words),
        taxClass: department.taxClass,
        supplierId: brands.indexOf(brand) + 1,
      };
    });
}

function characterOf(random: Random, words: CategoryWords) {
  const attributes = Object.entries(words.attributes)
    .map(([name, values]) => [name, random.pick(values)] as const)
    .filter(([, value]) => value !== "-");
  const [feature, another] = random.shuffle(words.features);
  return {
    description: [feature, another, random.pick(words.uses)].join(" "),
    priceCents: price(random, words.priceEuros),
    weightGrams: Math.round(random.between(...words.weightGrams) / 10) * 10,
    picture: words.picture,
    tint: random.pick(tints),
    attributes,
  };
}

// Cheap things are more numerous than dear ones, and prices end as prices do.
function price(random: Random, [from, to]: CategoryWords["priceEuros"]): number {
  const euros = Math.floor(from + (to - from) * random.next() ** 2);
  return euros * 100 + random.pick([0, 50, 90, 90, 95]);
}

// The first 60 percent were there on opening day; the others came one after the other.
function lifetime(random: Random, index: number, count: number) {
  const age = index < count * 0.6 ? 1 : (count - index - random.next()) / (count * 0.4);
  const createdAt = now - 2 * day - age * (catalogAge - 2 * day) + index * 977;
  const isDeleted = random.chance(0.015);
  return {
    createdAt,
    isActive: !random.chance(0.02),
    deletedAt: isDeleted ? now - random.between(1, 400) * (now - createdAt) * 0.002 : null,
  };
}

export function productRow(product: SeedProduct, rating: { average: string; count: number } | undefined): Row {
  const microseconds = (product.id * 37) % 1000;
  return [
    product.id,
    product.categoryId,
    product.slug,
    product.sku,
    product.name,
    product.description,
    product.priceCents,
    "EUR",
    product.isActive,
    product.weightGrams,
    product.taxClass,
    product.supplierId,
    rating?.average ?? "0",
    rating?.count ?? 0,
    timestamp(product.createdAt, microseconds),
    timestamp(product.createdAt + ((now - product.createdAt) * (product.id % 7)) / 10, microseconds),
    product.deletedAt === null ? null : timestamp(product.deletedAt, microseconds),
  ];
}

// --- what belongs to a product ---

export const imagesTable: Table = { name: "product_images", columns: "id, product_id, url, alt, position" };

export function* imageRows(products: readonly SeedProduct[]): Generator<Row> {
  const views = ["front", "detail", "pattern"] as const;
  let id = 1;
  for (const product of products) {
    for (let position = 1; position <= 1 + (product.id % views.length); position++) {
      const view = at(views, position - 1);
      const url = `/assets/pictures/${product.picture}/${product.tint}-${view}.svg`;
      yield [id++, product.id, url, `${product.name}, ${view}`, position];
    }
  }
}

export const attributesTable: Table = { name: "product_attributes", columns: "product_id, name, value, position" };

export function* attributeRows(products: readonly SeedProduct[]): Generator<Row> {
  for (const product of products)
    for (const [index, [name, value]] of product.attributes.entries()) yield [product.id, name, value, index + 1];
}

// --- internal ---

function slugOf(name: string): string {
  return name
    .normalize("NFD")
    .replace(/[\u0300-\u036f']/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
