import type { TestDatabase } from "@strangler/test-kit";
import type { Answer, Browser } from "./browser.ts";

export const CARDS = {
  good: "4242424242424242",
  declined: "4000000000000002",
  stalling: "4000000000000119",
  failing: "4000000000000259",
} as const;

/** A good checkout; change what the test is about. */
export function checkout(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    email: "grace@example.test",
    name: "Grace Hopper",
    address: { street: "Lindenallee 4", postalCode: "04109", city: "Leipzig", country: "DE" },
    card: { number: CARDS.good, expiry: "09/39", cvc: "123" },
    ...changes,
  };
}

export const payingWith = (number: string) => checkout({ card: { number, expiry: "09/39", cvc: "123" } });

export const ADA = { email: "ada@example.test", password: "fig-and-ivy" };
export const STAFF = { email: "staff@example.test", password: "fig-and-ivy" };

export const putIntoCart = (browser: Browser, productId: number, quantity = 1): Promise<Answer> =>
  browser.send("POST", "/api/cart/items", { productId, quantity });

export const logIn = (browser: Browser, credentials: { email: string; password: string }): Promise<Answer> =>
  browser.send("POST", "/api/sessions", credentials);

/** A product that is on sale, costs exactly `priceCents` and has `stock` pieces, all in the first warehouse. */
export async function prepareProduct(
  database: TestDatabase,
  { priceCents = 1_000, stock = 50 }: { priceCents?: number; stock?: number } = {},
): Promise<number> {
  const [product] = await database.query<{ id: number }>(
    `INSERT INTO products (category_id, slug, sku, name, price_cents, weight_grams)
     SELECT 9, 'test-' || n, 'TEST-' || n, 'Test Pan ' || n, $1, 500 FROM (SELECT count(*) AS n FROM products) AS counted
     RETURNING id`,
    [priceCents],
  );
  const id = product?.id ?? 0;
  await database.query("INSERT INTO stock_levels (product_id, warehouse_id, on_hand) VALUES ($1, 1, $2)", [id, stock]);
  return id;
}

/** What checkout writes, by table: a purchase that failed must leave every number as it was. */
export async function countRows(database: TestDatabase): Promise<Record<string, number>> {
  const tables = [
    ...["orders", "order_lines", "order_events", "payments", "refunds", "shipments"],
    ...["stock_reservations", "promotion_redemptions", "emails"],
  ];
  const counts = tables.map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`);
  const [row] = await database.query<Record<string, number>>(
    `SELECT ${counts.join(", ")}, (SELECT sum(reserved)::int FROM stock_levels) AS reserved`,
  );
  return row ?? {};
}
