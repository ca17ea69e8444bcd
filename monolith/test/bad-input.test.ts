import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { checkout } from "./support/buying.ts";
import { openTestShop, type TestShop } from "./support/shop.ts";

let shop: TestShop;
beforeAll(async () => (shop = await openTestShop()));
afterAll(() => shop.close());

type Refusal = { status: number; fields?: string[] };

const GETS: [path: string, refusal: Refusal][] = [
  ["/api/products?page=0", { status: 400, fields: ["page"] }],
  ["/api/products?page=-1", { status: 400, fields: ["page"] }],
  ["/api/products?page=1.5", { status: 400, fields: ["page"] }],
  ["/api/products?page=99999999999999999999", { status: 400, fields: ["page"] }],
  ["/api/products?page=1&page=2", { status: 400, fields: ["page"] }],
  ["/api/products?pageSize=101&sort=cheap", { status: 400, fields: ["pageSize", "sort"] }],
  ["/api/products?sort=constructor", { status: 400, fields: ["sort"] }],
  ["/api/products?category=", { status: 400, fields: ["category"] }],
  ["/api/products?category=no-such", { status: 404 }],
  ["/api/products?category=%00", { status: 400, fields: ["category"] }],
  ["/api/products/0", { status: 404 }],
  ["/api/products/abc", { status: 404 }],
  ["/api/products/5x", { status: 404 }],
  ["/api/products/2147483648", { status: 404 }],
  ["/api/products/99999999999999999999999", { status: 404 }],
  ["/api/products/%00", { status: 404 }],
  ["/api/products/%zz", { status: 400 }],
  ["/api/products/5/reviews?page=x", { status: 400, fields: ["page"] }],
  ["/api/products/999999/reviews", { status: 404 }],
  ["/api/categories/no-such", { status: 404 }],
  ["/api/categories/%27%3B--", { status: 404 }],
  ["/api/search", { status: 400, fields: ["q"] }],
  ["/api/search?q=", { status: 400, fields: ["q"] }],
  ["/api/search?q=%00", { status: 400, fields: ["q"] }],
  [`/api/search?q=${"a".repeat(201)}`, { status: 400, fields: ["q"] }],
  ["/api/orders/no%20such", { status: 404 }],
  ["/api/nothing", { status: 404 }],
];

const WRITES: [method: string, path: string, body: unknown, refusal: Refusal][] = [
  ["POST", "/api/cart/items", {}, { status: 400, fields: ["productId"] }],
  ["POST", "/api/cart/items", { productId: "five", quantity: 0 }, { status: 400, fields: ["productId", "quantity"] }],
  ["POST", "/api/cart/items", { productId: 5, quantity: 100 }, { status: 400, fields: ["quantity"] }],
  ["POST", "/api/cart/items", { productId: 5.5 }, { status: 400, fields: ["productId"] }],
  ["POST", "/api/cart/items", { productId: 2147483647 }, { status: 404 }],
  ["POST", "/api/cart/items", [1], { status: 400, fields: ["productId"] }],
  ["POST", "/api/cart/items", null, { status: 400 }],
  ["POST", "/api/cart/items", "5", { status: 400 }],
  ["PATCH", "/api/cart/items/1", { quantity: 1 }, { status: 404 }],
  ["DELETE", "/api/cart/items/x", undefined, { status: 404 }],
  ["POST", "/api/cart/promotions", {}, { status: 400, fields: ["code"] }],
  ["POST", "/api/cart/promotions", { code: { toString: 1 } }, { status: 400, fields: ["code"] }],
  [
    "POST",
    "/api/accounts",
    { email: "nobody", password: "short" },
    { status: 400, fields: ["email", "password", "name"] },
  ],
  [
    "POST",
    "/api/accounts",
    { email: "a\0@b.test", password: "long enough", name: "A" },
    { status: 400, fields: ["email"] },
  ],
  ["POST", "/api/sessions", { email: "ada@example.test" }, { status: 400, fields: ["password"] }],
  ["POST", "/api/sessions", undefined, { status: 400, fields: ["email", "password"] }],
  ["PUT", "/api/password-resets", { token: "x", password: "long enough" }, { status: 422 }],
  ["POST", "/api/products/5/reviews", { rating: 6 }, { status: 400, fields: ["authorName", "rating", "body"] }],
  [
    "POST",
    "/api/products/5/reviews",
    { authorName: "A", rating: 5, body: "b".repeat(4_001) },
    { status: 400, fields: ["body"] },
  ],
  ["POST", "/api/products/abc/reviews", { authorName: "A", rating: 5, body: "b" }, { status: 404 }],
  ["POST", "/api/orders", checkout(), { status: 409 }],
  ["POST", "/api/orders", checkout({ shippingMethod: "camel" }), { status: 422 }],
  [
    "POST",
    "/api/orders",
    checkout({ card: { number: "4242424242424241", expiry: "01/20", cvc: "x" } }),
    { status: 400, fields: ["card.number", "card.expiry", "card.cvc"] },
  ],
  [
    "POST",
    "/api/orders",
    checkout({ address: "here", card: null }),
    { status: 400, fields: ["address", "address.street"] },
  ],
  ["POST", "/api/orders", {}, { status: 400, fields: ["address", "email", "name", "card"] }],
];

