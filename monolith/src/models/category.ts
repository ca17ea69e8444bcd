import { db } from "../lib/db.ts";

export type CategoryRow = {
  id: number;
  parent_id: number | null;
  slug: string;
  name: string;
  description: string;
  position: number;
};

export type Category = {
  id: number;
  parentId: number | null;
  slug: string;
  name: string;
  description: string;
  position: number;
  /** On sale, in this category and those below it. */
  productCount: number;
};

export type CategoryLink = { id: number; slug: string; name: string };

export type CategoryDetail = Category & { parent: CategoryLink | null; children: CategoryLink[] };

/** Departments first, then their categories, each group in the order of its positions. */
export async function listCategories(): Promise<Category[]> {
  const { rows } = await db.raw<{ rows: (CategoryRow & { product_count: number })[] }>(
    `SELECT c.id, c.parent_id, c.slug, c.name, c.description, c.position, count(p.id)::int AS product_count
       FROM categories c
       LEFT JOIN categories below ON below.id = c.id OR below.parent_id = c.id
       LEFT JOIN products p ON p.category_id = below.id AND p.is_active AND p.deleted_at IS NULL
      GROUP BY c.id
      ORDER BY c.parent_id NULLS FIRST, c.position, c.id`,
  );
  return rows.map(presentCategory);
}

export async function findCategory(slug: string): Promise<CategoryDetail | undefined> {
  const categories = await listCategories();
  const category = categories.find((candidate) => candidate.slug === slug);
  if (!category) return undefined;
  const parent = categories.find(({ id }) => id === category.parentId);
  const children = categories.filter(({ parentId }) => parentId === category.id);
  return { ...category, parent: parent ? link(parent) : null, children: children.map(link) };
}

/** The departments, for the head of every page. */
export async function listDepartments(): Promise<CategoryLink[]> {
  return db("categories")
    .select<CategoryLink[]>("id", "slug", "name")
    .whereNull("parent_id")
    .orderBy(["position", "id"]);
}

/** A category and those right below it; a shop of two storeys needs no recursion. */
export async function categoryIdsOf(categoryId: number): Promise<number[]> {
  return db("categories").where({ id: categoryId }).orWhere({ parent_id: categoryId }).orderBy("id").pluck("id");
}

// --- internal ---

function presentCategory(row: CategoryRow & { product_count: number }): Category {
  return {
    id: row.id,
    parentId: row.parent_id,
    slug: row.slug,
    name: row.name,
    description: row.description,
    position: row.position,
    productCount: row.product_count,
  };
}

function link({ id, slug, name }: Category): CategoryLink {
  return { id, slug, name };
}
