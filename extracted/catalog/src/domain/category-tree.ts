export type CategoryName = { id: number; slug: string; title: string };

export type Category = CategoryName & {
  parentId: number | undefined;
  summary: string;
  sortOrder: number;
  /** Listed items that lie in this very category. */
  ownItems: number;
};

/** A category in its place. */
export type CategoryInTree = Category & {
  parent: CategoryName | undefined;
  children: readonly CategoryName[];
  /** Listed items here and in the children. */
  items: number;
};

/**
 * Every category with its surroundings, in the order given. The shop has two storeys, departments and their categories, so
 * that looking one storey up and down is enough.
 */
export function growTree(categories: readonly Category[]): CategoryInTree[] {
  const byId = new Map(categories.map((category) => [category.id, category]));
  const childrenOf = Map.groupBy(categories, ({ parentId }) => parentId);
  return categories.map((category) => {
    const parent = category.parentId === undefined ? undefined : byId.get(category.parentId);
    const children = childrenOf.get(category.id) ?? [];
    return {
      ...category,
      parent: parent && nameOf(parent),
      children: children.map(nameOf),
      items: children.reduce((sum, { ownItems }) => sum + ownItems, category.ownItems),
    };
  });
}

export function findBySlug(tree: readonly CategoryInTree[], slug: string): CategoryInTree | undefined {
  return tree.find((category) => category.slug === slug);
}

/** The ids under which the items of a category lie. */
export function idsWithin(category: CategoryInTree): number[] {
  return [category.id, ...category.children.map(({ id }) => id)];
}

// --- internal ---

function nameOf({ id, slug, title }: CategoryName): CategoryName {
  return { id, slug, title };
}
