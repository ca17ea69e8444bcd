import { db, type Knex } from "../lib/db.ts";
import type { TaxClass } from "../lib/prices.ts";
import { conflict, notFound, Problem } from "../lib/problem.ts";
import {
  ensureOpenCartId,
  findOpenCartId,
  findPromotionById,
  getPromotion,
  getShippingMethods,
  quote,
  type Visitor,
} from "../lib/shop.ts";

export const MAX_QUANTITY = 99;

export type CartItem = {
  id: number;
  productId: number;
  slug: string;
  name: string;
  image: { url: string; alt: string } | null;
  quantity: number;
  unitPriceCents: number;
  lineTotalCents: number;
  stockAvailable: number;
};

export type Cart = {
  items: CartItem[];
  promotion: { code: string; description: string } | null;
  currency: string;
  subtotalCents: number;
  discountCents: number;
  shippingCents: number;
  taxCents: number;
  totalCents: number;
};

/** The visitor's cart with today's prices; somebody without one has an empty one. */
export async function readCart(visitor: Visitor | undefined, shippingCode = "standard"): Promise<Cart> {
  const cart = await findOpenCartId(visitor);
  const rows = cart ? await cartRows(cart.id) : [];
  const promotion = await findPromotionById(cart?.promotionId ?? null);
  const method = (await getShippingMethods()).find(({ code }) => code === shippingCode);
  const subtotal = rows.reduce((sum, row) => sum + row.price_cents * row.quantity, 0);
  // A code stays in the cart while the goods are too few for it; it only takes nothing off.
  const holds = promotion !== undefined && subtotal >= promotion.minimumCents;
  const totals = await quote(rows.map(pricedLine), method, holds ? promotion : undefined);
  return {
    items: rows.map(presentItem),
    promotion: promotion ? { code: promotion.code, description: promotion.description } : null,
    currency: "EUR",
    ...totals,
  };
}

/** Puts pieces into the cart; what is already there adds up. */
export async function addToCart(visitor: Visitor, productId: number, quantity: number): Promise<void> {
  const product = await db("products")
    .where({ id: productId, is_active: true })
    .whereNull("deleted_at")
    .first<{ name: string; stock_available: number } | undefined>("name", "stock_available");
  if (!product) throw notFound(`There is no product ${productId}.`);
  const cartId = await ensureOpenCartId(visitor);
  await db.transaction(async (trx) => {
    const [item] = await trx("cart_items")
      .insert({ cart_id: cartId, product_id: productId, quantity })
      .onConflict(["cart_id", "product_id"])
      .merge({
        quantity: trx.raw("least(cart_items.quantity + excluded.quantity, ?)", [MAX_QUANTITY]),
        updated_at: trx.fn.now(),
      })
      .returning<{ quantity: number }[]>("quantity");
    assertEnough(product, item?.quantity ?? quantity);
    await touchCart(trx, cartId);
  });
}

export async function changeQuantity(visitor: Visitor | undefined, itemId: number, quantity: number): Promise<void> {
  const { cartId } = await getItem(visitor, itemId);
  await db.transaction(async (trx) => {
    const product = await trx("cart_items as i")
      .join("products as p", "p.id", "i.product_id")
      .where({ "i.id": itemId })
      .first<{ name: string; stock_available: number }>("p.name", "p.stock_available");
    assertEnough(product, quantity);
    await trx("cart_items").where({ id: itemId }).update({ quantity, updated_at: trx.fn.now() });
    await touchCart(trx, cartId);
  });
}

export async function removeFromCart(visitor: Visitor | undefined, itemId: number): Promise<void> {
  const { cartId } = await getItem(visitor, itemId);
  await db("cart_items").where({ id: itemId }).delete();
  await touchCart(db, cartId);
}

/** Notes a promotion in the cart, or throws a problem 422 that says why it does not apply. */
export async function applyPromotion(visitor: Visitor, code: string): Promise<void> {
  const cart = await findOpenCartId(visitor);
  const rows = cart ? await cartRows(cart.id) : [];
  if (!cart || rows.length === 0) throw conflict("Put something into the cart first.");
  const subtotal = rows.reduce((sum, row) => sum + row.price_cents * row.quantity, 0);
  const promotion = await getPromotion(code, subtotal);
  const open = await db("promotions")
    .where({ id: promotion.id })
    .whereRaw("(usage_limit IS NULL OR used_count < usage_limit)")
    .first<{ id: number } | undefined>("id");
  if (!open) throw new Problem(422, `"${promotion.code}" has been used up.`);
  await db("carts").where({ id: cart.id }).update({ promotion_id: promotion.id, updated_at: db.fn.now() });
}

