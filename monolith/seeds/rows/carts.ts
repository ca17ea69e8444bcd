import { day, hour, now, timestamp } from "../clock.ts";
import type { Row, Table } from "../copy-rows.ts";
import { createRandom } from "../random.ts";
import type { SeedProduct } from "./catalog.ts";
import { ADA } from "./customers.ts";

export const cartsTable: Table = {
  name: "carts",
  columns: "id, customer_id, promotion_id, status, created_at, updated_at",
};

export const cartItemsTable: Table = {
  name: "cart_items",
  columns: "id, cart_id, product_id, quantity, created_at, updated_at",
};

/** Carts that customers have left standing; the customers known by name have none. */
export function seedCarts(count: number, products: readonly SeedProduct[]): { carts: Row[]; items: Row[] } {
  const random = createRandom("carts");
  const onSale = products.filter(({ isActive, deletedAt }) => isActive && deletedAt === null);
  const carts: Row[] = [];
  const items: Row[] = [];
  for (let id = 1; id <= count; id++) {
    const at = timestamp(now - random.between(1, 20) * day + id * hour * 0.01);
    carts.push([id, ADA + id * 3, random.chance(0.2) ? 1 : null, "open", at, at]);
    const chosen = new Set(Array.from({ length: random.between(1, 4) }, () => random.pick(onSale).id));
    for (const productId of chosen) items.push([items.length + 1, id, productId, random.between(1, 2), at, at]);
  }
  return { carts, items };
}
