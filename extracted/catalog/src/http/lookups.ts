import { findBySlug, growTree, type CategoryInTree } from "../domain/category-tree.ts";
import type { Database } from "../store/database.ts";
import { listCategories } from "../store/list-categories.ts";
import { readSlug } from "./read-path.ts";
import { notFound } from "./request-problem.ts";

/** The category of that slug in its place, or a problem 404. */
export async function getCategory(database: Database, slug: string): Promise<CategoryInTree> {
  const detail = `There is no category "${slug}".`;
  const wanted = readSlug(slug, detail);
  const category = findBySlug(growTree(await listCategories(database)), wanted);
  if (!category) throw notFound(detail);
  return category;
}

/** What a customer reads who asks for a product that nobody sells. */
export function noSuchProduct(name: string): string {
  return `There is no product "${name}".`;
}
