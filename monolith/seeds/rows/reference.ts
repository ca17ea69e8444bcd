import { day, now, timestamp } from "../clock.ts";
import type { Row, Table } from "../copy-rows.ts";

/** What the shop needs before anybody can buy: rules, ways to send, texts, places. */
const opening = now - 4 * 365 * day;

export const settingsTable: Table = { name: "settings", columns: "key, value, description, updated_at" };

export const settings: readonly Row[] = [
  ["free_shipping_from_cents", "6000", "Goods for this much travel free."],
  ["low_stock_threshold", "5", "Below this, purchasing gets an e-mail at night."],
  ["review_blocklist", '["http://", "https://", "www."]', "Reviews with these words wait for a person."],
  ["shop_name", '"Fig & Co."', "As it appears in e-mails."],
  ["support_email", '"hello@example.test"', "Where answers to e-mails go."],
].map((row) => [...row, timestamp(opening)]);

export const shippingMethodsTable: Table = {
  name: "shipping_methods",
  columns: "id, code, name, carrier, price_cents, max_weight_grams, days_min, days_max, is_active, position",
};

export const STANDARD_SHIPPING_CENTS = 490;
export const EXPRESS_SHIPPING_CENTS = 1290;
export const FREE_SHIPPING_FROM_CENTS = 6_000;

export const shippingMethods: readonly Row[] = [
  [1, "standard", "Standard", "Parcel Post", STANDARD_SHIPPING_CENTS, null, 2, 4, true, 1],
  [2, "express", "Express", "Blue Arrow", EXPRESS_SHIPPING_CENTS, 31_500, 1, 1, true, 2],
  [3, "pickup-point", "Pickup point", "Parcel Post", 350, 20_000, 2, 5, true, 3],
  [4, "courier", "Bicycle courier", "Zip Couriers", 890, 5_000, 0, 1, false, 4],
];

export const warehousesTable: Table = {
  name: "warehouses",
  columns: "id, code, name, city, country, priority",
};

export const warehouses: readonly Row[] = [
  [1, "LEJ", "Leipzig central", "Leipzig", "DE", 1],
  [2, "RTM", "Rotterdam harbour", "Rotterdam", "NL", 2],
];

export const emailTemplatesTable: Table = {
  name: "email_templates",
  columns: "key, subject, body, updated_at",
};

export const ORDER_CONFIRMATION = {
  key: "order_confirmation",
  subject: "Your order {{number}}",
  body: "Dear {{name}},\n\nthank you for your order {{number}} over {{total}}. We write again when it is on its way.\n\nFig & Co.",
};

export const ORDER_SHIPPED = {
  key: "order_shipped",
  subject: "Your order {{number}} is on its way",
  body: "Dear {{name}},\n\nyour parcel {{shipment}} has left our house.\n\nFig & Co.",
};

export const emailTemplates: readonly Row[] = [
  ORDER_CONFIRMATION,
  ORDER_SHIPPED,
  {
    key: "order_cancelled",
    subject: "Your order {{number}} has been cancelled",
    body: "Dear {{name}},\n\nyour order {{number}} is cancelled; {{total}} are on their way back to your card.\n\nFig & Co.",
  },
  {
    key: "welcome",
    subject: "Welcome to Fig & Co.",
    body: "Dear {{name}},\n\nyour account is ready. WELCOME10 takes ten percent off your first order.\n\nFig & Co.",
  },
  {
    key: "password_reset",
    subject: "A new password",
    body: "Dear {{name}},\n\nchoose a new password with this code within an hour: {{token}}\n\nFig & Co.",
  },
  { key: "low_stock", subject: "Running low: {{count}} products", body: "{{list}}" },
].map(({ key, subject, body }) => [key, subject, body, timestamp(opening)]);

export type SeedPromotion = {
  id: number;
  code: string;
  description: string;
  kind: "percent" | "amount" | "free_shipping";
  value: number;
  /** A department; its categories count too. */
  department?: string;
  minimumCents: number;
  usageLimit?: number;
  startsDaysAgo: number;
  endedDaysAgo?: number;
};

export const promotions: readonly SeedPromotion[] = [
  { id: 1, code: "WELCOME10", description: "10% off", kind: "percent", value: 10, minimumCents: 0, startsDaysAgo: 900 },
  {
    id: 2,
    code: "SUMMER15",
    description: "15% off from €80",
    kind: "percent",
    value: 15,
    minimumCents: 8_000,
    startsDaysAgo: 40,
  },
  {
    id: 3,
    code: "KITCHEN20",
    description: "20% off Kitchen & Dining",
    kind: "percent",
    value: 20,
    department: "kitchen",
    minimumCents: 0,
    startsDaysAgo: 120,
  },
  {
    id: 4,
    code: "FIVER",
    description: "€5 off from €30",
    kind: "amount",
    value: 500,
    minimumCents: 3_000,
    startsDaysAgo: 500,
  },
  {
    id: 5,
    code: "SHIPFREE",
    description: "Free shipping",
    kind: "free_shipping",
    value: 0,
    minimumCents: 0,
    startsDaysAgo: 700,
  },
  {
    id: 6,
    code: "SPRING10",
    description: "10% off in spring",
    kind: "percent",
    value: 10,
    minimumCents: 0,
    startsDaysAgo: 120,
    endedDaysAgo: 30,
  },
  {
    id: 7,
    code: "FIRST25",
    description: "€25 off for the first 25",
    kind: "amount",
    value: 2_500,
    minimumCents: 5_000,
    usageLimit: 25,
    startsDaysAgo: 600,
  },
];

export const promotionsTable: Table = {
  name: "promotions",
  columns:
    "id, code, description, kind, value, category_id, minimum_cents, usage_limit, used_count, " +
    "starts_at, ends_at, is_active, created_at",
};

/** `used_count` follows when the orders are there. */
export function promotionRows(categoryIds: ReadonlyMap<string, number>): Row[] {
  return promotions.map((promotion) => [
    promotion.id,
    promotion.code,
    promotion.description,
    promotion.kind,
    promotion.value,
    promotion.department === undefined ? null : (categoryIds.get(promotion.department) ?? null),
    promotion.minimumCents,
    promotion.usageLimit ?? null,
    0,
    timestamp(now - promotion.startsDaysAgo * day),
    promotion.endedDaysAgo === undefined ? null : timestamp(now - promotion.endedDaysAgo * day),
    true,
    timestamp(now - (promotion.startsDaysAgo + 3) * day),
  ]);
}
