import { day, now, timestamp } from "../clock.ts";
import type { Row, Table } from "../copy-rows.ts";
import { createRandom } from "../random.ts";
import type { SeedProduct } from "./catalog.ts";
import type { SeedOrder } from "./orders.ts";
import { warehouses } from "./reference.ts";

/** What the orders took away (shipped) or keep for themselves (held), by product and warehouse. */
export type Demand = { add(order: SeedOrder): void; of(productId: number, warehouseId: number): Taken };
type Taken = { shipped: number; held: number };

export function createDemand(): Demand {
  const taken = new Map<string, Taken>();
  const of = (productId: number, warehouseId: number) =>
    taken.get(`${productId}/${warehouseId}`) ?? { shipped: 0, held: 0 };
  return {
    of,
    add: ({ status, lines }) => {
      if (status === "cancelled") return;
      const kind = status === "shipped" || status === "delivered" ? "shipped" : "held";
      for (const { product, warehouseId, quantity } of lines) {
        const before = of(product.id, warehouseId);
        taken.set(`${product.id}/${warehouseId}`, { ...before, [kind]: before[kind] + quantity });
      }
    },
  };
}

export const stockLevelsTable: Table = {
  name: "stock_levels",
  columns: "id, product_id, warehouse_id, on_hand, reserved, reorder_point, updated_at",
};

export const receivedTable: Table = {
  name: "stock_movements",
  columns: "id, product_id, warehouse_id, kind, quantity, note, created_at",
};

/** What came in covers what went out, what is held, and what lies free; on_hand is always the sum of movements. */
export function stockRows(products: readonly SeedProduct[], demand: Demand, firstMovementId: number) {
  const random = createRandom("stock");
  const levels: Row[] = [];
  const received: Row[] = [];
  for (const product of products) {
    const soldOut = random.chance(0.04);
    for (const [warehouseId] of warehouses) {
      const { shipped, held } = demand.of(product.id, Number(warehouseId));
      const free = soldOut ? 0 : Math.floor(random.next() ** 1.5 * 120) + (warehouseId === 1 ? 3 : 0);
      levels.push([levels.length + 1, product.id, Number(warehouseId), held + free, held, 5, timestamp(now - day)]);
      const quantity = shipped + held + free;
      if (quantity === 0) continue;
      const id = firstMovementId + received.length;
      const at = timestamp(product.createdAt + 3_600_000);
      received.push([id, product.id, Number(warehouseId), "received", quantity, `PO-${20_000 + id}`, at]);
    }
  }
  return { levels, received };
}
