import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { runNightly } from "../src/jobs/nightly.ts";
import { sendPendingEmails } from "../src/services/email-service.ts";
import { checkout, logIn, prepareProduct, putIntoCart, STAFF } from "./support/buying.ts";
import { openTestShop, type TestShop } from "./support/shop.ts";

let shop: TestShop;
beforeAll(async () => (shop = await openTestShop()));
afterAll(() => shop.close());

const placeOrder = async (productId: number, quantity: number) => {
  const buyer = shop.visit();
  await putIntoCart(buyer, productId, quantity);
  const { body } = await buyer.send("POST", "/api/orders", checkout());
  const { number, shipment } = body as { number: string; shipment: { number: string } };
  return { buyer, number, shipment: shipment.number };
};

describe("a parcel", () => {
  test("is sent and delivered by the staff, and its customer can follow it", async () => {
    const pan = await prepareProduct(shop.database, { stock: 5 });
    const { buyer, number, shipment } = await placeOrder(pan, 2);
    const staff = shop.visit();
    await logIn(staff, STAFF);

    const sent = await staff.send("PATCH", `/api/shipments/${shipment}`, { status: "handed_over" });
    const stock = await shop.database.query("SELECT on_hand, reserved FROM stock_levels WHERE product_id = $1", [pan]);
    const delivered = await staff.send("PATCH", `/api/shipments/${shipment}`, { status: "delivered" });

    expect([sent.status, delivered.status]).toEqual([200, 200]);
    expect(stock).toEqual([{ on_hand: 3, reserved: 0 }]);
    expect((await buyer.get(`/api/shipments/${shipment}`)).body).toMatchObject({
      orderNumber: number,
      status: "delivered",
      events: [
        { status: "handed_over", location: "Leipzig" },
        { status: "delivered", location: "Leipzig" },
      ],
    });
    expect((await buyer.send("POST", `/api/orders/${number}/cancellation`)).status).toBe(409);
    expect((await staff.send("PATCH", `/api/shipments/${shipment}`, { status: "delivered" })).status).toBe(409);
  });

  test("is not sent by its customer", async () => {
    const { buyer, shipment } = await placeOrder(await prepareProduct(shop.database), 1);

    expect((await buyer.send("PATCH", `/api/shipments/${shipment}`, { status: "delivered" })).status).toBe(401);
  });

  test("comes from two warehouses when one has too little", async () => {
    const pan = await prepareProduct(shop.database, { stock: 2 });
    await shop.database.query("INSERT INTO stock_levels (product_id, warehouse_id, on_hand) VALUES ($1, 2, 5)", [pan]);

    const { number } = await placeOrder(pan, 4);

    const parts = await shop.database.query(
      `SELECT warehouse_id, quantity FROM stock_reservations JOIN orders ON orders.id = order_id
        WHERE number = $1 ORDER BY warehouse_id`,
      [number],
    );
    expect(parts).toEqual([
      { warehouse_id: 1, quantity: 2 },
      { warehouse_id: 2, quantity: 2 },
    ]);
  });
});

describe("the jobs", () => {
  test("send what waits in the outbox, once", async () => {
    await placeOrder(await prepareProduct(shop.database), 1);

    const sent = [await sendPendingEmails(), await sendPendingEmails()];

    expect(sent[0]).toBeGreaterThan(0);
    expect(sent[1]).toBe(0);
    expect(await shop.database.query("SELECT 1 FROM emails WHERE status = 'pending'")).toEqual([]);
  });

  test("of the night mend ratings and count the day's sales", async () => {
    const pan = await prepareProduct(shop.database);
    await placeOrder(pan, 7);
    await shop.database.query("UPDATE products SET rating_average = 1, rating_count = 99 WHERE id = $1", [pan]);

    expect(await runNightly()).toBe(true);

    const [product] = await shop.database.query("SELECT rating_average, rating_count FROM products WHERE id = $1", [
      pan,
    ]);
    const [ranking] = await shop.database.query<{ units_sold: number }>(
      "SELECT units_sold FROM product_rankings WHERE product_id = $1",
      [pan],
    );
    const [sales] = await shop.database.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM daily_sales WHERE day = (now() AT TIME ZONE 'UTC')::date",
    );
    const [run] = await shop.database.query("SELECT outcome FROM job_runs ORDER BY id DESC LIMIT 1");
    expect(product).toEqual({ rating_average: "0.00", rating_count: 0 });
    expect(ranking?.units_sold).toBe(7);
    expect(sales?.count).toBe(1);
    expect(run).toEqual({ outcome: "done" });
  });
});
