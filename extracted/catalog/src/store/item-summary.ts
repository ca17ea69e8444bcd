import type { ItemSummary } from "../domain/item.ts";
import { starsFromLegacy } from "../from-legacy/stars.ts";

/** A row of a statement that takes SUMMARY_COLUMNS from SUMMARY_SOURCES. */
export type ItemSummaryRow = {
  id: number;
  slug: string;
  sku: string;
  title: string;
  category_id: number;
  category_slug: string;
  category_title: string;
  price_amount: number;
  currency: string;
  picture_location: string | null;
  picture_caption: string | null;
  stars_average: string;
  stars_count: number;
  stock_available: number;
};

/** What a relation `i` must have, so that it can be sorted and shown; descriptions stay on disk. */
export const LIST_COLUMNS = `
  i.id, i.category_id, i.slug, i.sku, i.title, i.price_amount, i.currency, i.stars_average, i.stars_count,
  i.stock_available, i.added_at`;

export const SUMMARY_COLUMNS = `
  i.id, i.slug, i.sku, i.title, c.id AS category_id, c.slug AS category_slug, c.title AS category_title,
  i.price_amount, i.currency, picture.location AS picture_location, picture.caption AS picture_caption,
  i.stars_average, i.stars_count, i.stock_available`;

/** What joins to a relation `i` of items that is already cut to the page: pictures are looked up for those only. */
export const SUMMARY_SOURCES = `
  JOIN categories c ON c.id = i.category_id
  LEFT JOIN LATERAL (
    SELECT location, caption FROM pictures WHERE item_id = i.id ORDER BY sort_order, id LIMIT 1
  ) AS picture ON true`;

export function summaryFromRow(row: ItemSummaryRow): ItemSummary {
  return {
    id: row.id,
    slug: row.slug,
    sku: row.sku,
    title: row.title,
    category: { id: row.category_id, slug: row.category_slug, title: row.category_title },
    price: { amount: row.price_amount, currency: row.currency },
    picture:
      row.picture_location === null
        ? undefined
        : { location: row.picture_location, caption: row.picture_caption ?? "" },
    stars: starsFromLegacy(row.stars_average, row.stars_count),
    stockAvailable: row.stock_available,
  };
}