async function expectRefusal(
  answer: { status: number; headers: Headers; body: unknown },
  path: string,
  refusal: Refusal,
) {
  expect({ path, status: answer.status }).toEqual({ path, status: refusal.status });
  expect(answer.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
  const problem = answer.body as { errors?: { field: string }[] };
  expect(problem).toMatchObject({
    type: "about:blank",
    status: refusal.status,
    instance: new URL(path, shop.url).pathname,
  });
  const fields = (problem.errors ?? []).map(({ field }) => field);
  if (refusal.fields) expect(fields).toEqual(expect.arrayContaining(refusal.fields));
}

describe("what the shop does not understand", () => {
  test.each(GETS)("GET %s", async (path, refusal) => {
    await expectRefusal(await shop.visit().get(path), path, refusal);
  });

  test.each(WRITES)("%s %s %j", async (method, path, body, refusal) => {
    await expectRefusal(await shop.visit().send(method, path, body), path, refusal);
  });

  test.each([
    ["broken JSON", '{"productId": 5', "application/json", 400],
    ["a form instead of JSON", "productId=5", "application/x-www-form-urlencoded", 415],
    ["a text", "5", "text/plain", 415],
    ["no type at all", "5", "", 415],
    ["more than it accepts", JSON.stringify({ productId: 5, more: "x".repeat(60_000) }), "application/json", 413],
    ["a strange charset", "{}", "application/json; charset=klingon", 415],
  ])("a body that is %s", async (_, body, type, status) => {
    const response = await fetch(`${shop.url}/api/cart/items`, {
      method: "POST",
      body,
      headers: { "content-type": type },
    });

    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
  });

  test.each([
    ["/products?page=0", 400],
    ["/products/no-such-thing", 404],
    ["/products/%zz", 400],
    ["/categories/no-such-thing", 404],
    ["/search?q=a&page=x", 400],
    ["/orders/SO-100001", 404],
    ["/nothing", 404],
    ["/assets/nothing.css", 404],
    ["/assets/pictures/mug/constructor-front.svg", 404],
    ["/assets/pictures/..%2f..%2fmain/teal-front.svg", 404],
    ["/assets/..%2f..%2fapp.ts", 404],
  ])("is a page for whoever asked for a page: %s", async (path, status) => {
    const answer = await shop.visit().get(path);

    expect({ path, status: answer.status }).toEqual({ path, status });
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(answer.text).toContain("To the products");
  });

  test("does not end the shop", async () => {
    expect((await shop.visit().get("/readyz")).status).toBe(200);
  });
});
