import { now, timestamp } from "../clock.ts";
import type { Row, Table } from "../copy-rows.ts";
import { createRandom, type Random } from "../random.ts";
import { reviewTexts, type ReviewWords } from "../words/review-texts.ts";
import type { SeedProduct } from "./catalog.ts";
import type { SeedCustomer } from "./customers.ts";

export const reviewsTable: Table = {
  name: "reviews",
  columns: "id, product_id, customer_id, author_name, rating, title, body, status, created_at, updated_at",
};

export type SeedReviews = { rows: Row[]; ratings: Map<number, { average: string; count: number }> };

/** Reviews, and for each product what its published ones add up to. */
export function seedReviews(
  count: number,
  products: readonly SeedProduct[],
  customers: readonly SeedCustomer[],
): SeedReviews {
  const random = createRandom(`reviews ${count}`);
  const sums = new Map<number, { stars: number; count: number }>();
  const rows: Row[] = [];
  for (let id = 1; id <= count; id++) {
    // Half of what is sold gets most of what is said.
    const product = random.pick(products.slice(0, Math.ceil(products.length * (random.chance(0.7) ? 0.5 : 1))));
    const review = reviewRow(random, id, product, random.pick(customers));
    rows.push(review.row);
    if (review.status !== "published") continue;
    const sum = sums.get(product.id) ?? { stars: 0, count: 0 };
    sums.set(product.id, { stars: sum.stars + review.rating, count: sum.count + 1 });
  }
  return { rows, ratings: new Map([...sums].map(([id, sum]) => [id, rounded(sum)])) };
}

// --- internal ---

function reviewRow(random: Random, id: number, product: SeedProduct, customer: SeedCustomer) {
  const rating = stars(random, product.id);
  const words = reviewTexts[rating] as ReviewWords;
  const status = random.chance(0.95) ? "published" : random.pick(["pending", "rejected"]);
  const createdAt = timestamp(
    product.createdAt + (now - product.createdAt) * (0.02 + 0.98 * random.next()),
    random.between(0, 999),
  );
  const body = `${random.pick(openingsFor(product.noun, words))} ${random.pick(words.closings)}`;
  const row: Row = [
    id,
    product.id,
    random.chance(0.8) ? customer.id : null,
    displayName(customer.name),
    rating,
    random.pick(words.titles),
    body.replaceAll("{noun}", product.noun.toLowerCase()),
    status,
    createdAt,
    createdAt,
  ];
  return { row, status, rating };
}

// "The socks looks even better": sentences about one thing do not fit several.
function openingsFor(noun: string, { openings }: ReviewWords): readonly string[] {
  const isPlural = /[^s]s$/.test(noun);
  return isPlural ? openings.filter((sentence) => !sentence.includes("{noun}")) : openings;
}

// Every product has a quality of its own, so that averages differ.
function stars(random: Random, productId: number): number {
  const quality = 0.25 + ((productId * 7919) % 100) / 140;
  const luck = random.next();
  if (luck < quality * 0.7) return 5;
  if (luck < quality) return 4;
  return random.pick([5, 4, 4, 3, 3, 2, 1]);
}

function displayName(name: string): string {
  const [first = "", last = ""] = name.split(/ (.*)/);
  return `${first} ${last.charAt(0).toUpperCase()}.`;
}

// As round(avg(rating), 2) does it: half away from zero, without the detour over binary fractions.
function rounded({ stars: total, count }: { stars: number; count: number }) {
  const hundredths = Math.floor((total * 200 + count) / (2 * count));
  return { average: `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, "0")}`, count };
}
