import type { Request, Response } from "express";
import { parseCookie } from "cookie";
import { queueEmail, type EmailFacts } from "../services/email-service.ts";
import { Cache } from "./cache.ts";
import type { CardGateway } from "./card-gateway.ts";
import { db, isDuplicate, type Knex } from "./db.ts";
import { createToken, hashToken } from "./password.ts";
import { orderTotals, type Discount, type PricedLine, type Totals } from "./prices.ts";
import { Problem } from "./problem.ts";

// Everything that more than one place needed, since 2016. It knows visitors, settings, shipping, promotions, prices,
// e-mails, the audit log and the labels of orders; nearly every file of the shop imports it.

// --- what the process holds ---

type Shop = { gateway: CardGateway; cardTimeoutMs: number };

/** Set once at the start, read from everywhere. */
export const shop: Shop = {
  gateway: {
    charge: () => Promise.reject(new Error("The shop has not been opened: call openShop first.")),
    refund: () => Promise.reject(new Error("The shop has not been opened: call openShop first.")),
  },
  cardTimeoutMs: 3_000,
};

export function openShop(settings: Shop): void {
  Object.assign(shop, settings);
  settingsCache.forget();
  shippingMethodsCache.forget();
  promotionsCache.forget();
}

// --- settings, shipping, promotions: remembered for a minute ---

const CACHE_MS = 60_000;

export type Settings = {
  freeShippingFromCents: number;
  lowStockThreshold: number;
  reviewBlocklist: string[];
  supportEmail: string;
};

export type ShippingMethod = {
  id: number;
  code: string;
  name: string;
  priceCents: number;
  maxWeightGrams: number | null;
  daysMin: number;
  daysMax: number;
};

export type Promotion = {
  id: number;
  code: string;
  description: string;
  kind: Discount["kind"];
  value: number;
  categoryId: number | null;
  minimumCents: number;
  startsAt: Date;
  endsAt: Date | null;
};

const settingsCache = new Cache(CACHE_MS, loadSettings);
const shippingMethodsCache = new Cache(CACHE_MS, loadShippingMethods);
const promotionsCache = new Cache(CACHE_MS, loadPromotions);

/** Loads what a transaction will need from the caches: inside it, waiting for a second connection could be for ever. */
export async function warmCaches(): Promise<void> {
  await Promise.all([settingsCache.get(), shippingMethodsCache.get(), promotionsCache.get()]);
}

export const getSettings = (): Promise<Settings> => settingsCache.get();
export const getShippingMethods = (): Promise<ShippingMethod[]> => shippingMethodsCache.get();

export async function getShippingMethod(code: string): Promise<ShippingMethod> {
  const method = (await getShippingMethods()).find((candidate) => candidate.code === code);
  if (!method) throw new Problem(422, `We do not ship by "${code}".`);
  return method;
}

/** A promotion that can be used today, or a problem that says why not. */
export async function getPromotion(code: string, subtotalCents: number): Promise<Promotion> {
  const promotion = (await promotionsCache.get()).find((candidate) => candidate.code === code.toUpperCase());
  if (!promotion) throw new Problem(422, `There is no promotion "${code}".`);
  assertPromotionHolds(promotion, subtotalCents);
  return promotion;
}

export async function findPromotionById(id: number | null): Promise<Promotion | undefined> {
  return (await promotionsCache.get()).find((promotion) => promotion.id === id);
}

export function assertPromotionHolds({ code, minimumCents, startsAt, endsAt }: Promotion, subtotalCents: number): void {
  if (startsAt.getTime() > Date.now()) throw new Problem(422, `"${code}" has not started yet.`);
  if (endsAt !== null && endsAt.getTime() < Date.now()) throw new Problem(422, `"${code}" has ended.`);
  if (subtotalCents < minimumCents)
    throw new Problem(422, `"${code}" needs goods for at least ${minimumCents / 100} euros.`);
}

async function loadSettings(): Promise<Settings> {
  const rows = await db("settings").select<{ key: string; value: unknown }[]>("key", "value");
  const values = new Map(rows.map(({ key, value }) => [key, value]));
  return {
    freeShippingFromCents: Number(values.get("free_shipping_from_cents") ?? 6_000),
    lowStockThreshold: Number(values.get("low_stock_threshold") ?? 5),
    reviewBlocklist: (values.get("review_blocklist") as string[] | undefined) ?? [],
    supportEmail: (values.get("support_email") as string | undefined) ?? "hello@example.test",
  };
}

