import { db, type Knex } from "../lib/db.ts";
import { log } from "../lib/log.ts";
import { getSettings, notify } from "../lib/shop.ts";

// What has gathered since 2017 in "the nightly": it writes the tables of nearly every area of the shop.

type Step = { name: string; run: (trx: Knex.Transaction) => Promise<unknown> };

const STEPS: readonly Step[] = [
  { name: "ratings of products", run: refreshRatings },
  { name: "ranking of products", run: rankProducts },
  { name: "sales of yesterday and before", run: sumDailySales },
  { name: "abandoned carts", run: abandonCarts },
  { name: "sessions that have run out", run: deleteOldSessions },
  { name: "promotions that have ended", run: closePromotions },
  { name: "reservations of parcels that have left", run: deleteOldReservations },
  { name: "old e-mails and events", run: deleteOldMessages },
  { name: "stock that runs low", run: reportLowStock },
];

// One nightly at a time, also with several processes; the number means nothing.
const LOCK = 20_170_301;

/** Runs all steps, each in a transaction of its own. Answers false when another process is at it. */
export async function runNightly(): Promise<boolean> {
  const [run] = await db("job_runs").insert({ job: "nightly" }).returning<{ id: number }[]>("id");
  const finish = (outcome: string, message: string) =>
    db("job_runs").where({ id: run?.id }).update({ outcome, message, finished_at: db.fn.now() });
  try {
    const done = await db.transaction(runSteps);
    await finish("done", done ? "" : "another process was at it");
    return done;
  } catch (error) {
    log.error("the nightly job failed", error);
    await finish("failed", String(error));
    throw error;
  }
}

// --- internal ---

async function runSteps(guard: Knex.Transaction): Promise<boolean> {
  const { rows } = await guard.raw<{ rows: { free: boolean }[] }>("SELECT pg_try_advisory_xact_lock(?) AS free", [
    LOCK,
  ]);
  if (rows[0]?.free !== true) return false;
  for (const { name, run } of STEPS) {
    const startedAt = performance.now();
    await db.transaction(async (trx) => run(trx));
    log.info("nightly step done", { step: name, durationMs: Math.round(performance.now() - startedAt) });
  }
  return true;
}

// Rows are locked in the order of their ids: an order that is being placed locks them so as well.
async function refreshRatings(trx: Knex.Transaction): Promise<void> {
  await trx.raw(`
    WITH sums AS (
      SELECT p.id, coalesce(round(avg(r.rating), 2), 0) AS average, count(r.id) AS count
        FROM products p LEFT JOIN reviews r ON r.product_id = p.id AND r.status = 'published'
       GROUP BY p.id
    ), changed AS (
      SELECT products.id FROM products JOIN sums USING (id)
       WHERE (rating_average, rating_count) IS DISTINCT FROM (average, count)
       ORDER BY products.id FOR UPDATE OF products
    )
    UPDATE products SET rating_average = average, rating_count = count
      FROM sums JOIN changed USING (id) WHERE products.id = sums.id`);
}

async function rankProducts(trx: Knex.Transaction): Promise<void> {
  await trx("product_rankings").delete();
  await trx.raw(`
    INSERT INTO product_rankings (product_id, rank, units_sold, revenue_cents)
    SELECT product_id, row_number() OVER (ORDER BY sum(quantity) DESC, product_id), sum(quantity), sum(line_total_cents)
      FROM order_lines JOIN orders ON orders.id = order_id
     WHERE placed_at > (SELECT max(placed_at) FROM orders) - interval '90 days' AND status <> 'cancelled'
     GROUP BY product_id`);
}

async function sumDailySales(trx: Knex.Transaction): Promise<void> {
  await trx.raw(`
    INSERT INTO daily_sales (day, orders_count, units_count, revenue_cents, discount_cents, refunded_cents)
    SELECT (placed_at AT TIME ZONE 'UTC')::date, count(*), sum(units), sum(total_cents), sum(discount_cents),
           coalesce(sum(total_cents) FILTER (WHERE status = 'cancelled'), 0)
      FROM orders
      JOIN (SELECT order_id, sum(quantity) AS units FROM order_lines GROUP BY order_id) AS lines ON order_id = orders.id
     WHERE placed_at >= (SELECT coalesce(max(day), '2000-01-01') - 7 FROM daily_sales)
     GROUP BY 1
    ON CONFLICT (day) DO UPDATE
      SET orders_count = excluded.orders_count, units_count = excluded.units_count,
          revenue_cents = excluded.revenue_cents, discount_cents = excluded.discount_cents,
          refunded_cents = excluded.refunded_cents, computed_at = now()`);
}

function abandonCarts(trx: Knex.Transaction) {
  return trx("carts")
    .where({ status: "open", customer_id: null })
    .whereRaw("updated_at < now() - interval '14 days'")
    .update({ status: "abandoned" });
}

function deleteOldSessions(trx: Knex.Transaction) {
  return trx("sessions").where("expires_at", "<", trx.fn.now()).delete();
}

function closePromotions(trx: Knex.Transaction) {
  return trx("promotions").where("ends_at", "<", trx.fn.now()).where({ is_active: true }).update({ is_active: false });
}

function deleteOldReservations(trx: Knex.Transaction) {
  return trx("stock_reservations")
    .whereIn("status", ["consumed", "released"])
    .whereRaw("updated_at < now() - interval '30 days'")
    .delete();
}

async function deleteOldMessages(trx: Knex.Transaction): Promise<void> {
  await trx("emails").where({ status: "sent" }).whereRaw("sent_at < now() - interval '60 days'").delete();
  await trx("order_events").whereRaw("created_at < now() - interval '1 year'").delete();
  await trx("shipment_events").whereRaw("created_at < now() - interval '1 year'").delete();
}

async function reportLowStock(trx: Knex.Transaction): Promise<void> {
  const { lowStockThreshold, supportEmail } = await getSettings();
  const low = await trx("products")
    .where({ is_active: true })
    .whereNull("deleted_at")
    .where("stock_available", "<", lowStockThreshold)
    .orderBy(["stock_available", "id"])
    .select<{ sku: string; stock_available: number }[]>("sku", "stock_available");
  if (low.length === 0) return;
  const lines = low.map(({ sku, stock_available: left }) => `${sku}: ${left}`).join("\n");
  await notify(trx, "low_stock", { email: supportEmail }, { count: low.length, list: lines });
}
