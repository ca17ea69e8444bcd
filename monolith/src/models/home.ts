import { db } from "../lib/db.ts";
import type { ProductSummary } from "./product.ts";

/** What sold best in the last ninety days, by the nightly ranking. */
export async function listBestsellers(limit: number): Promise<ProductSummary[]> {
  const { rows } = await db.raw<{ rows: BestsellerRow[] }>(
    `SELECT p.id, p.slug, p.sku, p.name, p.price_cents, p.currency, p.rating_average, p.rating_count, p.stock_available,
            c.id AS category_id, c.slug AS category_slug, c.name AS category_name,
            image.url AS image_url, image.alt AS image_alt
       FROM product_rankings r
       JOIN products p ON p.id = r.product_id AND p.is_active AND p.deleted_at IS NULL
       JOIN categories c ON c.id = p.category_id
       LEFT JOIN LATERAL (
         SELECT url, alt FROM product_images WHERE product_id = p.id ORDER BY position, id LIMIT 1
       ) AS image ON true
      ORDER BY r.rank, p.id LIMIT ?`,
    [limit],
  );
  return rows.map((row) => ({
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
  }));
}

// --- internal ---

type BestsellerRow = {
  id: number;
  slug: string;
  sku: string;
  name: string;
  price_cents: number;
  currency: string;
  rating_average: string;
  rating_count: number;
  stock_available: number;
  category_id: number;
  category_slug: string;
  category_name: string;
  image_url: string | null;
  image_alt: string | null;
};
