import { randomInt } from "node:crypto";
import type { Card, Charge } from "../lib/card-gateway.ts";
import { db, type Knex } from "../lib/db.ts";
import { formatPrice } from "../lib/format.ts";
import { log } from "../lib/log.ts";
import { list, offsetOf, type List, type Page } from "../lib/paging.ts";
import type { Totals } from "../lib/prices.ts";
import { conflict, notFound, Problem } from "../lib/problem.ts";
import {
  assertPromotionHolds,
  audit,
  findOpenCartId,
  findPromotionById,
  getShippingMethod,
  isCancellable,
  notify,
  quote,
  warmCaches,
  type Account,
  type Promotion,
  type ShippingMethod,
  type Visitor,
} from "../lib/shop.ts";
import { cartRows, pricedLine, type CartRow } from "./cart-service.ts";
import { releaseStock, reserveStock, shipStock } from "./inventory-service.ts";
import { PaymentFailed, recordFailedAttempt, refundOrder, takePayment, undoCharge } from "./payment-service.ts";

// Orders, and whatever happened to touch them: checkout, cancelling, dispatch, delivery, history, parcels.

export type Address = { street: string; postalCode: string; city: string; country: string };

export type Checkout = {
  email: string;
  name: string;
  address: Address;
  card: Card;
  shippingMethod: string;
};

export type OrderSummary = {
  number: string;
  status: string;
  placedAt: string;
  itemCount: number;
  currency: string;
  totalCents: number;
};

export type Order = {
  number: string;
  status: string;
  placedAt: string;
  email: string;
  name: string;
  address: Address;
  lines: {
    productId: number;
    slug: string;
    sku: string;
    name: string;
    quantity: number;
    unitPriceCents: number;
    lineTotalCents: number;
  }[];
  currency: string;
  subtotalCents: number;
  discountCents: number;
  shippingCents: number;
  taxCents: number;
  totalCents: number;
  promotion: string | null;
  shippingMethod: { code: string; name: string };
  payment: { status: string; cardBrand: string; cardLast4: string } | null;
  shipment: { number: string; status: string } | null;
  events: { kind: string; note: string; at: string }[];
};

export type Shipment = {
  number: string;
  orderNumber: string;
  status: string;
  carrier: string;
  weightGrams: number;
  shippedAt: string | null;
  deliveredAt: string | null;
  events: { status: string; location: string; at: string }[];
};

// --- checkout ---

/**
 * Turns the visitor's cart into a paid order: all of it happens in one transaction, or nothing does. Throws a problem:
 * 409 for an empty cart or missing stock, 422 for a promotion or a way of shipping that does not apply, PaymentFailed
 * for the card.
 */
export async function placeOrder(visitor: Visitor | undefined, checkout: Checkout): Promise<Order> {
  await warmCaches();
  const shipping = await getShippingMethod(checkout.shippingMethod);
  const orderId = await placeOrderOrCleanUp(visitor, checkout, shipping);
  const order = await readOrder(orderId);
  log.info("order placed", { order: order.number, totalCents: order.totalCents });
  return order;
}

async function placeOrderOrCleanUp(
  visitor: Visitor | undefined,
  checkout: Checkout,
  shipping: ShippingMethod,
): Promise<number> {
  const attempt: Attempt = {};
  try {
    return await db.transaction((trx) => placeOrderIn(trx, visitor, checkout, shipping, attempt));
  } catch (error) {
    await cleanUpAfter(error, attempt, checkout.card);
    throw error;
  }
}

/** What has to be tidied up when the transaction is taken back. */
type Attempt = { cartId?: number; amountCents?: number; charge?: Charge };

