import type { CategoryInTree } from "../../domain/category-tree.ts";
import { presentCategoryLink, type CategoryLink } from "./product.ts";

export type CategorySummary = {
  id: number;
  parentId: number | null;
  slug: string;
  name: string;
  description: string;
  position: number;
  productCount: number;
};

export type Category = CategorySummary & { parent: CategoryLink | null; children: CategoryLink[] };

export function presentCategorySummary(category: CategoryInTree): CategorySummary {
  return {
    id: category.id,
    parentId: category.parentId ?? null,
    slug: category.slug,
    name: category.title,
    description: category.summary,
    position: category.sortOrder,
    productCount: category.items,
  };
}

export function presentCategory(category: CategoryInTree): Category {
  return {
    ...presentCategorySummary(category),
    parent: category.parent === undefined ? null : presentCategoryLink(category.parent),
    children: category.children.map(presentCategoryLink),
  };
}
