import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ADA, logIn, prepareProduct } from "./support/buying.ts";
import { openTestShop, type TestShop } from "./support/shop.ts";

type Review = { id: number; rating: number; authorName: string; status: string };

let shop: TestShop;
beforeAll(async () => (shop = await openTestShop()));
afterAll(() => shop.close());

const review = { authorName: "Grace H.", rating: 4, title: "Good", body: "It does what it should." };

const reviewsOf = async (id: number) =>
  (await shop.visit().get(`/api/products/${id}/reviews`)).body as { items: Review[]; total: number };

const ratingOf = async (id: number) =>
  ((await shop.visit().get(`/api/products/${id}`)).body as { rating: unknown }).rating;

describe("a review", () => {
  test("is online at once, and counts in the product's rating", async () => {
    const id = await prepareProduct(shop.database);

    const posted = await shop.visit().send("POST", `/api/products/${id}/reviews`, review);
    await shop.visit().send("POST", `/api/products/${id}/reviews`, { ...review, rating: 5 });

    expect(posted.status).toBe(201);
    expect(posted.body).toMatchObject({ rating: 4, status: "published" });
    expect((await reviewsOf(id)).total).toBe(2);
    expect(await ratingOf(id)).toEqual({ average: 4.5, count: 2 });
  });

  test("with an address of another site waits for a person", async () => {
    const id = await prepareProduct(shop.database);

    const posted = await shop
      .visit()
      .send("POST", `/api/products/${id}/reviews`, { ...review, body: "Cheaper at http://elsewhere.test" });

    expect(posted.body).toMatchObject({ status: "pending" });
    expect((await reviewsOf(id)).total).toBe(0);
    expect(await ratingOf(id)).toEqual({ average: 0, count: 0 });
  });

  test("of a customer bears her name", async () => {
    const id = await prepareProduct(shop.database);
    const ada = shop.visit();
    await logIn(ada, ADA);

    const { authorName: _, ...nameless } = review;
    const posted = await ada.send("POST", `/api/products/${id}/reviews`, nameless);

    expect(posted.body).toMatchObject({ authorName: "Ada Lindgren" });
  });

  test("loses no star when many come at once", async () => {
    const id = await prepareProduct(shop.database);

    await Promise.all(
      [1, 2, 3, 4, 5, 1, 2, 3, 4, 5].map((rating) =>
        shop.visit().send("POST", `/api/products/${id}/reviews`, { ...review, rating }),
      ),
    );

    expect(await ratingOf(id)).toEqual({ average: 3, count: 10 });
  });

  test("sent by the page leads back to it", async () => {
    const id = await prepareProduct(shop.database);
    const { slug } = (await shop.visit().get(`/api/products/${id}`)).body as { slug: string };

    const { status, headers } = await shop.visit().submit(`/products/${slug}/reviews`, { ...review, rating: "3" });

    expect(status).toBe(303);
    expect(headers.get("location")).toBe(`/products/${slug}#review-published`);
  });
});