// One transaction over carts, promotions, orders, stock, payments, shipping and e-mails. The card is charged in the
// middle of it, while the rows of cart, promotion and stock are locked.
async function placeOrderIn(
  trx: Knex.Transaction,
  visitor: Visitor | undefined,
  checkout: Checkout,
  shipping: ShippingMethod,
  attempt: Attempt,
): Promise<number> {
  const cart = await lockCart(trx, visitor);
  const rows = await getSellableRows(trx, cart.id, shipping);
  const subtotal = rows.reduce((sum, row) => sum + row.price_cents * row.quantity, 0);
  const promotion = await lockPromotion(trx, cart.promotionId, subtotal);
  const totals = await quote(rows.map(pricedLine), shipping, promotion, trx);
  const { id, number } = await insertOrder(trx, { visitor, cartId: cart.id, promotion, shipping, checkout, totals });
  await insertLines(trx, id, rows);
  await reserveStock(
    trx,
    id,
    rows.map(({ product_id, name, quantity }) => ({ productId: product_id, name, quantity })),
  );
  Object.assign(attempt, { cartId: cart.id, amountCents: totals.totalCents });
  attempt.charge = await takePayment(trx, id, checkout.card, totals.totalCents);
  if (promotion) await redeemPromotion(trx, promotion, id, visitor?.account, totals.discountCents);
  await openShipment(trx, id, shipping, rows);
  await trx("carts").where({ id: cart.id }).update({ status: "ordered", updated_at: trx.fn.now() });
  await notify(
    trx,
    "order_confirmation",
    { email: checkout.email, customerId: visitor?.account?.id ?? null, orderId: id },
    { number, name: checkout.name, total: formatPrice(totals.totalCents) },
  );
  return id;
}

// The second of two clicks waits here, and then finds the cart ordered.
async function lockCart(
  trx: Knex.Transaction,
  visitor: Visitor | undefined,
): Promise<{ id: number; promotionId: number | null }> {
  const cart = await findOpenCartId(visitor, trx);
  const locked =
    cart &&
    (await trx("carts")
      .where({ id: cart.id, status: "open" })
      .forNoKeyUpdate()
      .first<{ id: number } | undefined>("id"));
  if (!locked) throw conflict("The cart is empty.");
  return cart;
}

async function getSellableRows(trx: Knex.Transaction, cartId: number, shipping: ShippingMethod): Promise<CartRow[]> {
  const rows = await cartRows(cartId, trx);
  if (rows.length === 0) throw conflict("The cart is empty.");
  const gone = rows.find(({ is_for_sale }) => !is_for_sale);
  if (gone) throw conflict(`"${gone.name}" is no longer sold. Take it out of the cart.`);
  if (weightOf(rows) > (shipping.maxWeightGrams ?? Infinity))
    throw new Problem(422, `This order is too heavy for "${shipping.name}".`);
  return rows;
}

async function lockPromotion(
  trx: Knex.Transaction,
  id: number | null,
  subtotalCents: number,
): Promise<Promotion | undefined> {
  const promotion = await findPromotionById(id);
  if (!promotion || subtotalCents < promotion.minimumCents) return undefined;
  assertPromotionHolds(promotion, subtotalCents);
  const usage = await trx("promotions")
    .where({ id: promotion.id })
    .forNoKeyUpdate()
    .first<{ used_count: number; usage_limit: number | null }>("used_count", "usage_limit");
  if (usage.usage_limit !== null && usage.used_count >= usage.usage_limit)
    throw new Problem(422, `"${promotion.code}" has been used up. Take it out of the cart.`);
  return promotion;
}

type NewOrder = {
  visitor: Visitor | undefined;
  cartId: number;
  promotion: Promotion | undefined;
  shipping: ShippingMethod;
  checkout: Checkout;
  totals: Totals;
};

async function insertOrder(
  trx: Knex.Transaction,
  { visitor, cartId, promotion, shipping, checkout, totals }: NewOrder,
): Promise<{ id: number; number: string }> {
  const [row] = await trx("orders")
    .insert({
      customer_id: visitor?.account?.id ?? null,
      session_id: visitor?.sessionId ?? null,
      cart_id: cartId,
      promotion_id: promotion?.id ?? null,
      shipping_method_id: shipping.id,
      status: "paid",
      email: checkout.email,
      name: checkout.name,
      street: checkout.address.street,
      postal_code: checkout.address.postalCode,
      city: checkout.address.city,
      country: checkout.address.country,
      subtotal_cents: totals.subtotalCents,
      discount_cents: totals.discountCents,
      shipping_cents: totals.shippingCents,
      tax_cents: totals.taxCents,
      total_cents: totals.totalCents,
    })
    .returning<{ id: number; number: string }[]>(["id", "number"]);
  const order = row as { id: number; number: string };
  await recordOrderEvent(trx, order.id, "placed", "");
  return order;
}

async function insertLines(trx: Knex.Transaction, orderId: number, rows: readonly CartRow[]): Promise<void> {
  await trx("order_lines").insert(
    rows.map((row) => ({
      order_id: orderId,
      product_id: row.product_id,
      sku: row.sku,
      name: row.name,
      quantity: row.quantity,
      unit_price_cents: row.price_cents,
      line_total_cents: row.price_cents * row.quantity,
    })),
  );
}

