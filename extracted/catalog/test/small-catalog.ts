import path from "node:path";
import { migrate } from "@strangler/stack";
import type { Template } from "@strangler/test-kit";
import pg from "pg";

const MIGRATIONS = path.resolve(import.meta.dirname, "../../../migrations/catalog");

/**
 * A catalog small enough to know by heart: home with lamps (3 listed, 1 not) and chairs (1), and garden with nothing in it.
 * The arc lamp has twelve reviews, the others none.
 */
export const smallCatalog: Template = {
  name: "catalog_small",
  build: async (url) => {
    await migrate(url, MIGRATIONS);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(ROWS);
    } finally {
      await client.end();
    }
  },
};

/** The same tables, empty. */
export const emptyCatalog: Template = {
  name: "catalog_empty",
  build: async (url) => void (await migrate(url, MIGRATIONS)),
};

// --- internal ---

const ROWS = `
  INSERT INTO categories (id, parent_id, slug, title, summary, sort_order) VALUES
    (1, NULL, 'home', 'Home', 'For inside.', 2),
    (2, NULL, 'garden', 'Garden', 'For outside.', 1),
    (3, 1, 'lamps', 'Lamps', 'Light where you want it.', 1),
    (4, 1, 'chairs', 'Chairs', 'A seat for everybody.', 2);

  INSERT INTO items (id, category_id, slug, sku, title, description, price_amount, tax_band, weight_grams, is_listed,
                     stock_available, stars_average, stars_count, added_at, changed_at) VALUES
    (1, 3, 'arc-lamp', 'L-1', 'Arc Lamp', 'A tall lamp of steel for reading.', 12990, 'standard', 5200, true, 7, 4.25, 12,
     '2026-01-01 10:00:00.123456+00', '2026-02-01 10:00:00.999999+00'),
    (2, 3, 'desk-lamp', 'L-2', 'Desk Lamp <b>"Größe" & Co</b>', 'A small lamp. It''s wooden.', 4990, 'standard', 900, true, 0,
     0, 0, '2026-01-01 10:00:00.123999+00', '2026-01-01 10:00:00+00'),
    (3, 3, 'secret-lamp', 'L-3', 'Secret Lamp', 'A lamp that nobody may see yet.', 100, 'standard', 10, false, 3, 5, 1,
     '2026-03-01 10:00:00+00', '2026-03-01 10:00:00+00'),
    (4, 4, 'oak-chair', 'C-1', 'Oak Chair', 'A wooden chair, and no lamp.', 4990, 'reduced', 8000, true, 2, 4.25, 3,
     '2025-12-24 10:00:00+00', '2026-01-01 10:00:00+00'),
    (5, 3, 'night-light', 'L-4', 'Night Light', 'A lamp among lamps, for lamp lovers.', 1250, 'standard', 120, true, 40, 0, 0,
     '2026-01-15 10:00:00+00', '2026-01-15 10:00:00+00');

  INSERT INTO pictures (id, item_id, location, caption, sort_order) VALUES
    (1, 1, '/assets/pictures/lamp/blue-detail.svg', 'Arc Lamp, detail', 2),
    (2, 1, '/assets/pictures/lamp/blue-front.svg', 'Arc Lamp, front', 1),
    (3, 4, '/assets/pictures/chair/oak-front.svg', 'Oak Chair, front', 1);

  INSERT INTO features (item_id, label, value, sort_order) VALUES
    (1, 'Material', 'Steel', 1), (1, 'Height', '180 cm', 2), (4, 'Material', 'Oak', 1);

  INSERT INTO reviews (id, item_id, author, stars, headline, body, written_at)
  SELECT n, 1, 'Ada L.', 1 + n % 5, 'Review ' || n, 'Body ' || n, '2026-01-10 10:00:00+00'::timestamptz + n / 2 * interval '1 day'
    FROM generate_series(1, 12) AS n;
`;
