import { Router } from "express";
import { EXACT_PATHS } from "../lib/exact-paths.ts";
import { Input, wordFrom } from "../lib/input.ts";
import { readPage } from "../lib/paging.ts";
import { findVisitor, getAccount, getStaff, isCancellable, orderLabel } from "../lib/shop.ts";
import { listDepartments } from "../models/category.ts";
import {
  cancelOrder,
  deliverShipment,
  dispatchShipment,
  getOrder,
  getShipment,
  listOrders,
  placeOrder,
} from "../services/order-service.ts";
import { readCheckout } from "./checkout-input.ts";

export const orders: Router = Router(EXACT_PATHS);

// --- JSON ---

orders.post("/api/orders", async (request, response) => {
  const order = await placeOrder(await findVisitor(request), readCheckout(request.body));
  response.status(201).location(`/api/orders/${order.number}`).json(order);
});

orders.get("/api/orders", async (request, response) => {
  const query = new Input(request.query);
  const page = readPage(query, 20);
  query.assertGood();
  response.json(await listOrders(await getAccount(request), page));
});

orders.get("/api/orders/:number", async (request, response) => {
  response.json(await getOrder(orderNumber(request.params.number), await findVisitor(request)));
});

orders.post("/api/orders/:number/cancellation", async (request, response) => {
  response.json(await cancelOrder(orderNumber(request.params.number), await findVisitor(request)));
});

orders.get("/api/shipments/:number", async (request, response) => {
  response.json(await getShipment(shipmentNumber(request.params.number), await findVisitor(request)));
});

/** For the people at the packing table. */
orders.patch("/api/shipments/:number", async (request, response) => {
  const staff = await getStaff(request);
  const number = shipmentNumber(request.params.number);
  const input = new Input(request.body);
  const status = input.matching("status", /^(handed_over|delivered)$/, "must be handed_over or delivered");
  input.assertGood();
  await (status === "handed_over" ? dispatchShipment(number, staff) : deliverShipment(number, staff));
  response.json(await getShipment(number, await findVisitor(request)));
});

// --- pages ---

orders.get("/orders/:number", async (request, response) => {
  const order = await getOrder(orderNumber(request.params.number), await findVisitor(request));
  const isNew = request.query["placed"] === "now";
  const departments = await listDepartments();
  response.render("orders/show", { departments, order, isNew, orderLabel, isCancellable: isCancellable(order.status) });
});

orders.post("/orders/:number/cancellation", async (request, response) => {
  const order = await cancelOrder(orderNumber(request.params.number), await findVisitor(request));
  response.redirect(303, `/orders/${order.number}`);
});

// --- internal ---

function orderNumber(text: string): string {
  return wordFrom(text, `There is no order "${text}".`);
}

function shipmentNumber(text: string): string {
  return wordFrom(text, `There is no shipment "${text}".`);
}