async function redeemPromotion(
  trx: Knex.Transaction,
  promotion: Promotion,
  orderId: number,
  account: Account | undefined,
  discountCents: number,
): Promise<void> {
  await trx("promotions").where({ id: promotion.id }).increment("used_count", 1);
  await trx("promotion_redemptions").insert({
    promotion_id: promotion.id,
    order_id: orderId,
    customer_id: account?.id ?? null,
    discount_cents: discountCents,
  });
}

async function openShipment(
  trx: Knex.Transaction,
  orderId: number,
  shipping: ShippingMethod,
  rows: readonly CartRow[],
): Promise<void> {
  const reservation = await trx("stock_reservations")
    .where({ order_id: orderId })
    .orderBy("id")
    .first<{ warehouse_id: number }>("warehouse_id");
  await trx("shipments").insert({
    number: `FC-${String(randomInt(10_000_000_000)).padStart(10, "0")}`,
    order_id: orderId,
    warehouse_id: reservation.warehouse_id,
    shipping_method_id: shipping.id,
    weight_grams: weightOf(rows),
  });
}

async function cleanUpAfter(error: unknown, { cartId, amountCents = 0, charge }: Attempt, card: Card): Promise<void> {
  if (charge) await undoCharge(charge, amountCents);
  if (!(error instanceof PaymentFailed) || cartId === undefined) return;
  log.info("payment failed", { cart: cartId, outcome: error.outcome, durationMs: error.durationMs });
  await recordFailedAttempt(error, { cartId, amountCents, card });
}

function weightOf(rows: readonly CartRow[]): number {
  return rows.reduce((sum, { weight_grams, quantity }) => sum + weight_grams * quantity, 0);
}

// --- afterwards ---

/** Takes a paid order back: money, stock, parcel. Later than that is a conflict. */
export async function cancelOrder(number: string, visitor: Visitor | undefined): Promise<Order> {
  const { id } = await getOwnOrder(number, visitor);
  await db.transaction(async (trx) => {
    const order = await lockOrder(trx, id);
    if (!isCancellable(order.status))
      throw conflict(`Order ${number} is ${order.status}; it can no longer be cancelled.`);
    await trx("orders").where({ id }).update({ status: "cancelled", updated_at: trx.fn.now() });
    await recordOrderEvent(trx, id, "cancelled", "");
    await releaseStock(trx, id);
    await trx("shipments").where({ order_id: id }).update({ status: "cancelled", updated_at: trx.fn.now() });
    await refundOrder(trx, id, "Cancelled by the customer");
    await notify(
      trx,
      "order_cancelled",
      { email: order.email, customerId: order.customer_id, orderId: id },
      { number, name: order.name, total: formatPrice(order.total_cents) },
    );
  });
  return getOrder(number, visitor);
}

/** A parcel leaves the house: stock, shipment, order and an e-mail change together. */
export async function dispatchShipment(number: string, staff: Account): Promise<void> {
  await db.transaction(async (trx) => {
    const { shipment, order } = await lockShipment(trx, number);
    if (shipment.status !== "preparing") throw conflict(`Shipment ${number} is already ${shipment.status}.`);
    await moveShipment(trx, shipment.id, "handed_over", shipment.warehouse_city, { shipped_at: trx.fn.now() });
    await shipStock(trx, order.id);
    await trx("orders").where({ id: order.id }).update({ status: "shipped", updated_at: trx.fn.now() });
    await recordOrderEvent(trx, order.id, "shipped", "");
    await audit(trx, staff.email, "shipment.dispatched", `shipments/${number}`);
    await notify(
      trx,
      "order_shipped",
      { email: order.email, customerId: order.customer_id, orderId: order.id },
      { number: order.number, name: order.name, shipment: number },
    );
  });
}

export async function deliverShipment(number: string, staff: Account): Promise<void> {
  await db.transaction(async (trx) => {
    const { shipment, order } = await lockShipment(trx, number);
    if (shipment.status !== "handed_over" && shipment.status !== "in_transit")
      throw conflict(`Shipment ${number} is ${shipment.status}; it cannot be delivered.`);
    await moveShipment(trx, shipment.id, "delivered", order.city, { delivered_at: trx.fn.now() });
    await trx("orders").where({ id: order.id }).update({ status: "delivered", updated_at: trx.fn.now() });
    await recordOrderEvent(trx, order.id, "delivered", "");
    await audit(trx, staff.email, "shipment.delivered", `shipments/${number}`);
  });
}

