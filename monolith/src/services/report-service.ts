import { db } from "../lib/db.ts";
import { getSettings } from "../lib/shop.ts";

export type SalesReport = {
  from: string;
  to: string;
  days: { day: string; orders: number; units: number; revenueCents: number; refundedCents: number }[];
  categories: { slug: string; name: string; units: number; revenueCents: number }[];
  products: { id: number; slug: string; name: string; rank: number; units: number; revenueCents: number }[];
  failedPayments: { outcome: string; count: number }[];
  lowStock: { sku: string; name: string; supplier: string | null; available: number }[];
};

/** The last day for which the nightly job has computed figures, or undefined in an empty shop. */
export async function findLastReportedDay(): Promise<string | undefined> {
  const row = await db("daily_sales").first<{ day: string | null }>(db.raw("max(day)::text AS day"));
  return row.day ?? undefined;
}

/** Sales between two days, both included ("2026-06-30"), asked of half the shop's tables at once. */
export async function readSalesReport(from: string, to: string): Promise<SalesReport> {
  const [days, categories, products, failedPayments, lowStock] = await Promise.all([
    readDays(from, to),
    readCategories(from, to),
    readProducts(),
    readFailedPayments(from, to),
    readLowStock(),
  ]);
  return { from, to, days, categories, products, failedPayments, lowStock };
}

// --- internal ---

async function readDays(from: string, to: string): Promise<SalesReport["days"]> {
  const { rows } = await db.raw<{ rows: SalesReport["days"] }>(
    `SELECT day::text, orders_count AS orders, units_count AS units, revenue_cents::float8 AS "revenueCents",
            refunded_cents::float8 AS "refundedCents"
       FROM daily_sales WHERE day BETWEEN ?::date AND ?::date ORDER BY daily_sales.day`,
    [from, to],
  );
  return rows;
}

async function readCategories(from: string, to: string): Promise<SalesReport["categories"]> {
  const { rows } = await db.raw<{ rows: SalesReport["categories"] }>(
    `SELECT top.slug, top.name, sum(l.quantity)::int AS units, sum(l.line_total_cents)::float8 AS "revenueCents"
       FROM order_lines l
       JOIN orders o ON o.id = l.order_id
       JOIN products p ON p.id = l.product_id
       JOIN categories c ON c.id = p.category_id
       JOIN categories top ON top.id = coalesce(c.parent_id, c.id)
      WHERE o.status <> 'cancelled'
        AND o.placed_at >= ?::date AT TIME ZONE 'UTC' AND o.placed_at < (?::date + 1) AT TIME ZONE 'UTC'
      GROUP BY top.id ORDER BY 4 DESC, top.id`,
    [from, to],
  );
  return rows;
}

async function readProducts(): Promise<SalesReport["products"]> {
  const { rows } = await db.raw<{ rows: SalesReport["products"] }>(
    `SELECT p.id, p.slug, p.name, r.rank, r.units_sold AS units, r.revenue_cents::float8 AS "revenueCents"
       FROM product_rankings r JOIN products p ON p.id = r.product_id
      ORDER BY r.rank, p.id LIMIT 10`,
  );
  return rows;
}

async function readFailedPayments(from: string, to: string): Promise<SalesReport["failedPayments"]> {
  const { rows } = await db.raw<{ rows: SalesReport["failedPayments"] }>(
    `SELECT outcome, count(*)::int AS count FROM payment_attempts
      WHERE outcome <> 'approved'
        AND created_at >= ?::date AT TIME ZONE 'UTC' AND created_at < (?::date + 1) AT TIME ZONE 'UTC'
      GROUP BY outcome ORDER BY count DESC, outcome`,
    [from, to],
  );
  return rows;
}

async function readLowStock(): Promise<SalesReport["lowStock"]> {
  const { lowStockThreshold } = await getSettings();
  const { rows } = await db.raw<{ rows: SalesReport["lowStock"] }>(
    `SELECT p.sku, p.name, s.name AS supplier, sum(l.on_hand - l.reserved)::int AS available
       FROM stock_levels l
       JOIN products p ON p.id = l.product_id
       LEFT JOIN suppliers s ON s.id = p.supplier_id
      WHERE p.is_active AND p.deleted_at IS NULL
      GROUP BY p.id, s.id HAVING sum(l.on_hand - l.reserved) < ?
      ORDER BY available, p.id LIMIT 12`,
    [lowStockThreshold],
  );
  return rows;
}
