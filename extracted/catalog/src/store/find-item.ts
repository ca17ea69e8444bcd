import type { Feature, Item, Picture } from "../domain/item.ts";
import { starsFromLegacy } from "../from-legacy/stars.ts";
import type { Database, Statement } from "./database.ts";

type Row = {
  id: number;
  slug: string;
  sku: string;
  title: string;
  description: string;
  category_id: number;
  category_slug: string;
  category_title: string;
  department_id: number | null;
  department_slug: string | null;
  department_title: string | null;
  price_amount: number;
  currency: string;
  tax_band: string;
  weight_grams: number;
  pictures: Picture[];
  features: Feature[];
  stars_average: string;
  stars_count: number;
  stock_available: number;
  added_at: Date;
  changed_at: Date;
};

export async function findItemById(database: Database, id: number): Promise<Item | undefined> {
  const [row] = await database.query(byId, [id]);
  return row && itemFromRow(row);
}

export async function findItemBySlug(database: Database, slug: string): Promise<Item | undefined> {
  const [row] = await database.query(bySlug, [slug]);
  return row && itemFromRow(row);
}

// --- internal ---

const byId: Statement<Row> = { name: "find-item-by-id", sql: sqlWhere("i.id = $1") };
const bySlug: Statement<Row> = { name: "find-item-by-slug", sql: sqlWhere("i.slug = $1") };

// One question instead of three: pictures and features come with the item.
function sqlWhere(condition: string): string {
  return `
    SELECT i.id, i.slug, i.sku, i.title, i.description, i.price_amount, i.currency, i.tax_band, i.weight_grams,
           i.stars_average, i.stars_count, i.stock_available, i.added_at, i.changed_at,
           c.id AS category_id, c.slug AS category_slug, c.title AS category_title,
           d.id AS department_id, d.slug AS department_slug, d.title AS department_title,
           (SELECT coalesce(json_agg(json_build_object('location', location, 'caption', caption)
                                     ORDER BY sort_order, id), '[]')
              FROM pictures WHERE item_id = i.id) AS pictures,
           (SELECT coalesce(json_agg(json_build_object('label', label, 'value', value)
                                     ORDER BY sort_order, label), '[]')
              FROM features WHERE item_id = i.id) AS features
      FROM items i
      JOIN categories c ON c.id = i.category_id
      LEFT JOIN categories d ON d.id = c.parent_id
     WHERE i.is_listed AND ${condition}`;
}

function itemFromRow(row: Row): Item {
  return {
    id: row.id,
    slug: row.slug,
    sku: row.sku,
    title: row.title,
    description: row.description,
    category: { id: row.category_id, slug: row.category_slug, title: row.category_title },
    department:
      row.department_id === null
        ? undefined
        : { id: row.department_id, slug: row.department_slug ?? "", title: row.department_title ?? "" },
    price: { amount: row.price_amount, currency: row.currency },
    taxBand: row.tax_band,
    weightGrams: row.weight_grams,
    pictures: row.pictures,
    features: row.features,
    stars: starsFromLegacy(row.stars_average, row.stars_count),
    stockAvailable: row.stock_available,
    addedAt: row.added_at,
    changedAt: row.changed_at,
  };
}
