import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ADA, CARDS, checkout, countRows, logIn, payingWith, prepareProduct, putIntoCart } from "./support/buying.ts";
import { openTestShop, type TestShop } from "./support/shop.ts";

let shop: TestShop;
beforeAll(async () => (shop = await openTestShop()));
afterAll(() => shop.close());

const stockOf = async (productId: number) => {
  const [row] = await shop.database.query<{ on_hand: number; reserved: number; stock_available: number }>(
    `SELECT sum(on_hand)::int AS on_hand, sum(reserved)::int AS reserved, stock_available
       FROM stock_levels JOIN products ON products.id = product_id WHERE product_id = $1 GROUP BY products.id`,
    [productId],
  );
  return row;
};

describe("buying", () => {
  test("makes an order of a cart: paid, reserved, on its way into a parcel, confirmed", async () => {
    const guest = shop.visit();
    const pan = await prepareProduct(shop.database, { priceCents: 2_000, stock: 10 });
    await putIntoCart(guest, pan, 2);
    await guest.send("POST", "/api/cart/promotions", { code: "WELCOME10" });

    const { status, headers, body } = await guest.send("POST", "/api/orders", checkout());

    const order = body as { number: string };
    expect(status).toBe(201);
    expect(headers.get("location")).toBe(`/api/orders/${order.number}`);
    expect(body).toMatchObject({
      status: "paid",
      email: "grace@example.test",
      lines: [{ productId: pan, quantity: 2, unitPriceCents: 2_000, lineTotalCents: 4_000 }],
      subtotalCents: 4_000,
      discountCents: 400,
      shippingCents: 490,
      taxCents: 575 + 78,
      totalCents: 4_090,
      promotion: "WELCOME10",
      payment: { status: "captured", cardBrand: "visa", cardLast4: "4242" },
      shipment: { status: "preparing" },
      events: [{ kind: "placed" }, { kind: "paid" }],
    });
    expect(await stockOf(pan)).toEqual({ on_hand: 10, reserved: 2, stock_available: 8 });
    expect((await guest.get("/api/cart/badge")).body).toEqual({ count: 0 });
    const emails = await shop.database.query(
      "SELECT subject FROM emails WHERE status = 'pending' AND subject LIKE $1",
      [`%${order.number}`],
    );
    expect(emails).toEqual([{ subject: `Your order ${order.number}` }]);
  });

  test("by express costs express", async () => {
    const guest = shop.visit();
    await putIntoCart(guest, await prepareProduct(shop.database, { priceCents: 9_000 }));

    const { body } = await guest.send("POST", "/api/orders", checkout({ shippingMethod: "express" }));

    expect(body).toMatchObject({ shippingCents: 1_290, shippingMethod: { code: "express" } });
  });

  test("works by clicking through the pages", async () => {
    const guest = shop.visit();
    await guest.submit("/cart/items", { productId: "5", quantity: "1" });
    const form = {
      email: "grace@example.test",
      name: "Grace Hopper",
      street: "Lindenallee 4",
      postalCode: "04109",
      city: "Leipzig",
      country: "DE",
      shippingMethod: "standard",
      cardExpiry: "09/39",
      cardCvc: "123",
    };

    expect((await guest.get("/checkout")).text).toContain("Pay and order");
    const declined = await guest.submit("/checkout", { ...form, cardNumber: CARDS.declined });
    const mistyped = await guest.submit("/checkout", { ...form, cardNumber: "4242 4242 4242 4241" });
    const bought = await guest.submit("/checkout", { ...form, cardNumber: "4242 4242 4242 4242" });

    expect(declined.text).toContain("Your bank declined the card.");
    expect(declined.text).toContain('value="Lindenallee 4"');
    expect(mistyped.text).toContain("is not the number of a card");
    expect(bought.status).toBe(303);
    const page = await guest.get(bought.headers.get("location") ?? "");
    expect(page.text).toContain("Thank you, Grace!");
    expect((await guest.get("/checkout")).headers.get("location")).toBe("/cart");
  });
});

describe("a card that cannot be charged", () => {
  test.each([
    ["declined", CARDS.declined, 402, "declined"],
    ["a gateway that fails", CARDS.failing, 502, "gateway_error"],
  ])("(%s) leaves cart and stock as they were, and is remembered", async (_, number, status, outcome) => {
    const guest = shop.visit();
    const pan = await prepareProduct(shop.database, { stock: 3 });
    await putIntoCart(guest, pan);
    const before = await countRows(shop.database);

    const answer = await guest.send("POST", "/api/orders", payingWith(number));

    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
    expect(await countRows(shop.database)).toEqual(before);
    expect((await guest.get("/api/cart/badge")).body).toEqual({ count: 1 });
    const attempts = await shop.database.query(
      "SELECT outcome, amount_cents FROM payment_attempts ORDER BY id DESC LIMIT 1",
    );
    expect(attempts).toEqual([{ outcome, amount_cents: 1_490 }]);

    expect((await guest.send("POST", "/api/orders", checkout())).status).toBe(201);
  });

  test("pays in the end when the gateway only hesitates", async () => {
    const guest = shop.visit();
    await putIntoCart(guest, await prepareProduct(shop.database));

    const answer = await guest.send("POST", "/api/orders", payingWith(CARDS.stalling));

    expect(answer.status).toBe(201);
  });
});

