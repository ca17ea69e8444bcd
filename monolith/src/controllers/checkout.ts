import { Router, type Request, type Response } from "express";
import { EXACT_PATHS } from "../lib/exact-paths.ts";
import { Problem } from "../lib/problem.ts";
import { findVisitor, getShippingMethods, type Visitor } from "../lib/shop.ts";
import { listDepartments } from "../models/category.ts";
import { readAccount } from "../services/account-service.ts";
import { readCart } from "../services/cart-service.ts";
import { placeOrder } from "../services/order-service.ts";
import { nestCheckoutForm, readCheckout } from "./checkout-input.ts";

export const checkout: Router = Router(EXACT_PATHS);

checkout.get("/checkout", async (request, response) => {
  const visitor = await findVisitor(request);
  await renderCheckout(response, visitor, await suggestForm(visitor), undefined);
});

checkout.post("/checkout", async (request, response) => {
  const form = readForm(request);
  const visitor = await findVisitor(request);
  try {
    const order = await placeOrder(visitor, readCheckout(nestCheckoutForm(form)));
    response.redirect(303, `/orders/${order.number}?placed=now`);
  } catch (problem) {
    // A card that could not be charged is news for the customer, whatever its status.
    if (!(problem instanceof Problem)) throw problem;
    response.status(problem.status);
    await renderCheckout(response, visitor, form, problem);
  }
});

// --- internal ---

type Form = Record<string, unknown>;

const EMPTY = { email: "", name: "", street: "", postalCode: "", city: "", country: "DE", shippingMethod: "standard" };

function readForm(request: Request): Form {
  return { ...EMPTY, ...(request.body as Form | undefined) };
}

async function suggestForm(visitor: Visitor | undefined): Promise<Form> {
  if (!visitor?.account) return EMPTY;
  const { email, name, addresses } = await readAccount(visitor.account);
  return { ...EMPTY, email, name, ...addresses[0] };
}

async function renderCheckout(
  response: Response,
  visitor: Visitor | undefined,
  form: Form,
  problem: Problem | undefined,
): Promise<void> {
  const methods = await getShippingMethods();
  const chosen = methods.find(({ code }) => code === form["shippingMethod"]) ?? methods[0];
  const cart = await readCart(visitor, chosen?.code);
  if (cart.items.length === 0) {
    response.redirect(303, "/cart");
    return;
  }
  const errors = new Map(problem?.errors.map(({ field, message }) => [field, message]));
  const departments = await listDepartments();
  response.render("checkout", { departments, cart, methods, form, problem, errors });
}
