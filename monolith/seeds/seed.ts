import type { Client } from "pg";
import { now, timestamp } from "./clock.ts";
import { copyRows, type Row } from "./copy-rows.ts";
import { seedCarts, cartItemsTable, cartsTable } from "./rows/carts.ts";
import * as catalog from "./rows/catalog.ts";
import * as customer from "./rows/customers.ts";
import { auditLog, auditLogTable, jobRuns, jobRunsTable } from "./rows/operations.ts";
import { orderTables, type OrderTable } from "./rows/order-tables.ts";
import { seedOrders, type SeedOrder } from "./rows/orders.ts";
import * as reference from "./rows/reference.ts";
import { reviewsTable, seedReviews } from "./rows/reviews.ts";
import { createDemand, receivedTable, stockLevelsTable, stockRows } from "./rows/stock.ts";
import type { Size } from "./sizes.ts";

/** Fills an empty shop, all or nothing. Answers false, and does nothing, where products already are. */
export async function seed(client: Client, size: Size): Promise<boolean> {
  const { rowCount } = await client.query("SELECT 1 FROM products LIMIT 1");
  if (rowCount !== 0) return false;
  await client.query("BEGIN");
  try {
    await fill(client, size);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
  // Not ANALYZE alone: words that wait to be sorted into the search index slow every search until the first vacuum.
  await client.query("VACUUM ANALYZE");
  return true;
}

// --- internal ---

async function fill(client: Client, size: Size): Promise<void> {
  const categories = catalog.seedCategories();
  const products = catalog.seedProducts(size.products, categories);
  const customers = customer.seedCustomers(size.customers);
  await fillReference(client);
  await fillCustomers(client, customers);
  await fillCatalog(client, size, categories, products, customers);
  await fillPromotions(client, categories);
  await fillCarts(client, size, products);
  const demand = await fillOrders(client, size, categories, products, customers);
  await fillStock(client, products, demand);
  await fillReports(client);
  await continueNumbers(client);
}

async function fillReference(client: Client): Promise<void> {
  await copyRows(client, reference.settingsTable, reference.settings);
  await copyRows(client, reference.shippingMethodsTable, reference.shippingMethods);
  await copyRows(client, reference.warehousesTable, reference.warehouses);
  await copyRows(client, reference.emailTemplatesTable, reference.emailTemplates);
  await copyRows(client, auditLogTable, auditLog);
  await copyRows(client, jobRunsTable, jobRuns);
}

async function fillCustomers(client: Client, customers: readonly customer.SeedCustomer[]): Promise<void> {
  await copyRows(client, customer.customersTable, customer.customerRows(customers));
  await copyRows(client, customer.addressesTable, customer.addressRows(customers));
  await copyRows(client, customer.passwordResetsTable, customer.passwordResetRows(customers));
}

async function fillCatalog(
  client: Client,
  size: Size,
  categories: readonly catalog.SeedCategory[],
  products: readonly catalog.SeedProduct[],
  customers: readonly customer.SeedCustomer[],
): Promise<void> {
  const { rows, ratings } = seedReviews(size.reviews, products, customers);
  const productRows = products.map((product) => catalog.productRow(product, ratings.get(product.id)));
  await copyRows(client, catalog.suppliersTable, catalog.supplierRows());
  await copyRows(
    client,
    catalog.categoriesTable,
    categories.map(({ row }) => row),
  );
  await copyRows(client, catalog.productsTable, productRows);
  await copyRows(client, catalog.imagesTable, catalog.imageRows(products));
  await copyRows(client, catalog.attributesTable, catalog.attributeRows(products));
  await copyRows(client, reviewsTable, rows);
}

async function fillPromotions(client: Client, categories: readonly catalog.SeedCategory[]): Promise<void> {
  const idOf = new Map(categories.map(({ slug, id }) => [slug, id]));
  await copyRows(client, reference.promotionsTable, reference.promotionRows(idOf));
}

async function fillCarts(client: Client, size: Size, products: readonly catalog.SeedProduct[]): Promise<void> {
  const { carts, items } = seedCarts(size.openCarts, products);
  await copyRows(client, cartsTable, carts);
  await copyRows(client, cartItemsTable, items);
}

async function fillOrders(
  client: Client,
  size: Size,
  categories: readonly catalog.SeedCategory[],
  products: readonly catalog.SeedProduct[],
  customers: readonly customer.SeedCustomer[],
) {
  const demand = createDemand();
  const nextIds = new Map(orderTables.map(({ name }) => [name, counter()]));
  const world = { count: size.orders, products, customers, categoriesOf: branches(categories) };
  for (const batch of seedOrders(world)) {
    for (const table of orderTables) {
      const nextId = nextIds.get(table.name) ?? counter();
      await copyRows(client, table, rowsOf(table, batch, nextId));
    }
    for (const order of batch) demand.add(order);
  }
  await client.query(
    `UPDATE promotions SET used_count = redeemed.times
       FROM (SELECT promotion_id, count(*) AS times FROM promotion_redemptions GROUP BY promotion_id) AS redeemed
      WHERE promotions.id = redeemed.promotion_id`,
  );
  return demand;
}

async function fillStock(
  client: Client,
  products: readonly catalog.SeedProduct[],
  demand: ReturnType<typeof createDemand>,
): Promise<void> {
  const { rows } = await client.query<{ id: number }>("SELECT coalesce(max(id), 0) + 1 AS id FROM stock_movements");
  const { levels, received } = stockRows(products, demand, rows[0]?.id ?? 1);
  await copyRows(client, receivedTable, received);
  await copyRows(client, stockLevelsTable, levels);
}

// The same sums as the nightly job's, at the moment at which the shop stands still.
async function fillReports(client: Client): Promise<void> {
  await client.query(
    `INSERT INTO daily_sales (day, orders_count, units_count, revenue_cents, discount_cents, refunded_cents, computed_at)
     SELECT (placed_at AT TIME ZONE 'UTC')::date, count(*), sum(units), sum(total_cents), sum(discount_cents),
            coalesce(sum(total_cents) FILTER (WHERE status = 'cancelled'), 0), $1
       FROM orders
       JOIN (SELECT order_id, sum(quantity) AS units FROM order_lines GROUP BY order_id) AS lines ON order_id = orders.id
      GROUP BY 1 ORDER BY 1`,
    [timestamp(now)],
  );
  await client.query(
    `INSERT INTO product_rankings (product_id, rank, units_sold, revenue_cents, computed_at)
     SELECT product_id, row_number() OVER (ORDER BY sum(quantity) DESC, product_id), sum(quantity),
            sum(line_total_cents), $1
       FROM order_lines
       JOIN orders ON orders.id = order_id
      WHERE placed_at > $1::timestamptz - interval '90 days' AND status <> 'cancelled'
      GROUP BY product_id ORDER BY 2`,
    [timestamp(now)],
  );
}

// Rows came with their ids; the next ones are given by the sequences.
async function continueNumbers(client: Client): Promise<void> {
  await client.query(
    `DO $$
     DECLARE
       identity record;
     BEGIN
       FOR identity IN
         SELECT table_name FROM information_schema.columns
          WHERE table_schema = 'public' AND column_name = 'id' AND is_identity = 'YES'
       LOOP
         EXECUTE format(
           'SELECT setval(pg_get_serial_sequence(%L, ''id''), coalesce(max(id), 0) + 1, false) FROM %I',
           identity.table_name, identity.table_name);
       END LOOP;
       PERFORM setval('order_number_sequence', (SELECT 100000 + count(*) + 1 FROM orders), false);
     END
     $$`,
  );
}

function* rowsOf(table: OrderTable, orders: readonly SeedOrder[], nextId: () => number): Generator<Row> {
  for (const order of orders) yield* table.rows(order, nextId);
}

function counter(): () => number {
  let last = 0;
  return () => ++last;
}

function branches(categories: readonly catalog.SeedCategory[]): Map<string, Set<number>> {
  return new Map(
    categories
      .filter(({ parentId }) => parentId === null)
      .map((root) => [
        root.slug,
        new Set(categories.filter(({ id, parentId }) => id === root.id || parentId === root.id).map(({ id }) => id)),
      ]),
  );
}