export async function recordOrderEvent(trx: Knex, orderId: number, kind: string, note: string): Promise<void> {
  await trx("order_events").insert({ order_id: orderId, kind, note });
}

type LockedOrder = {
  id: number;
  number: string;
  status: string;
  email: string;
  name: string;
  city: string;
  customer_id: number | null;
  total_cents: number;
};

async function lockOrder(trx: Knex.Transaction, id: number): Promise<LockedOrder> {
  return trx("orders")
    .where({ id })
    .forNoKeyUpdate()
    .first<LockedOrder>("id", "number", "status", "email", "name", "city", "customer_id", "total_cents");
}

type LockedShipment = { id: number; status: string; warehouse_city: string };

// The order first, as everywhere: who locks the parcel first may meet somebody who cancels.
async function lockShipment(
  trx: Knex.Transaction,
  number: string,
): Promise<{ shipment: LockedShipment; order: LockedOrder }> {
  const found = await trx("shipments").where({ number }).first<{ order_id: number } | undefined>("order_id");
  if (!found) throw notFound(`There is no shipment "${number}".`);
  const order = await lockOrder(trx, found.order_id);
  const shipment = await trx("shipments as s")
    .leftJoin("warehouses as w", "w.id", "s.warehouse_id")
    .where({ "s.number": number })
    .forNoKeyUpdate("s")
    .first<LockedShipment>("s.id", "s.status", "w.city as warehouse_city");
  return { shipment, order };
}

async function moveShipment(
  trx: Knex.Transaction,
  id: number,
  status: string,
  location: string,
  moment: Record<string, Knex.Raw>,
): Promise<void> {
  await trx("shipments")
    .where({ id })
    .update({ status, updated_at: trx.fn.now(), ...moment });
  await trx("shipment_events").insert({ shipment_id: id, status, location });
}

// --- reading ---

/** A customer's orders, the newest first. */
export async function listOrders(account: Account, page: Page): Promise<List<OrderSummary>> {
  const { rows } = await db.raw<{ rows: (Omit<OrderSummary, "placedAt"> & { placedAt: Date })[] }>(
    `SELECT o.number, o.status, o.placed_at AS "placedAt", sum(l.quantity)::int AS "itemCount", o.currency,
            o.total_cents AS "totalCents"
       FROM orders o
       JOIN order_lines l ON l.order_id = o.id
      WHERE o.customer_id = ?
      GROUP BY o.id
      ORDER BY o.placed_at DESC, o.id DESC
      LIMIT ? OFFSET ?`,
    [account.id, page.pageSize, offsetOf(page)],
  );
  const [counted] = await db("orders").where({ customer_id: account.id }).count<{ total: string }[]>("id as total");
  const items = rows.map((row) => ({ ...row, placedAt: row.placedAt.toISOString() }));
  return list(items, page, Number(counted?.total));
}

/** An order for the one who placed it. Everybody else learns that there is none. */
export async function getOrder(number: string, visitor: Visitor | undefined): Promise<Order> {
  const { id } = await getOwnOrder(number, visitor);
  return readOrder(id);
}

/** A parcel, for the one who ordered it and for the staff. */
export async function getShipment(number: string, visitor: Visitor | undefined): Promise<Shipment> {
  const detail = `There is no shipment "${number}".`;
  const row = await db("shipments as s")
    .join("orders as o", "o.id", "s.order_id")
    .join("shipping_methods as m", "m.id", "s.shipping_method_id")
    .where({ "s.number": number })
    .first<ShipmentRow | undefined>(
      "s.id",
      "s.number",
      "s.status",
      "s.weight_grams",
      "s.shipped_at",
      "s.delivered_at",
      "m.carrier",
      "o.number as order_number",
      "o.customer_id",
      "o.session_id",
    );
  if (!row || !(isOwn(row, visitor) || visitor?.account?.role === "staff")) throw notFound(detail);
  const events = await db("shipment_events")
    .where({ shipment_id: row.id })
    .orderBy("id")
    .select<{ status: string; location: string; created_at: Date }[]>("status", "location", "created_at");
  return {
    number: row.number,
    orderNumber: row.order_number,
    status: row.status,
    carrier: row.carrier,
    weightGrams: row.weight_grams,
    shippedAt: row.shipped_at?.toISOString() ?? null,
    deliveredAt: row.delivered_at?.toISOString() ?? null,
    events: events.map(({ status, location, created_at }) => ({ status, location, at: created_at.toISOString() })),
  };
}

