import { Router } from "express";
import { EXACT_PATHS } from "../lib/exact-paths.ts";
import { idFrom, Input } from "../lib/input.ts";
import { Problem } from "../lib/problem.ts";
import { countCartItems, ensureVisitor, findVisitor, getSettings } from "../lib/shop.ts";
import { listDepartments } from "../models/category.ts";
import {
  addToCart,
  applyPromotion,
  changeQuantity,
  MAX_QUANTITY,
  readCart,
  removeFromCart,
  removePromotion,
} from "../services/cart-service.ts";

export const cart: Router = Router(EXACT_PATHS);

// --- JSON ---

cart.get("/api/cart", async (request, response) => {
  const query = new Input(request.query);
  const shippingMethod = query.optional("shippingMethod")?.text("shippingMethod", { max: 40 });
  query.assertGood();
  response.json(await readCart(await findVisitor(request), shippingMethod));
});

cart.get("/api/cart/badge", async (request, response) => {
  response.set("cache-control", "no-store").json({ count: await countCartItems(await findVisitor(request)) });
});

cart.post("/api/cart/items", async (request, response) => {
  const { productId, quantity } = readItem(request.body);
  const visitor = await ensureVisitor(request, response);
  await addToCart(visitor, productId, quantity);
  response.status(201).json(await readCart(visitor));
});

cart.patch("/api/cart/items/:id", async (request, response) => {
  const quantity = readQuantity(request.body);
  const visitor = await findVisitor(request);
  await changeQuantity(visitor, itemId(request.params.id), quantity);
  response.json(await readCart(visitor));
});

cart.delete("/api/cart/items/:id", async (request, response) => {
  const visitor = await findVisitor(request);
  await removeFromCart(visitor, itemId(request.params.id));
  response.json(await readCart(visitor));
});

cart.post("/api/cart/promotions", async (request, response) => {
  const code = readCode(request.body);
  const visitor = await ensureVisitor(request, response);
  await applyPromotion(visitor, code);
  response.json(await readCart(visitor));
});

cart.delete("/api/cart/promotions", async (request, response) => {
  const visitor = await findVisitor(request);
  await removePromotion(visitor);
  response.json(await readCart(visitor));
});

// --- pages ---

cart.get("/cart", async (request, response) => {
  await renderCart(request, response, undefined);
});

cart.post("/cart/items", async (request, response) => {
  await changeAndShow(request, response, async () => {
    const { productId, quantity } = readItem(request.body);
    await addToCart(await ensureVisitor(request, response), productId, quantity);
  });
});

// An HTML form can only post: the button that was pressed says what is meant.
cart.post("/cart/items/:id", async (request, response) => {
  await changeAndShow(request, response, async () => {
    const id = itemId(request.params.id);
    const visitor = await findVisitor(request);
    const action = new Input(request.body).oneOf("action", ["change", "remove"], "change");
    if (action === "remove") await removeFromCart(visitor, id);
    else await changeQuantity(visitor, id, readQuantity(request.body));
  });
});

cart.post("/cart/promotions", async (request, response) => {
  await changeAndShow(request, response, async () => {
    const action = new Input(request.body).oneOf("action", ["apply", "remove"], "apply");
    if (action === "remove") await removePromotion(await findVisitor(request));
    else await applyPromotion(await ensureVisitor(request, response), readCode(request.body));
  });
});

// --- internal ---

type Handled = Parameters<Parameters<typeof cart.get>[1]>;

async function changeAndShow(request: Handled[0], response: Handled[1], change: () => Promise<void>): Promise<void> {
  try {
    await change();
    response.redirect(303, "/cart");
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.status >= 500) throw problem;
    response.status(problem.status);
    await renderCart(request, response, problem);
  }
}

async function renderCart(request: Handled[0], response: Handled[1], problem: Problem | undefined): Promise<void> {
  const contents = await readCart(await findVisitor(request));
  const { freeShippingFromCents } = await getSettings();
  const departments = await listDepartments();
  response.render("cart", { departments, cart: contents, freeShippingFromCents, problem });
}

function readItem(body: unknown): { productId: number; quantity: number } {
  const input = new Input(body);
  const item = {
    productId: input.integer("productId", { from: 1, to: 2_147_483_647 }),
    quantity: input.integer("quantity", { from: 1, to: MAX_QUANTITY, otherwise: 1 }),
  };
  input.assertGood();
  return item;
}

function readQuantity(body: unknown): number {
  const input = new Input(body);
  const quantity = input.integer("quantity", { from: 1, to: MAX_QUANTITY });
  input.assertGood();
  return quantity;
}

function readCode(body: unknown): string {
  const input = new Input(body);
  const code = input.text("code", { max: 40 });
  input.assertGood();
  return code;
}

function itemId(text: string): number {
  return idFrom(text, `There is no item ${text} in this cart.`);
}
