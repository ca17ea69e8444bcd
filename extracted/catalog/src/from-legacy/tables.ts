/*
 * How the monolith's rows become ours.
 *
 * The stream does what one row of one table is enough for, in SQL, before a row arrives: names, what is left behind, which
 * rows may come at all, and two flags that answer one question. It is written in plan/streams.yaml, where the operator
 * reads it; what it must say for this service to be right is written here, with the reasons, and a test holds the two
 * against each other and against the monolith's schema: a column that the monolith adds is a decision to take here.
 *
 * What a value *means* is translated when it is read (stars.ts): the stored row stays the monolith's own text, so that both
 * sides can be proved equal column by column.
 */

type Expression = { expression: string; from: readonly string[] };

export type LegacyTable = {
  from: string;
  to: string;
  key: readonly string[];
  where?: Expression & { because: string };
  /** Our column: the legacy column, or an expression over some. */
  columns: Readonly<Record<string, string | Expression>>;
  /** Legacy columns that do not come, and why. Those that an expression has used up need no other reason. */
  leftBehind: Readonly<Record<string, string>>;
};

const NOBODY_ASKS = "no answer of ours shows or sorts by it";

export const legacyTables: readonly LegacyTable[] = [
  {
    from: "public.categories",
    to: "public.categories",
    key: ["id"],
    columns: {
      id: "id",
      parent_id: "parent_id",
      slug: "slug",
      title: "name",
      summary: "description",
      sort_order: "position",
    },
    leftBehind: { created_at: NOBODY_ASKS, updated_at: NOBODY_ASKS },
  },
  {
    from: "public.products",
    to: "public.items",
    key: ["id"],
    columns: {
      id: "id",
      category_id: "category_id",
      slug: "slug",
      sku: "sku",
      title: "name",
      description: "description",
      price_amount: "price_cents",
      currency: "currency",
      tax_band: "tax_class",
      weight_grams: "weight_grams",
      // Deleted and switched-off products come, too. A filter looks at one table only: it would leave their pictures and reviews
      // here without them, and foreign keys that nobody could validate on the day this database becomes the one that counts.
      is_listed: { expression: "is_active AND deleted_at IS NULL", from: ["is_active", "deleted_at"] },
      stock_available: "stock_available",
      stars_average: "rating_average",
      stars_count: "rating_count",
      added_at: "created_at",
      changed_at: "updated_at",
    },
    leftBehind: { supplier_id: "whom the shop buys from is purchasing's business" },
  },
  {
    from: "public.product_images",
    to: "public.pictures",
    key: ["id"],
    columns: { id: "id", item_id: "product_id", location: "url", caption: "alt", sort_order: "position" },
    leftBehind: {},
  },
  {
    from: "public.product_attributes",
    to: "public.features",
    key: ["item_id", "label"],
    columns: { item_id: "product_id", label: "name", value: "value", sort_order: "position" },
    leftBehind: {},
  },
  {
    from: "public.reviews",
    to: "public.reviews",
    key: ["id"],
    where: {
      expression: "status = 'published'",
      from: ["status"],
      because: "what waits for moderation or was refused is nobody's to read here",
    },
    columns: {
      id: "id",
      item_id: "product_id",
      author: "author_name",
      stars: "rating",
      headline: "title",
      body: "body",
      written_at: "created_at",
    },
    leftBehind: {
      customer_id: "who wrote a review is between the customer and the shop; the public sees the name she chose",
      updated_at: NOBODY_ASKS,
    },
  },
];