async function loadShippingMethods(): Promise<ShippingMethod[]> {
  return db("shipping_methods")
    .select<ShippingMethod[]>(
      "id",
      "code",
      "name",
      "price_cents as priceCents",
      "max_weight_grams as maxWeightGrams",
      "days_min as daysMin",
      "days_max as daysMax",
    )
    .where({ is_active: true })
    .orderBy(["position", "id"]);
}

async function loadPromotions(): Promise<Promotion[]> {
  return db("promotions")
    .select<Promotion[]>(
      "id",
      "code",
      "description",
      "kind",
      "value",
      "category_id as categoryId",
      "minimum_cents as minimumCents",
      "starts_at as startsAt",
      "ends_at as endsAt",
    )
    .where({ is_active: true })
    .orderBy("id");
}

// --- prices ---

export async function quote(
  lines: readonly PricedLine[],
  shipping: ShippingMethod | undefined,
  promotion: Promotion | undefined,
  on: Knex = db,
): Promise<Totals> {
  const { freeShippingFromCents } = await getSettings();
  const rules = {
    shippingCents: shipping?.priceCents ?? 0,
    // Only the cheapest way is ever free.
    freeShippingFromCents: shipping?.code === "express" ? Infinity : freeShippingFromCents,
  };
  return orderTotals(lines, rules, promotion && (await discountOf(promotion, on)));
}

async function discountOf({ kind, value, categoryId }: Promotion, on: Knex): Promise<Discount> {
  if (categoryId === null) return { kind, value };
  const ids = await on("categories").where({ id: categoryId }).orWhere({ parent_id: categoryId }).pluck<number[]>("id");
  return { kind, value, categoryIds: new Set(ids) };
}

// --- visitors ---

export type Account = { id: number; email: string; name: string; role: "customer" | "staff" };

/** Somebody with a session: a guest has no account. */
export type Visitor = { sessionId: number; account: Account | undefined };

export const SESSION_COOKIE = "sid";
const SESSION_MS = 30 * 24 * 3_600_000;

const visitors = new WeakMap<Request, Promise<Visitor | undefined>>();

/** Who sends this request; undefined for somebody who has never put anything into a cart. */
export function findVisitor(request: Request): Promise<Visitor | undefined> {
  const known = visitors.get(request) ?? loadVisitor(request);
  visitors.set(request, known);
  return known;
}

export async function findAccount(request: Request): Promise<Account | undefined> {
  return (await findVisitor(request))?.account;
}

export async function getAccount(request: Request): Promise<Account> {
  const account = await findAccount(request);
  if (!account) throw new Problem(401, "Log in first.");
  return account;
}

export async function getStaff(request: Request): Promise<Account> {
  const account = await getAccount(request);
  if (account.role !== "staff") throw new Problem(403, "This is for the staff of the shop.");
  return account;
}

/** The visitor, with a new session where there is none. */
export async function ensureVisitor(request: Request, response: Response): Promise<Visitor> {
  const visitor = await findVisitor(request);
  return visitor ?? startSession(request, response, undefined);
}

export async function startSession(
  request: Request,
  response: Response,
  account: Account | undefined,
): Promise<Visitor> {
  const token = createToken();
  const [row] = await db("sessions")
    .insert({
      token_hash: hashToken(token),
      customer_id: account?.id ?? null,
      user_agent: (request.get("user-agent") ?? "").slice(0, 200),
      expires_at: new Date(Date.now() + SESSION_MS),
    })
    .returning<{ id: number }[]>("id");
  const visitor = { sessionId: row?.id ?? 0, account };
  sendSessionCookie(response, token);
  visitors.set(request, Promise.resolve(visitor));
  return visitor;
}

