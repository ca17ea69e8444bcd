import { day, now, timestamp } from "../clock.ts";
import type { Row, Table } from "../copy-rows.ts";
import type { SeedOrder } from "./orders.ts";
import { ORDER_CONFIRMATION, ORDER_SHIPPED } from "./reference.ts";

/** Rows of every table in which an order leaves a trace; ids go on from batch to batch. */
export type OrderTable = Table & { rows: (order: SeedOrder, nextId: () => number) => Row[] };

export const orderTables: readonly OrderTable[] = [
  {
    name: "orders",
    columns:
      "id, number, customer_id, promotion_id, shipping_method_id, status, email, name, street, postal_code, city, country, " +
      "subtotal_cents, discount_cents, shipping_cents, tax_cents, total_cents, placed_at, updated_at",
    rows: orderRows,
  },
  {
    name: "order_lines",
    columns: "id, order_id, product_id, sku, name, quantity, unit_price_cents, line_total_cents",
    rows: lineRows,
  },
  { name: "order_events", columns: "id, order_id, kind, note, created_at", rows: eventRows },
  {
    name: "promotion_redemptions",
    columns: "id, promotion_id, order_id, customer_id, discount_cents, redeemed_at",
    rows: redemptionRows,
  },
  {
    name: "stock_reservations",
    columns: "id, order_id, product_id, warehouse_id, quantity, status, created_at, updated_at",
    rows: reservationRows,
  },
  {
    name: "stock_movements",
    columns: "id, product_id, warehouse_id, order_id, kind, quantity, note, created_at",
    rows: movementRows,
  },
  {
    name: "payments",
    columns: "id, order_id, amount_cents, status, card_brand, card_last4, gateway_reference, created_at, updated_at",
    rows: paymentRows,
  },
  {
    name: "payment_attempts",
    columns: "id, payment_id, amount_cents, card_last4, outcome, message, duration_ms, created_at",
    rows: attemptRows,
  },
  {
    name: "refunds",
    columns: "id, payment_id, amount_cents, reason, gateway_reference, created_at",
    rows: refundRows,
  },
  {
    name: "shipments",
    columns:
      "id, number, order_id, warehouse_id, shipping_method_id, status, weight_grams, shipped_at, delivered_at, created_at, updated_at",
    rows: shipmentRows,
  },
  {
    name: "shipment_events",
    columns: "id, shipment_id, status, location, created_at",
    rows: shipmentEventRows,
  },
  {
    name: "emails",
    columns:
      "id, template_key, customer_id, order_id, to_address, subject, body, status, attempts, created_at, sent_at",
    rows: emailRows,
  },
];

// --- internal ---

/** The steps an order has really taken, with their moments. */
function steps(order: SeedOrder): { kind: SeedOrder["status"] | "placed"; at: number }[] {
  const placed = [
    { kind: "placed" as const, at: order.placedAt },
    { kind: "paid" as const, at: order.placedAt + 800 },
  ];
  if (order.status === "cancelled") return [...placed, { kind: "cancelled", at: order.packedAt }];
  const later = [
    { kind: "packed" as const, at: order.packedAt },
    { kind: "shipped" as const, at: order.shippedAt },
    { kind: "delivered" as const, at: order.deliveredAt },
  ];
  return [...placed, ...later.filter(({ at }) => at <= now)];
}

function lastStepAt(order: SeedOrder): string {
  return timestamp(steps(order).at(-1)?.at ?? order.placedAt);
}

function customerId(order: SeedOrder): number | null {
  return order.isGuest ? null : order.buyer.id;
}

function hasLeft(order: SeedOrder): boolean {
  return order.status === "shipped" || order.status === "delivered";
}

function orderRows(order: SeedOrder): Row[] {
  const { buyer } = order;
  return [
    [
      order.id,
      order.number,
      customerId(order),
      order.promotion?.id ?? null,
      order.shippingMethodId,
      order.status,
      buyer.email,
      buyer.name,
      buyer.street,
      buyer.postalCode,
      buyer.city,
      buyer.country,
      order.subtotalCents,
      order.discountCents,
      order.shippingCents,
      order.taxCents,
      order.totalCents,
      timestamp(order.placedAt),
      lastStepAt(order),
    ],
  ];
}

function lineRows(order: SeedOrder): Row[] {
  return order.lines.map(({ id, product, quantity }) => [
    id,
    order.id,
    product.id,
    product.sku,
    product.name,
    quantity,
    product.priceCents,
    product.priceCents * quantity,
  ]);
}

// The nightly job clears away what happened more than a year ago.
function isOld(order: SeedOrder): boolean {
  return order.placedAt < now - 365 * day;
}

function eventRows(order: SeedOrder, nextId: () => number): Row[] {
  if (isOld(order)) return [];
  return steps(order).map(({ kind, at }) => [nextId(), order.id, kind, "", timestamp(at)]);
}

function redemptionRows(order: SeedOrder, nextId: () => number): Row[] {
  if (!order.promotion) return [];
  return [[nextId(), order.promotion.id, order.id, customerId(order), order.discountCents, timestamp(order.placedAt)]];
}

