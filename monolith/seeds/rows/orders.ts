import { orderTotals, type Totals } from "../../src/lib/prices.ts";
import { day, hour, now } from "../clock.ts";
import { at, createRandom, type Random } from "../random.ts";
import type { SeedProduct } from "./catalog.ts";
import { ADA, type SeedCustomer } from "./customers.ts";
import {
  EXPRESS_SHIPPING_CENTS,
  FREE_SHIPPING_FROM_CENTS,
  promotions,
  STANDARD_SHIPPING_CENTS,
  type SeedPromotion,
} from "./reference.ts";

export type SeedLine = { id: number; product: SeedProduct; quantity: number; warehouseId: number };

export type SeedOrder = Totals & {
  id: number;
  number: string;
  buyer: SeedCustomer;
  /** Bought without logging in. */
  isGuest: boolean;
  placedAt: number;
  status: "paid" | "packed" | "shipped" | "delivered" | "cancelled";
  packedAt: number;
  shippedAt: number;
  deliveredAt: number;
  lines: readonly SeedLine[];
  promotion: SeedPromotion | undefined;
  shippingMethodId: number;
  cardLast4: string;
  cardBrand: string;
};

export type OrderWorld = {
  count: number;
  products: readonly SeedProduct[];
  customers: readonly SeedCustomer[];
  /** Where a promotion for a department applies. */
  categoriesOf: ReadonlyMap<string, ReadonlySet<number>>;
};

const BATCH = 20_000;
const span = 730 * day;

/** Orders of two years, the oldest first, in batches that fit into memory. */
export function* seedOrders(world: OrderWorld): Generator<SeedOrder[]> {
  const random = createRandom(`orders ${world.count}`);
  const shelf = openShelf(world.products);
  const redeemed = new Map<number, number>();
  let lineId = 1;
  let batch: SeedOrder[] = [];
  for (let id = 1; id <= world.count; id++) {
    const order = seedOrder(random, world, shelf, redeemed, id, lineId);
    lineId += order.lines.length;
    batch.push(order);
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

// --- internal ---

// The shop grows: the later half of the two years holds more orders.
function placedAtOf(random: Random, id: number, count: number): number {
  return now - span + (span - 2 * hour) * ((id - random.next()) / count) ** 0.7;
}

function seedOrder(
  random: Random,
  { count, products, customers, categoriesOf }: OrderWorld,
  shelf: Shelf,
  redeemed: Map<number, number>,
  id: number,
  firstLineId: number,
): SeedOrder {
  const placedAt = placedAtOf(random, id, count);
  const buyer = id % Math.floor(count / 12) === 0 ? at(customers, ADA - 1) : pickBuyer(random, customers, placedAt);
  const lines = pickLines(random, shelf, products, placedAt, firstLineId);
  const promotion = pickPromotion(random, placedAt, lines, redeemed);
  const express = random.chance(0.15);
  const totals = orderTotals(
    lines.map(priced),
    {
      shippingCents: express ? EXPRESS_SHIPPING_CENTS : STANDARD_SHIPPING_CENTS,
      freeShippingFromCents: express ? Infinity : FREE_SHIPPING_FROM_CENTS,
    },
    promotion && { ...promotion, categoryIds: categoriesOf.get(promotion.department ?? "") },
  );
  const packedAt = placedAt + random.between(2, 20) * hour;
  const shippedAt = packedAt + random.between(2, 20) * hour;
  const deliveredAt = shippedAt + random.between(20, 72) * hour;
  return {
    ...totals,
    id,
    number: `SO-${100_000 + id}`,
    buyer,
    isGuest: buyer.id !== ADA && random.chance(0.2),
    placedAt,
    status: random.chance(0.03) ? "cancelled" : statusOf(packedAt, shippedAt, deliveredAt),
    packedAt,
    shippedAt,
    deliveredAt,
    lines,
    promotion,
    shippingMethodId: express ? 2 : 1,
    cardLast4: String(random.between(0, 9999)).padStart(4, "0"),
    cardBrand: random.pick(["visa", "visa", "mastercard"]),
  };
}

function statusOf(packedAt: number, shippedAt: number, deliveredAt: number): SeedOrder["status"] {
  if (deliveredAt <= now) return "delivered";
  if (shippedAt <= now) return "shipped";
  return packedAt <= now ? "packed" : "paid";
}

// Old customers come back more often than new ones come.
function pickBuyer(random: Random, customers: readonly SeedCustomer[], placedAt: number): SeedCustomer {
  for (;;) {
    const buyer = at(customers, ADA + Math.floor((customers.length - ADA) * random.next() ** 1.6));
    if (buyer.createdAt <= placedAt) return buyer;
  }
}

/** Indexes of products, the most wanted first. */
type Shelf = readonly number[];

function openShelf(products: readonly SeedProduct[]): Shelf {
  return createRandom("popularity").shuffle(products.map((_, index) => index));
}

function pickLines(
  random: Random,
  shelf: Shelf,
  products: readonly SeedProduct[],
  placedAt: number,
  firstId: number,
): SeedLine[] {
  const wanted = random.pick([1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5]);
  const lines = new Map<number, SeedLine>();
  while (lines.size < wanted) {
    const product = at(products, at(shelf, Math.floor(shelf.length * random.next() ** 2.2)));
    if (lines.has(product.id) || product.createdAt > placedAt || (product.deletedAt ?? now) < placedAt) continue;
    lines.set(product.id, {
      id: firstId + lines.size,
      product,
      quantity: random.pick([1, 1, 1, 1, 1, 1, 2, 2, 3]),
      warehouseId: random.chance(0.7) ? 1 : 2,
    });
  }
  return [...lines.values()];
}

function pickPromotion(
  random: Random,
  placedAt: number,
  lines: readonly SeedLine[],
  redeemed: Map<number, number>,
): SeedPromotion | undefined {
  if (!random.chance(0.12)) return undefined;
  const promotion = random.pick(promotions);
  const used = redeemed.get(promotion.id) ?? 0;
  const subtotal = lines.reduce((sum, { product, quantity }) => sum + product.priceCents * quantity, 0);
  const valid =
    placedAt >= now - promotion.startsDaysAgo * day &&
    placedAt <= now - (promotion.endedDaysAgo ?? 0) * day &&
    subtotal >= promotion.minimumCents &&
    used < (promotion.usageLimit ?? Infinity);
  if (!valid) return undefined;
  redeemed.set(promotion.id, used + 1);
  return promotion;
}

function priced({ product, quantity }: SeedLine) {
  return {
    quantity,
    unitPriceCents: product.priceCents,
    taxClass: product.taxClass,
    categoryId: product.categoryId,
  };
}
