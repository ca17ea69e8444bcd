import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ADA, logIn, STAFF } from "./support/buying.ts";
import { openTestShop, type TestShop } from "./support/shop.ts";

let shop: TestShop;
beforeAll(async () => (shop = await openTestShop()));
afterAll(() => shop.close());

const newcomer = { email: "Nora@example.test", password: "long enough", name: "Nora Berg" };

describe("an account", () => {
  test("is opened and logged in with one request, and welcomed", async () => {
    const nora = shop.visit();

    const opened = await nora.send("POST", "/api/accounts", newcomer);

    expect(opened.status).toBe(201);
    expect(opened.headers.getSetCookie()[0]).toMatch(/^sid=[\w-]+; .*HttpOnly; SameSite=Lax/);
    expect((await nora.get("/api/account")).body).toMatchObject({
      name: "Nora Berg",
      role: "customer",
      ordersCount: 0,
    });
    const emails = await shop.database.query("SELECT subject FROM emails WHERE to_address = $1", [newcomer.email]);
    expect(emails).toEqual([{ subject: "Welcome to Fig & Co." }]);
  });

  test("is opened once for an address, however it is written", async () => {
    const again = await shop.visit().send("POST", "/api/accounts", { ...newcomer, email: "NORA@example.test" });

    expect(again.status).toBe(409);
  });

  test("does not tell whether the address or the password is wrong", async () => {
    const wrongPassword = await logIn(shop.visit(), { ...ADA, password: "wrong" });
    const nobody = await logIn(shop.visit(), { email: "nobody@example.test", password: "wrong" });

    expect(wrongPassword.status).toBe(401);
    expect(nobody.body).toEqual(wrongPassword.body);
  });

  test("is closed to whoever has logged out", async () => {
    const ada = shop.visit();
    await logIn(ada, ADA);
    const old = ada.sid() ?? "";

    expect((await ada.send("DELETE", "/api/sessions")).status).toBe(204);

    expect(ada.sid()).toBeUndefined();
    const thief = await fetch(`${shop.url}/api/account`, { headers: { cookie: `sid=${old}` } });
    expect(thief.status).toBe(401);
  });

  test("is not open to somebody who knew the session before the login", async () => {
    const ada = shop.visit();
    await ada.send("POST", "/api/cart/items", { productId: 5 });
    const before = ada.sid() ?? "";

    await logIn(ada, ADA);

    expect(ada.sid()).not.toBe(before);
    const other = await fetch(`${shop.url}/api/account`, { headers: { cookie: `sid=${before}` } });
    expect(other.status).toBe(401);
  });

  test("gets a new password by e-mail, once", async () => {
    const customer = shop.visit();
    await customer.send("POST", "/api/accounts", { ...newcomer, email: "forgetful@example.test" });
    await shop.visit().send("POST", "/api/password-resets", { email: "forgetful@example.test" });
    const [email] = await shop.database.query<{ body: string }>(
      "SELECT body FROM emails WHERE template_key = 'password_reset' ORDER BY id DESC LIMIT 1",
    );
    const token = /hour: ([\w-]+)/.exec(email?.body ?? "")?.[1];

    const first = await shop.visit().send("PUT", "/api/password-resets", { token, password: "something new" });
    const second = await shop.visit().send("PUT", "/api/password-resets", { token, password: "something else" });

    expect([first.status, second.status]).toEqual([204, 422]);
    expect((await customer.get("/api/account")).status).toBe(401);
    const login = await logIn(shop.visit(), { email: "forgetful@example.test", password: "something new" });
    expect(login.status).toBe(201);
  });

  test("page sends strangers to the login, and the login only back into the shop", async () => {
    const page = await shop.visit().get("/account");
    const evil = await shop.visit().submit("/login", { ...ADA, next: "//elsewhere.test" });
    const good = await shop.visit().submit("/login", { ...ADA, next: "/checkout" });

    expect([page.status, page.headers.get("location")]).toEqual([303, "/login?next=/account"]);
    expect(evil.headers.get("location")).toBe("/account");
    expect(good.headers.get("location")).toBe("/checkout");
  });
});

describe("the reports", () => {
  test("are for the staff", async () => {
    const ada = shop.visit();
    const staff = shop.visit();
    await logIn(ada, ADA);
    await logIn(staff, STAFF);

    expect((await shop.visit().get("/api/reports/sales")).status).toBe(401);
    expect((await shop.visit().get("/admin/reports")).status).toBe(303);
    expect((await ada.get("/api/reports/sales")).status).toBe(403);
    expect((await ada.get("/admin/reports")).status).toBe(403);
    expect((await staff.get("/admin/reports")).text).toContain("Best in ninety days");
  });

  test("add up to what was ordered", async () => {
    const staff = shop.visit();
    await logIn(staff, STAFF);

    const report = (await staff.get("/api/reports/sales?from=2026-06-01&to=2026-06-29")).body as {
      days: { orders: number; revenueCents: number }[];
    };

    const [sums] = await shop.database.query<{ orders: number; revenue: number }>(
      `SELECT count(*)::int AS orders, sum(total_cents)::int AS revenue FROM orders
        WHERE placed_at >= '2026-06-01Z' AND placed_at < '2026-06-30Z'`,
    );
    expect(report.days).toHaveLength(29);
    expect(report.days.reduce((sum, day) => sum + day.orders, 0)).toBe(sums?.orders);
    expect(report.days.reduce((sum, day) => sum + day.revenueCents, 0)).toBe(sums?.revenue);
  });
});

describe("a write from another site", () => {
  const foreign = { origin: "https://evil.test" };

  test("is refused before anything happens", async () => {
    const ada = shop.visit();
    await logIn(ada, ADA);
    const { body: before } = await ada.get("/api/cart/badge");

    expect((await ada.send("POST", "/api/cart/items", { productId: 5 }, foreign)).status).toBe(403);
    expect((await ada.submit("/cart/items", { productId: "5" }, foreign)).status).toBe(403);
    expect((await ada.submit("/cart/items", { productId: "5" }, { origin: "null" })).status).toBe(403);
    expect((await ada.get("/api/cart/badge")).body).toEqual(before);
  });

  test("is welcome when the site is ours, also behind a proxy", async () => {
    const own = { origin: shop.url };
    const proxied = { origin: "https://shop.test", "x-forwarded-host": "shop.test" };

    expect((await shop.visit().submit("/cart/items", { productId: "5" }, own)).status).toBe(303);
    expect((await shop.visit().submit("/cart/items", { productId: "5" }, proxied)).status).toBe(303);
  });
});