// Reservations of parcels that have left are cleared away by the nightly job.
function reservationRows(order: SeedOrder, nextId: () => number): Row[] {
  if (order.status !== "paid" && order.status !== "packed") return [];
  const at = timestamp(order.placedAt);
  return order.lines.map(({ product, warehouseId, quantity }) => [
    nextId(),
    order.id,
    product.id,
    warehouseId,
    quantity,
    "held",
    at,
    at,
  ]);
}

function movementRows(order: SeedOrder, nextId: () => number): Row[] {
  if (!hasLeft(order)) return [];
  const at = timestamp(order.shippedAt);
  return order.lines.map(({ product, warehouseId, quantity }) => [
    nextId(),
    product.id,
    warehouseId,
    order.id,
    "shipped",
    -quantity,
    "",
    at,
  ]);
}

function paymentRows(order: SeedOrder): Row[] {
  const status = order.status === "cancelled" ? "refunded" : "captured";
  return [
    [
      order.id,
      order.id,
      order.totalCents,
      status,
      order.cardBrand,
      order.cardLast4,
      `ch_${order.number}`,
      timestamp(order.placedAt),
      timestamp(order.status === "cancelled" ? order.packedAt : order.placedAt),
    ],
  ];
}

// Every fourteenth customer mistypes the code of the card first.
function attemptRows(order: SeedOrder, nextId: () => number): Row[] {
  const attempt = (outcome: string, message: string, durationMs: number, at: number): Row => [
    nextId(),
    outcome === "approved" ? order.id : null,
    order.totalCents,
    order.cardLast4,
    outcome,
    message,
    durationMs,
    timestamp(at),
  ];
  const declined = attempt("declined", "The bank refused the card.", 180 + (order.id % 90), order.placedAt - 40_000);
  const approved = attempt("approved", "", 140 + (order.id % 130), order.placedAt);
  return order.id % 14 === 0 ? [declined, approved] : [approved];
}

function refundRows(order: SeedOrder, nextId: () => number): Row[] {
  if (order.status !== "cancelled" || order.totalCents === 0) return [];
  const row = [
    order.id,
    order.totalCents,
    "Cancelled by the customer",
    `re_${order.number}`,
    timestamp(order.packedAt),
  ];
  return [[nextId(), ...row]];
}

const SHIPMENT_STATUS = {
  paid: "preparing",
  packed: "preparing",
  shipped: "in_transit",
  delivered: "delivered",
  cancelled: "cancelled",
} as const;

function shipmentRows(order: SeedOrder): Row[] {
  const weight = order.lines.reduce((sum, { product, quantity }) => sum + product.weightGrams * quantity, 0);
  return [
    [
      order.id,
      shipmentNumber(order),
      order.id,
      order.lines[0]?.warehouseId ?? null,
      order.shippingMethodId,
      SHIPMENT_STATUS[order.status],
      weight,
      hasLeft(order) ? timestamp(order.shippedAt) : null,
      order.status === "delivered" ? timestamp(order.deliveredAt) : null,
      timestamp(order.placedAt),
      lastStepAt(order),
    ],
  ];
}

// 7,919,317 has no divisor in common with ten thousand million: every order gets a number of its own.
function shipmentNumber(order: SeedOrder): string {
  return `FC-${String((order.id * 7_919_317) % 10_000_000_000).padStart(10, "0")}`;
}

function shipmentEventRows(order: SeedOrder, nextId: () => number): Row[] {
  if (isOld(order)) return [];
  const city = order.lines[0]?.warehouseId === 2 ? "Rotterdam" : "Leipzig";
  const moves = [
    { status: "handed_over", place: city, at: order.shippedAt },
    { status: "delivered", place: order.buyer.city, at: order.deliveredAt },
  ];
  return moves
    .filter(({ at }) => hasLeft(order) && at <= now)
    .map(({ status, place, at }) => [nextId(), order.id, status, place, timestamp(at)]);
}

// Older e-mails are cleared away by the nightly job.
const EMAILS_KEPT_MS = 60 * day;

function emailRows(order: SeedOrder, nextId: () => number): Row[] {
  const texts = [{ ...ORDER_CONFIRMATION, at: order.placedAt }];
  if (hasLeft(order)) texts.push({ ...ORDER_SHIPPED, at: order.shippedAt });
  const facts: Readonly<Record<string, string>> = {
    number: order.number,
    name: order.buyer.name,
    total: `€${(order.totalCents / 100).toFixed(2)}`,
    shipment: shipmentNumber(order),
  };
  const fill = (text: string) => text.replace(/\{\{(\w+)\}\}/g, (_, key: string) => facts[key] ?? "");
  return texts
    .filter(({ at }) => at > now - EMAILS_KEPT_MS)
    .map(({ key, subject, body, at }) => [
      nextId(),
      key,
      customerId(order),
      order.id,
      order.buyer.email,
      fill(subject),
      fill(body),
      "sent",
      1,
      timestamp(at),
      timestamp(at + 4_000),
    ]);
}
