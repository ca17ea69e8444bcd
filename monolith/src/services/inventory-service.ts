import type { Knex } from "../lib/db.ts";
import { conflict } from "../lib/problem.ts";
import { recordOrderEvent } from "./order-service.ts";

export type Wanted = { productId: number; name: string; quantity: number };

type Level = { id: number; warehouse_id: number; on_hand: number; reserved: number };

/**
 * Keeps pieces for an order, from the nearest warehouse first. Throws a conflict when there are not enough: the
 * caller's transaction must then be taken back. Products are locked in the order of their ids, so that two orders for
 * the same things wait for each other instead of dying together.
 */
export async function reserveStock(trx: Knex.Transaction, orderId: number, wanted: readonly Wanted[]): Promise<void> {
  const inLockOrder = [...wanted].sort((one, other) => one.productId - other.productId);
  for (const item of inLockOrder) await reserveProduct(trx, orderId, item);
}

/** Gives back what a cancelled order had kept. */
export async function releaseStock(trx: Knex.Transaction, orderId: number): Promise<void> {
  const released = await closeReservations(trx, orderId, "released");
  for (const { product_id, warehouse_id, quantity } of released)
    await trx("stock_levels")
      .where({ product_id, warehouse_id })
      .update({ reserved: trx.raw("reserved - ?", [quantity]), updated_at: trx.fn.now() });
}

/** Takes what an order had kept out of the shelves. */
export async function shipStock(trx: Knex.Transaction, orderId: number): Promise<void> {
  const consumed = await closeReservations(trx, orderId, "consumed");
  for (const { product_id, warehouse_id, quantity } of consumed) {
    await trx("stock_levels")
      .where({ product_id, warehouse_id })
      .update({
        on_hand: trx.raw("on_hand - ?", [quantity]),
        reserved: trx.raw("reserved - ?", [quantity]),
        updated_at: trx.fn.now(),
      });
    await trx("stock_movements").insert({
      product_id,
      warehouse_id,
      order_id: orderId,
      kind: "shipped",
      quantity: -quantity,
    });
  }
}

// --- internal ---

async function reserveProduct(trx: Knex.Transaction, orderId: number, item: Wanted): Promise<void> {
  const levels = await trx("stock_levels as s")
    .join("warehouses as w", "w.id", "s.warehouse_id")
    .where({ "s.product_id": item.productId })
    .orderBy(["w.priority", "s.id"])
    .forNoKeyUpdate("s")
    .select<Level[]>("s.id", "s.warehouse_id", "s.on_hand", "s.reserved");
  const parts = allocate(levels, item);
  for (const { level, quantity } of parts) {
    await trx("stock_levels")
      .where({ id: level.id })
      .update({ reserved: level.reserved + quantity, updated_at: trx.fn.now() });
    await trx("stock_reservations").insert({
      order_id: orderId,
      product_id: item.productId,
      warehouse_id: level.warehouse_id,
      quantity,
    });
  }
  if (parts.length > 1) await recordOrderEvent(trx, orderId, "split", `${item.name} comes from two warehouses.`);
}

function allocate(levels: readonly Level[], { name, quantity }: Wanted): { level: Level; quantity: number }[] {
  const parts: { level: Level; quantity: number }[] = [];
  let missing = quantity;
  for (const level of levels) {
    const taken = Math.min(missing, level.on_hand - level.reserved);
    if (taken > 0) parts.push({ level, quantity: taken });
    missing -= Math.max(taken, 0);
  }
  if (missing === 0) return parts;
  const left = quantity - missing;
  throw conflict(left === 0 ? `"${name}" is sold out.` : `Only ${left} of "${name}" are left.`);
}

type Reservation = { product_id: number; warehouse_id: number; quantity: number };

async function closeReservations(
  trx: Knex.Transaction,
  orderId: number,
  status: "released" | "consumed",
): Promise<Reservation[]> {
  const closed = await trx("stock_reservations")
    .where({ order_id: orderId, status: "held" })
    .update({ status, updated_at: trx.fn.now() })
    .returning<Reservation[]>(["product_id", "warehouse_id", "quantity"]);
  return closed.sort((one, other) => one.product_id - other.product_id || one.warehouse_id - other.warehouse_id);
}