type ShipmentRow = Owned & {
  id: number;
  number: string;
  status: string;
  weight_grams: number;
  shipped_at: Date | null;
  delivered_at: Date | null;
  carrier: string;
  order_number: string;
};

type Owned = { customer_id: number | null; session_id: number | null };

async function getOwnOrder(number: string, visitor: Visitor | undefined): Promise<{ id: number }> {
  const order = await db("orders")
    .where({ number })
    .first<({ id: number } & Owned) | undefined>("id", "customer_id", "session_id");
  if (!order || !isOwn(order, visitor)) throw notFound(`There is no order "${number}".`);
  return order;
}

// A guest sees what was bought in this very session.
function isOwn(owned: Owned, visitor: Visitor | undefined): boolean {
  if (!visitor) return false;
  return owned.customer_id === null
    ? owned.session_id === visitor.sessionId
    : owned.customer_id === visitor.account?.id;
}

type OrderRow = {
  id: number;
  number: string;
  status: string;
  placed_at: Date;
  email: string;
  name: string;
  street: string;
  postal_code: string;
  city: string;
  country: string;
  currency: string;
  subtotal_cents: number;
  discount_cents: number;
  shipping_cents: number;
  tax_cents: number;
  total_cents: number;
  promotion_code: string | null;
  method_code: string;
  method_name: string;
  payment_status: string | null;
  card_brand: string;
  card_last4: string;
  shipment_number: string | null;
  shipment_status: string;
};

async function readOrder(id: number): Promise<Order> {
  const { rows } = await db.raw<{ rows: OrderRow[] }>(
    `SELECT o.*, pr.code AS promotion_code, m.code AS method_code, m.name AS method_name,
            pay.status AS payment_status, pay.card_brand, pay.card_last4,
            s.number AS shipment_number, s.status AS shipment_status
       FROM orders o
       JOIN shipping_methods m ON m.id = o.shipping_method_id
       LEFT JOIN promotions pr ON pr.id = o.promotion_id
       LEFT JOIN payments pay ON pay.order_id = o.id
       LEFT JOIN shipments s ON s.order_id = o.id
      WHERE o.id = ?`,
    [id],
  );
  return presentOrder(rows[0] as OrderRow, await readLines(id), await readEvents(id));
}

// Lines keep name and price of the day; the address of the product's page comes from the catalog of today.
async function readLines(orderId: number): Promise<Order["lines"]> {
  return db("order_lines as l")
    .join("products as p", "p.id", "l.product_id")
    .where({ "l.order_id": orderId })
    .orderBy("l.id")
    .select<Order["lines"]>(
      "l.product_id as productId",
      "p.slug",
      "l.sku",
      "l.name",
      "l.quantity",
      "l.unit_price_cents as unitPriceCents",
      "l.line_total_cents as lineTotalCents",
    );
}

async function readEvents(orderId: number): Promise<Order["events"]> {
  const rows = await db("order_events")
    .where({ order_id: orderId })
    .orderBy("id")
    .select<{ kind: string; note: string; created_at: Date }[]>("kind", "note", "created_at");
  return rows.map(({ kind, note, created_at }) => ({ kind, note, at: created_at.toISOString() }));
}

function presentOrder(row: OrderRow, lines: Order["lines"], events: Order["events"]): Order {
  return {
    number: row.number,
    status: row.status,
    placedAt: row.placed_at.toISOString(),
    email: row.email,
    name: row.name,
    address: { street: row.street, postalCode: row.postal_code, city: row.city, country: row.country },
    lines,
    currency: row.currency,
    subtotalCents: row.subtotal_cents,
    discountCents: row.discount_cents,
    shippingCents: row.shipping_cents,
    taxCents: row.tax_cents,
    totalCents: row.total_cents,
    promotion: row.promotion_code,
    shippingMethod: { code: row.method_code, name: row.method_name },
    payment:
      row.payment_status === null
        ? null
        : { status: row.payment_status, cardBrand: row.card_brand, cardLast4: row.card_last4 },
    shipment: row.shipment_number === null ? null : { number: row.shipment_number, status: row.shipment_status },
    events,
  };
}
