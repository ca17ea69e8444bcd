import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ask, type Answer, type EqualityRequest } from "./ask.ts";
import { findDifference } from "./find-difference.ts";
import { listRequests } from "./requests.ts";
import { readShopFacts } from "./shop-facts.ts";
import { startTwoSides, type TwoSides } from "./two-sides.ts";

let sides: TwoSides;

beforeAll(async () => {
  sides = await startTwoSides();
});

afterAll(async () => {
  await sides.close();
});

describe("the catalog answers as the monolith does", () => {
  test("to everything that can be asked of a freshly copied shop", async () => {
    const requests = listRequests(await readShopFacts(sides.monolithDatabaseUrl));

    const { asked, statuses } = await expectEqualAnswers(requests);

    expect(asked).toBeGreaterThan(1_000);
    // A set of requests that all fail would be equal, too.
    expect(statuses.get(200)).toBeGreaterThan(700);
    expect(statuses.get(400)).toBeGreaterThan(100);
    expect(statuses.get(404)).toBeGreaterThan(50);
  }, 120_000);

  test("to whoever asks again with the mark of the answer she has", async () => {
    const requests = listRequests(await readShopFacts(sides.monolithDatabaseUrl)).filter(
      (_, index) => index % 10 === 0,
    );
    const again = await Promise.all(requests.map(withEtag));

    const { statuses } = await expectEqualAnswers(again.filter((request) => request !== undefined));

    expect(statuses.get(304)).toBeGreaterThan(50);
  }, 60_000);

  test("after the shop has changed in every way that the catalog sees", async () => {
    await sides.change(CHANGES);
    await postReview();
    await sides.catchUp();

    await expectEqualAnswers(listRequests(await readShopFacts(sides.monolithDatabaseUrl)));
  }, 120_000);
});

// --- internal ---

// Microseconds, moves in and out of what is shown, moderation both ways, texts that need escaping, ties in every order.
const CHANGES = `
  UPDATE products SET name = name || ' <i>"new" & bold</i>', updated_at = now() WHERE id % 10 = 1;
  UPDATE products SET description = repeat('A long and wooden text. ', 400) WHERE id IN (3, 5, 8);
  UPDATE products SET price_cents = 1999, created_at = '2026-01-01 00:00:00.123456+00' WHERE id % 9 = 4;
  UPDATE products SET is_active = NOT is_active WHERE id % 50 = 7;
  UPDATE products SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END WHERE id % 60 = 13;
  UPDATE products SET rating_average = 0, rating_count = 0 WHERE id % 70 = 2;
  UPDATE products SET tax_class = 'reduced', weight_grams = 999 WHERE id % 80 = 3;
  UPDATE stock_levels SET on_hand = on_hand + 3 WHERE product_id % 11 = 5;
  UPDATE stock_levels SET on_hand = reserved WHERE product_id % 13 = 5;
  UPDATE categories SET name = 'Größe & Co', position = 0 WHERE id = 3;
  UPDATE categories SET parent_id = NULL WHERE id = (SELECT max(id) FROM categories);
  INSERT INTO categories (slug, name, description) VALUES ('nothing-in-it', 'Nothing in it', 'Yet.');
  UPDATE reviews SET status = 'published' WHERE status = 'pending';
  UPDATE reviews SET status = 'rejected' WHERE id % 17 = 3;
  DELETE FROM reviews WHERE id % 19 = 4;
  UPDATE product_images SET position = -position WHERE product_id % 5 = 1;
  DELETE FROM product_images WHERE product_id % 21 = 2;
  DELETE FROM product_attributes WHERE product_id % 23 = 2;
  UPDATE product_attributes SET name = upper(name) WHERE product_id % 29 = 2;
  INSERT INTO products (category_id, slug, sku, name, price_cents)
  SELECT 9, 'brand-new-' || n, 'NEW-' || n, 'Brand New Lamp ' || n, 100 * n FROM generate_series(1, 30) AS n;
`;

async function postReview(): Promise<void> {
  const answer = await fetch(`${sides.monolithUrl}/api/products/1/reviews`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ authorName: "Ada", rating: 5, title: "Fine", body: "It stands, and it shines." }),
  });
  expect(answer.status).toBe(201);
}

type Tally = { asked: number; statuses: Map<number, number> };

/** Fails at the first request that the two sides answer differently, naming it and the difference. */
async function expectEqualAnswers(requests: readonly EqualityRequest[]): Promise<Tally> {
  const statuses = new Map<number, number>();
  for (const group of groupsOf(8, requests)) {
    const answers = await Promise.all(group.map(askBoth));
    for (const { request, monolith, service } of answers) {
      const difference = findDifference(monolith, service);
      if (difference !== undefined) throw new Error(`${describeRequest(request)} differs in ${difference}`);
      statuses.set(monolith.status, (statuses.get(monolith.status) ?? 0) + 1);
    }
  }
  return { asked: requests.length, statuses };
}

type BothAnswers = { request: EqualityRequest; monolith: Answer; service: Answer };

async function askBoth(request: EqualityRequest): Promise<BothAnswers> {
  const [monolith, service] = await Promise.all([ask(sides.monolithUrl, request), ask(sides.catalogUrl, request)]);
  return { request, monolith, service };
}

function groupsOf<Item>(size: number, items: readonly Item[]): Item[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

async function withEtag(request: EqualityRequest): Promise<EqualityRequest | undefined> {
  const { headers } = await ask(sides.monolithUrl, request);
  const etag = headers["etag"];
  return etag === undefined ? undefined : { ...request, headers: { ...request.headers, "if-none-match": etag } };
}

function describeRequest({ method, target, headers }: EqualityRequest): string {
  return `${method} ${target}${headers === undefined ? "" : ` with ${JSON.stringify(headers)}`}`;
}
