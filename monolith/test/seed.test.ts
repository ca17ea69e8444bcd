import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createDatabase, type TestDatabase } from "@strangler/test-kit";
import { smallShop } from "./support/shop.ts";

let shop: TestDatabase;
beforeAll(async () => (shop = await createDatabase(smallShop)));
afterAll(() => shop.drop());

const numberOf = async (sql: string) => {
  const [row] = await shop.query<{ value: string }>(`SELECT (${sql}) AS value`);
  return Number(row?.value);
};

describe("the small shop", () => {
  test.each([
    ["products", 1_000],
    ["orders", 5_000],
    ["reviews", 6_000],
    ["customers", 320],
    ["categories", 48],
  ])("has %s: %i", async (table, count) => {
    expect(await numberOf(`SELECT count(*) FROM ${table}`)).toBe(count);
  });

  test("is the same on every machine and in every year", async () => {
    const sums = await shop.query<{ value: string }>(
      `SELECT md5(string_agg(concat_ws('|', number, email, total_cents, extract(epoch FROM placed_at)), ',' ORDER BY id))
              AS value FROM orders
       UNION ALL SELECT md5(string_agg(concat_ws('|', body, extract(epoch FROM created_at)), ',' ORDER BY id)) FROM reviews
       UNION ALL SELECT md5(string_agg(concat_ws('|', on_hand, reserved), ',' ORDER BY id)) FROM stock_levels`,
    );

    expect(sums.map(({ value }) => value)).toEqual([
      "cae10b25be58f272fd55135108cac349",
      "b72fbf5375eed15fe640619206921627",
      "7689b075b6b5f122b3032b66238e5adc",
    ]);
  });

  test.each([
    [
      "stock on hand is what has moved",
      `SELECT count(*) FROM stock_levels s WHERE on_hand <> (
         SELECT coalesce(sum(quantity), 0) FROM stock_movements m
          WHERE m.product_id = s.product_id AND m.warehouse_id = s.warehouse_id)`,
    ],
    [
      "stock reserved is what orders hold",
      `SELECT count(*) FROM stock_levels s WHERE reserved <> (
         SELECT coalesce(sum(quantity), 0) FROM stock_reservations r
          WHERE r.product_id = s.product_id AND r.warehouse_id = s.warehouse_id AND r.status = 'held')`,
    ],
    [
      "the trigger has summed up the stock",
      `SELECT count(*) FROM products p WHERE stock_available <> (
         SELECT sum(on_hand - reserved) FROM stock_levels WHERE product_id = p.id)`,
    ],
    [
      "ratings are the average of what is published",
      `SELECT count(*) FROM products p WHERE (rating_average, rating_count) IS DISTINCT FROM (
         SELECT (coalesce(round(avg(rating), 2), 0), count(*)::int) FROM reviews
          WHERE product_id = p.id AND status = 'published')`,
    ],
    [
      "orders cost what their lines cost",
      `SELECT count(*) FROM orders o WHERE subtotal_cents <> (
         SELECT sum(line_total_cents) FROM order_lines WHERE order_id = o.id)`,
    ],
    [
      "payments pay their orders",
      `SELECT count(*) FROM orders o LEFT JOIN payments p ON p.order_id = o.id
        WHERE p.amount_cents IS DISTINCT FROM o.total_cents`,
    ],
    [
      "promotions know how often they were used",
      `SELECT count(*) FROM promotions p WHERE used_count <> (
         SELECT count(*) FROM promotion_redemptions WHERE promotion_id = p.id)`,
    ],
    [
      "nobody buys before she is a customer",
      "SELECT count(*) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.placed_at < c.created_at",
    ],
    [
      "nothing is sold before it exists",
      "SELECT count(*) FROM order_lines l JOIN orders o ON o.id = order_id JOIN products p ON p.id = product_id WHERE o.placed_at < p.created_at",
    ],
  ])("is consistent: %s", async (_, exceptions) => {
    expect(await numberOf(exceptions)).toBe(0);
  });

  test("gives the next rows numbers of their own", async () => {
    const [review] = await shop.query<{ id: number }>(
      "INSERT INTO reviews (product_id, author_name, rating) VALUES (1, 'A', 5) RETURNING id",
    );
    const [order] = await shop.query<{ number: string }>(
      `INSERT INTO orders (shipping_method_id, email, name, street, postal_code, city, country, subtotal_cents, total_cents)
       VALUES (1, 'a@b.test', 'A', 'B', '1', 'C', 'DE', 0, 0) RETURNING number`,
    );

    expect(review?.id).toBe(6_001);
    expect(order?.number).toBe("SO-105001");
  });
});
