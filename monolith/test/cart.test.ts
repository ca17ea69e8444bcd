import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Browser } from "./support/browser.ts";
import { ADA, logIn, prepareProduct, putIntoCart } from "./support/buying.ts";
import { openTestShop, type TestShop } from "./support/shop.ts";

type Cart = {
  items: { id: number; productId: number; quantity: number }[];
  promotion: { code: string } | null;
  subtotalCents: number;
  discountCents: number;
  shippingCents: number;
  totalCents: number;
};

let shop: TestShop;
beforeAll(async () => (shop = await openTestShop()));
afterAll(() => shop.close());

const cartOf = async (browser: Browser) => (await browser.get("/api/cart")).body as Cart;
const apply = (browser: Browser, code: string) => browser.send("POST", "/api/cart/promotions", { code });

describe("a guest's cart", () => {
  test("is empty, and costs no session, until something is put into it", async () => {
    const guest = shop.visit();

    expect((await guest.get("/api/cart/badge")).body).toEqual({ count: 0 });
    expect(await cartOf(guest)).toMatchObject({ items: [], totalCents: 0 });
    expect(guest.sid()).toBeUndefined();
  });

  test("adds up, changes and forgets", async () => {
    const guest = shop.visit();
    const pan = await prepareProduct(shop.database, { priceCents: 1_000 });
    const pot = await prepareProduct(shop.database, { priceCents: 2_500 });

    await putIntoCart(guest, pan, 2);
    await putIntoCart(guest, pan, 1);
    const added = await putIntoCart(guest, pot);

    expect(added.status).toBe(201);
    expect(added.body).toMatchObject({ subtotalCents: 5_500, shippingCents: 490, totalCents: 5_990 });
    expect((await guest.get("/api/cart/badge")).body).toEqual({ count: 4 });

    const [first, second] = (await cartOf(guest)).items;
    await guest.send("PATCH", `/api/cart/items/${first?.id}`, { quantity: 4 });
    expect(await cartOf(guest)).toMatchObject({ subtotalCents: 6_500, shippingCents: 0 });

    await guest.send("DELETE", `/api/cart/items/${second?.id}`);
    expect((await cartOf(guest)).items).toMatchObject([{ productId: pan, quantity: 4 }]);
  });

  test("takes no more than there is", async () => {
    const guest = shop.visit();
    const rare = await prepareProduct(shop.database, { stock: 2 });

    const tooMany = await putIntoCart(guest, rare, 3);

    expect(tooMany.status).toBe(409);
    expect(tooMany.text).toMatch(/"Only 2 of \\"Test Pan \d+\\" are left\."/);
    expect((await cartOf(guest)).items).toEqual([]);
  });

  test("cannot be reached into by somebody else", async () => {
    const guest = shop.visit();
    const stranger = shop.visit();
    await putIntoCart(guest, 5);
    await putIntoCart(stranger, 7);
    const [item] = (await cartOf(guest)).items;

    expect((await stranger.send("DELETE", `/api/cart/items/${item?.id}`)).status).toBe(404);
    expect((await stranger.send("PATCH", `/api/cart/items/${item?.id}`, { quantity: 9 })).status).toBe(404);
    expect((await cartOf(guest)).items).toMatchObject([{ quantity: 1 }]);
  });

  test("is one cart, even when two things are put into it at the same moment", async () => {
    const guest = shop.visit();
    await putIntoCart(guest, 5);
    const sid = guest.sid();
    await shop.database.query("DELETE FROM carts WHERE id = (SELECT max(id) FROM carts)");

    await Promise.all([putIntoCart(guest, 7), putIntoCart(guest, 8), putIntoCart(guest, 9)]);

    expect(guest.sid()).toBe(sid);
    expect((await cartOf(guest)).items).toHaveLength(3);
  });

  test("comes along when the guest logs in, and joins what she had", async () => {
    const pan = await prepareProduct(shop.database);
    const pot = await prepareProduct(shop.database);
    const atHome = shop.visit();
    await logIn(atHome, ADA);
    await putIntoCart(atHome, pan, 1);

    const atWork = shop.visit();
    await putIntoCart(atWork, pan, 2);
    await putIntoCart(atWork, pot, 1);
    await logIn(atWork, ADA);

    const merged = [
      { productId: pan, quantity: 3 },
      { productId: pot, quantity: 1 },
    ];
    expect((await cartOf(atWork)).items).toMatchObject(merged);
    expect((await cartOf(atHome)).items).toMatchObject(merged);
  });
});