export async function removePromotion(visitor: Visitor | undefined): Promise<void> {
  const cart = await findOpenCartId(visitor);
  if (cart) await db("carts").where({ id: cart.id }).update({ promotion_id: null, updated_at: db.fn.now() });
}

/** What a guest has put into the cart joins the customer's own; called when the guest logs in. */
export async function mergeGuestCart(sessionId: number, customerId: number): Promise<void> {
  await db.transaction(async (trx) => {
    const guest = await trx("carts")
      .where({ session_id: sessionId, customer_id: null, status: "open" })
      .forNoKeyUpdate()
      .first<{ id: number; promotion_id: number | null } | undefined>("id", "promotion_id");
    if (!guest) return;
    const own = await trx("carts")
      .where({ customer_id: customerId, status: "open" })
      .forNoKeyUpdate()
      .first<{ id: number; promotion_id: number | null } | undefined>("id", "promotion_id");
    if (!own) {
      await trx("carts").where({ id: guest.id }).update({ customer_id: customerId });
      return;
    }
    await trx.raw(
      `INSERT INTO cart_items (cart_id, product_id, quantity)
       SELECT ?, product_id, quantity FROM cart_items WHERE cart_id = ? ORDER BY id
       ON CONFLICT (cart_id, product_id)
       DO UPDATE SET quantity = least(cart_items.quantity + excluded.quantity, ?), updated_at = now()`,
      [own.id, guest.id, MAX_QUANTITY],
    );
    await trx("carts").where({ id: guest.id }).update({ status: "merged", updated_at: trx.fn.now() });
    await trx("carts")
      .where({ id: own.id })
      .update({ promotion_id: own.promotion_id ?? guest.promotion_id, updated_at: trx.fn.now() });
  });
}

export type CartRow = {
  id: number;
  product_id: number;
  quantity: number;
  slug: string;
  sku: string;
  name: string;
  price_cents: number;
  tax_class: TaxClass;
  category_id: number;
  weight_grams: number;
  stock_available: number;
  is_for_sale: boolean;
  image_url: string | null;
  image_alt: string | null;
};

/** Items of a cart beside their products, in the order in which they were put in. */
export async function cartRows(cartId: number, on: Knex = db): Promise<CartRow[]> {
  const { rows } = await on.raw<{ rows: CartRow[] }>(
    `SELECT i.id, i.product_id, i.quantity, p.slug, p.sku, p.name, p.price_cents, p.tax_class, p.category_id,
            p.weight_grams, p.stock_available, p.is_active AND p.deleted_at IS NULL AS is_for_sale,
            image.url AS image_url, image.alt AS image_alt
       FROM cart_items i
       JOIN products p ON p.id = i.product_id
       LEFT JOIN LATERAL (
         SELECT url, alt FROM product_images WHERE product_id = p.id ORDER BY position, id LIMIT 1
       ) AS image ON true
      WHERE i.cart_id = ?
      ORDER BY i.id`,
    [cartId],
  );
  return rows;
}

export function pricedLine({ quantity, price_cents, tax_class, category_id }: CartRow) {
  return { quantity, unitPriceCents: price_cents, taxClass: tax_class, categoryId: category_id };
}

// --- internal ---

function presentItem(row: CartRow): CartItem {
  return {
    id: row.id,
    productId: row.product_id,
    slug: row.slug,
    name: row.name,
    image: row.image_url === null ? null : { url: row.image_url, alt: row.image_alt ?? "" },
    quantity: row.quantity,
    unitPriceCents: row.price_cents,
    lineTotalCents: row.price_cents * row.quantity,
    stockAvailable: row.stock_available,
  };
}

function assertEnough({ name, stock_available: left }: { name: string; stock_available: number }, quantity: number) {
  if (quantity <= left) return;
  throw conflict(left === 0 ? `"${name}" is sold out.` : `Only ${left} of "${name}" are left.`);
}

async function getItem(visitor: Visitor | undefined, itemId: number): Promise<{ cartId: number }> {
  const cart = await findOpenCartId(visitor);
  const item = cart && (await db("cart_items").where({ id: itemId, cart_id: cart.id }).first<{ id: number }>("id"));
  if (!item) throw notFound(`There is no item ${itemId} in this cart.`);
  return { cartId: cart.id };
}

async function touchCart(on: Knex, cartId: number): Promise<void> {
  await on("carts").where({ id: cartId }).update({ updated_at: on.fn.now() });
}