describe("many buyers", () => {
  test("cannot buy the last piece twice", async () => {
    const last = await prepareProduct(shop.database, { stock: 1 });
    const buyers = [shop.visit(), shop.visit()];
    for (const buyer of buyers) await putIntoCart(buyer, last);

    const answers = await Promise.all(buyers.map((buyer) => buyer.send("POST", "/api/orders", checkout())));

    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(await stockOf(last)).toEqual({ on_hand: 1, reserved: 1, stock_available: 0 });
    const failed = answers.find(({ status }) => status === 409);
    expect(failed?.text).toMatch(/is sold out/);
  });

  test("get exactly what there is, in whatever order they want it", async () => {
    const one = await prepareProduct(shop.database, { stock: 7 });
    const other = await prepareProduct(shop.database, { stock: 7 });
    const buyers = Array.from({ length: 12 }, () => shop.visit());
    for (const [index, buyer] of buyers.entries()) {
      const [first, second] = index % 2 === 0 ? [one, other] : [other, one];
      await putIntoCart(buyer, first);
      await putIntoCart(buyer, second);
    }

    const answers = await Promise.all(buyers.map((buyer) => buyer.send("POST", "/api/orders", checkout())));

    expect(answers.filter(({ status }) => status === 201)).toHaveLength(7);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(5);
    expect(await stockOf(one)).toEqual({ on_hand: 7, reserved: 7, stock_available: 0 });
    expect(await stockOf(other)).toEqual({ on_hand: 7, reserved: 7, stock_available: 0 });
  });

  test("who click twice buy once", async () => {
    const guest = shop.visit();
    await putIntoCart(guest, await prepareProduct(shop.database));

    const answers = await Promise.all([1, 2, 3].map(() => guest.send("POST", "/api/orders", checkout())));

    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  });

  test("share the last use of a promotion between them as one", async () => {
    await shop.database.query("UPDATE promotions SET used_count = usage_limit - 1 WHERE code = 'FIRST25'");
    const buyers = [shop.visit(), shop.visit(), shop.visit()];
    for (const buyer of buyers) {
      await putIntoCart(buyer, await prepareProduct(shop.database, { priceCents: 8_000 }));
      expect((await buyer.send("POST", "/api/cart/promotions", { code: "FIRST25" })).status).toBe(200);
    }

    const answers = await Promise.all(buyers.map((buyer) => buyer.send("POST", "/api/orders", checkout())));

    expect(answers.map(({ status }) => status).sort()).toEqual([201, 422, 422]);
  });
});

describe("an order", () => {
  test("is seen by the customer who placed it, and by nobody else", async () => {
    const ada = shop.visit();
    const nora = shop.visit();
    await logIn(ada, ADA);
    await nora.send("POST", "/api/accounts", { email: "nora@example.test", password: "long enough", name: "Nora" });
    await putIntoCart(ada, await prepareProduct(shop.database));
    const { number, shipment } = (await ada.send("POST", "/api/orders", checkout())).body as {
      number: string;
      shipment: { number: string };
    };

    const paths = [`/api/orders/${number}`, `/orders/${number}`, `/api/shipments/${shipment.number}`];
    for (const path of paths) {
      expect({ path, status: (await ada.get(path)).status }).toEqual({ path, status: 200 });
      expect({ path, status: (await nora.get(path)).status }).toEqual({ path, status: 404 });
      expect({ path, status: (await shop.visit().get(path)).status }).toEqual({ path, status: 404 });
    }
    expect((await nora.send("POST", `/api/orders/${number}/cancellation`)).status).toBe(404);
    const orders = (await ada.get("/api/orders")).body as { items: { number: string }[]; total: number };
    expect(orders.items[0]?.number).toBe(number);
    expect(orders.total).toBe(13);
    expect((await nora.get("/api/orders")).body).toMatchObject({ items: [], total: 0 });
    expect((await shop.visit().get("/api/orders")).status).toBe(401);
  });

  test("can be taken back while it is being packed: money, stock and parcel", async () => {
    const guest = shop.visit();
    const pan = await prepareProduct(shop.database, { stock: 4 });
    await putIntoCart(guest, pan, 3);
    const { number } = (await guest.send("POST", "/api/orders", checkout())).body as { number: string };

    const cancelled = await guest.send("POST", `/api/orders/${number}/cancellation`);

    expect(cancelled.body).toMatchObject({
      status: "cancelled",
      payment: { status: "refunded" },
      shipment: { status: "cancelled" },
    });
    expect(await stockOf(pan)).toEqual({ on_hand: 4, reserved: 0, stock_available: 4 });
    expect((await guest.send("POST", `/api/orders/${number}/cancellation`)).status).toBe(409);
  });
});