/** Logs a guest's session in. Its token changes, or somebody who knew the old one would be logged in as well. */
export async function promoteSession(
  request: Request,
  response: Response,
  sessionId: number,
  account: Account,
): Promise<Visitor> {
  const token = createToken();
  await db("sessions")
    .where({ id: sessionId })
    .update({
      token_hash: hashToken(token),
      customer_id: account.id,
      expires_at: new Date(Date.now() + SESSION_MS),
    });
  const visitor = { sessionId, account };
  sendSessionCookie(response, token);
  visitors.set(request, Promise.resolve(visitor));
  return visitor;
}

export async function endSession(request: Request, response: Response): Promise<void> {
  const visitor = await findVisitor(request);
  if (visitor) await db("sessions").where({ id: visitor.sessionId }).delete();
  response.clearCookie(SESSION_COOKIE, { path: "/" });
  visitors.set(request, Promise.resolve(undefined));
}

function sendSessionCookie(response: Response, token: string): void {
  response.cookie(SESSION_COOKIE, token, { httpOnly: true, sameSite: "lax", path: "/", maxAge: SESSION_MS });
}

async function loadVisitor(request: Request): Promise<Visitor | undefined> {
  const token = parseCookie(request.get("cookie") ?? "")[SESSION_COOKIE];
  if (!token) return undefined;
  const row = await db("sessions as s")
    .leftJoin("customers as c", "c.id", "s.customer_id")
    .where({ "s.token_hash": hashToken(token) })
    .where("s.expires_at", ">", db.fn.now())
    .first<{ session_id: number; id: number | null; email: string; name: string; role: Account["role"] } | undefined>(
      "s.id as session_id",
      "c.id",
      "c.email",
      "c.name",
      "c.role",
    );
  if (!row) return undefined;
  const { session_id: sessionId, id, email, name, role } = row;
  return { sessionId, account: id === null ? undefined : { id, email, name, role } };
}

// --- carts ---

/** The open cart of a visitor; a customer's cart follows her from browser to browser. */
export async function findOpenCartId(
  visitor: Visitor | undefined,
  on: Knex = db,
): Promise<{ id: number; promotionId: number | null } | undefined> {
  if (!visitor) return undefined;
  const owner = visitor.account
    ? { customer_id: visitor.account.id }
    : { session_id: visitor.sessionId, customer_id: null };
  return on("carts")
    .where({ status: "open", ...owner })
    .first<{ id: number; promotionId: number | null } | undefined>("id", "promotion_id as promotionId");
}

export async function ensureOpenCartId(visitor: Visitor): Promise<number> {
  const cart = await findOpenCartId(visitor);
  if (cart) return cart.id;
  try {
    const [row] = await db("carts")
      .insert({ session_id: visitor.sessionId, customer_id: visitor.account?.id ?? null })
      .returning<{ id: number }[]>("id");
    return row?.id ?? 0;
  } catch (error) {
    // Two clicks at once: the other one has opened the cart.
    if (isDuplicate(error)) return ensureOpenCartId(visitor);
    throw error;
  }
}

export async function countCartItems(visitor: Visitor | undefined): Promise<number> {
  const cart = await findOpenCartId(visitor);
  if (!cart) return 0;
  const row = await db("cart_items").where({ cart_id: cart.id }).sum<{ count: string | null }[]>("quantity as count");
  return Number(row[0]?.count ?? 0);
}

// --- e-mails, audit ---

export async function notify(
  trx: Knex,
  template: string,
  to: { email: string; customerId?: number | null; orderId?: number | null },
  facts: EmailFacts,
): Promise<void> {
  const { supportEmail } = await getSettings();
  await queueEmail(trx, template, to, { ...facts, support: supportEmail });
}

export async function audit(
  trx: Knex,
  actor: string,
  action: string,
  subject: string,
  details: Record<string, unknown> = {},
): Promise<void> {
  await trx("audit_log").insert({ actor, action, subject, details: JSON.stringify(details) });
}

// --- labels ---

const ORDER_LABELS: Readonly<Record<string, string>> = {
  pending: "Waiting for payment",
  paid: "Paid, we are packing it",
  packed: "Packed",
  shipped: "On its way",
  delivered: "Delivered",
  cancelled: "Cancelled",
};

export function orderLabel(status: string): string {
  return ORDER_LABELS[status] ?? status;
}

export function isCancellable(status: string): boolean {
  return status === "paid";
}