describe("a promotion", () => {
  test("takes its part off", async () => {
    const guest = shop.visit();
    await putIntoCart(guest, await prepareProduct(shop.database, { priceCents: 3_000 }), 1);

    expect((await apply(guest, "welcome10")).body).toMatchObject({
      promotion: { code: "WELCOME10" },
      subtotalCents: 3_000,
      discountCents: 300,
      totalCents: 2_700 + 490,
    });
    expect((await guest.send("DELETE", "/api/cart/promotions")).body).toMatchObject({ discountCents: 0 });
  });

  test("for a department leaves other goods alone", async () => {
    const guest = shop.visit();
    const pan = await prepareProduct(shop.database, { priceCents: 2_000 });
    const book = await prepareProduct(shop.database, { priceCents: 1_000 });
    await shop.database.query(
      "UPDATE products SET category_id = (SELECT id FROM categories WHERE slug = 'books') WHERE id = $1",
      [book],
    );
    await putIntoCart(guest, pan);
    await putIntoCart(guest, book);

    expect((await apply(guest, "KITCHEN20")).body).toMatchObject({ subtotalCents: 3_000, discountCents: 400 });
  });

  test("makes shipping free", async () => {
    const guest = shop.visit();
    await putIntoCart(guest, await prepareProduct(shop.database));

    expect((await apply(guest, "SHIPFREE")).body).toMatchObject({
      discountCents: 0,
      shippingCents: 0,
      totalCents: 1_000,
    });
  });

  test.each([
    ["NOSUCHCODE", 'There is no promotion "NOSUCHCODE".'],
    ["SPRING10", '"SPRING10" has ended.'],
    ["FIRST25", '"FIRST25" needs goods for at least 50 euros.'],
    ["SUMMER15", '"SUMMER15" needs goods for at least 80 euros.'],
  ])("%s is refused with a reason", async (code, detail) => {
    const guest = shop.visit();
    await putIntoCart(guest, await prepareProduct(shop.database));

    const { status, body } = await apply(guest, code);

    expect(status).toBe(422);
    expect(body).toMatchObject({ detail });
  });

  test("that has been used up is refused", async () => {
    const guest = shop.visit();
    await putIntoCart(guest, await prepareProduct(shop.database, { priceCents: 9_000 }));

    expect((await apply(guest, "FIRST25")).body).toMatchObject({ status: 422, detail: '"FIRST25" has been used up.' });
  });
});

describe("the cart page", () => {
  test("says why something could not be put into it, and shows the cart", async () => {
    const guest = shop.visit();
    const rare = await prepareProduct(shop.database, { stock: 1 });

    const { status, text } = await guest.submit("/cart/items", { productId: String(rare), quantity: "5" });

    expect(status).toBe(409);
    expect(text).toContain("Only 1 of");
  });

  test("works without a script: add, change, promotion, remove", async () => {
    const guest = shop.visit();
    const pan = await prepareProduct(shop.database);
    await guest.submit("/cart/items", { productId: String(pan), quantity: "1" });
    const [item] = (await cartOf(guest)).items;

    await guest.submit(`/cart/items/${item?.id}`, { quantity: "3", action: "change" });
    await guest.submit("/cart/promotions", { code: "WELCOME10", action: "apply" });
    expect((await guest.get("/cart")).text).toContain("−€3.00");

    await guest.submit("/cart/promotions", { action: "remove" });
    await guest.submit(`/cart/items/${item?.id}`, { quantity: "3", action: "remove" });
    expect((await guest.get("/cart")).text).toContain("It is empty.");
  });
});
