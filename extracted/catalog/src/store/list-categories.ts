import type { Category } from "../domain/category-tree.ts";
import type { Database, Statement } from "./database.ts";

type Row = {
  id: number;
  parent_id: number | null;
  slug: string;
  title: string;
  summary: string;
  sort_order: number;
  own_items: number;
};

const statement: Statement<Row> = {
  name: "list-categories",
  sql: `
    SELECT c.id, c.parent_id, c.slug, c.title, c.summary, c.sort_order, coalesce(listed.items, 0) AS own_items
      FROM categories c
      LEFT JOIN (SELECT category_id, count(*)::int AS items FROM items WHERE is_listed GROUP BY category_id) AS listed
        ON listed.category_id = c.id
     ORDER BY c.parent_id NULLS FIRST, c.sort_order, c.id`,
};

/** Departments first, then their categories, each group in its own order. */
export async function listCategories(database: Database): Promise<Category[]> {
  const rows = await database.query(statement);
  return rows.map((row) => ({
    id: row.id,
    parentId: row.parent_id ?? undefined,
    slug: row.slug,
    title: row.title,
    summary: row.summary,
    sortOrder: row.sort_order,
    ownItems: row.own_items,
  }));
}
