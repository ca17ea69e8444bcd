import { describe, expect, test } from "@jest/globals";
import { findBySlug, growTree, idsWithin, type Category } from "../../src/domain/category-tree.ts";

const home = category(1, undefined, "home", 0);
const garden = category(2, undefined, "garden", 1);
const lamps = category(3, 1, "lamps", 5);
const chairs = category(4, 1, "chairs", 7);

describe("the tree of categories", () => {
  test("shows each category with what is above and below it", () => {
    const tree = growTree([home, garden, lamps, chairs]);

    expect(findBySlug(tree, "home")).toMatchObject({
      parent: undefined,
      children: [{ slug: "lamps" }, { slug: "chairs" }],
    });
    expect(findBySlug(tree, "chairs")).toMatchObject({ parent: { id: 1, slug: "home", title: "HOME" }, children: [] });
  });

  test("counts what lies in a department's categories as the department's", () => {
    const tree = growTree([home, garden, lamps, chairs]);

    expect(tree.map(({ slug, items }) => [slug, items])).toEqual([
      ["home", 12],
      ["garden", 1],
      ["lamps", 5],
      ["chairs", 7],
    ]);
  });

  test("names the ids within a category, its own among them", () => {
    const tree = growTree([home, garden, lamps, chairs]);

    expect(tree.map(idsWithin)).toEqual([[1, 3, 4], [2], [3], [4]]);
  });

  test("bears a category whose parent is not there", () => {
    const [orphan] = growTree([category(9, 8, "lost", 2)]);

    expect(orphan).toMatchObject({ parent: undefined, parentId: 8, items: 2 });
  });
});

// --- internal ---

function category(id: number, parentId: number | undefined, slug: string, ownItems: number): Category {
  return { id, parentId, slug, title: slug.toUpperCase(), summary: "", sortOrder: id, ownItems };
}
