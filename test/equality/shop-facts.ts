import pg from "pg";

export type ProductFacts = { id: number; slug: string };

/** What the monolith's database holds, as far as requests can be made from it. */
export type ShopFacts = {
  listed: readonly ProductFacts[];
  inactive: readonly ProductFacts[];
  deleted: readonly ProductFacts[];
  /** The products with the most published reviews. */
  reviewed: readonly ProductFacts[];
  /** Products that have reviews, none of them published, or none at all. */
  unreviewed: readonly ProductFacts[];
  categories: readonly string[];
  /** Words of names and descriptions, the most frequent first. */
  words: readonly string[];
};

export async function readShopFacts(databaseUrl: string): Promise<ShopFacts> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const products = async (condition: string, order = "p.id") =>
      (
        await client.query<ProductFacts>(`
          SELECT p.id, p.slug
            FROM products p
            LEFT JOIN reviews r ON r.product_id = p.id AND r.status = 'published'
           GROUP BY p.id
          HAVING ${condition}
           ORDER BY ${order}`)
      ).rows;
    const column = async (sql: string) => (await client.query<{ value: string }>(sql)).rows.map(({ value }) => value);
    return {
      listed: await products("p.is_active AND p.deleted_at IS NULL"),
      inactive: await products("NOT p.is_active AND p.deleted_at IS NULL"),
      deleted: await products("p.deleted_at IS NOT NULL"),
      reviewed: (await products("p.is_active AND p.deleted_at IS NULL", "count(r.id) DESC, p.id")).slice(0, 5),
      unreviewed: (await products("p.is_active AND p.deleted_at IS NULL AND count(r.id) = 0")).slice(0, 3),
      categories: await column("SELECT slug AS value FROM categories ORDER BY id"),
      words: await column(`
        SELECT word AS value
          FROM ts_stat($$SELECT to_tsvector('simple', name || ' ' || description) FROM products$$)
         WHERE word ~ '^[a-z]{4,}$'
         ORDER BY ndoc DESC, word
         LIMIT 60`),
    };
  } finally {
    await client.end();
  }
}
