import { CardDeclined, GatewayFailed, type Card, type Charge } from "../lib/card-gateway.ts";
import { db, type Knex } from "../lib/db.ts";
import { log } from "../lib/log.ts";
import { Problem } from "../lib/problem.ts";
import { shop } from "../lib/shop.ts";
import { recordOrderEvent } from "./order-service.ts";

type Outcome = "declined" | "gateway_error" | "timeout";

/** A charge that did not happen, with what the customer may read and what the books say. */
export class PaymentFailed extends Problem {
  readonly outcome: Outcome;
  readonly durationMs: number;

  constructor(outcome: Outcome, durationMs: number) {
    const { status, detail } = FAILURES[outcome];
    super(status, detail);
    this.outcome = outcome;
    this.durationMs = durationMs;
  }
}

const FAILURES: Readonly<Record<Outcome, { status: number; detail: string }>> = {
  declined: { status: 402, detail: "Your bank declined the card. Nothing was charged and nothing was ordered." },
  gateway_error: {
    status: 502,
    detail: "The card could not be charged: our payment provider failed. Please try again.",
  },
  timeout: { status: 504, detail: "Our payment provider did not answer in time. Your card was not charged." },
};

/** Charges the card and books the payment. Throws PaymentFailed. */
export async function takePayment(
  trx: Knex.Transaction,
  orderId: number,
  card: Card,
  amountCents: number,
): Promise<Charge> {
  const startedAt = performance.now();
  const charge = await chargeCard(card, amountCents, startedAt);
  const [payment] = await trx("payments")
    .insert({
      order_id: orderId,
      amount_cents: amountCents,
      status: "captured",
      card_brand: charge.brand,
      card_last4: charge.last4,
      gateway_reference: charge.reference,
    })
    .returning<{ id: number }[]>("id");
  await trx("payment_attempts").insert({
    payment_id: payment?.id,
    amount_cents: amountCents,
    card_last4: charge.last4,
    outcome: "approved",
    duration_ms: Math.round(performance.now() - startedAt),
  });
  await recordOrderEvent(trx, orderId, "paid", `${charge.brand} ending in ${charge.last4}`);
  return charge;
}

/** Remembers a charge that failed. Its order has been rolled back, so this is a transaction of its own. */
export async function recordFailedAttempt(
  failure: PaymentFailed,
  { cartId, amountCents, card }: { cartId: number; amountCents: number; card: Card },
): Promise<void> {
  await db("payment_attempts").insert({
    cart_id: cartId,
    amount_cents: amountCents,
    card_last4: card.number.slice(-4),
    outcome: failure.outcome,
    message: failure.message,
    duration_ms: failure.durationMs,
  });
}

/** Sends the whole payment of an order back to the card. */
export async function refundOrder(trx: Knex.Transaction, orderId: number, reason: string): Promise<void> {
  const payment = await trx("payments")
    .where({ order_id: orderId, status: "captured" })
    .forNoKeyUpdate()
    .first<{ id: number; amount_cents: number; gateway_reference: string } | undefined>(
      "id",
      "amount_cents",
      "gateway_reference",
    );
  if (!payment || payment.amount_cents === 0) return;
  const reference = await shop.gateway.refund(payment.gateway_reference, payment.amount_cents);
  await trx("refunds").insert({
    payment_id: payment.id,
    amount_cents: payment.amount_cents,
    reason,
    gateway_reference: reference,
  });
  await trx("payments").where({ id: payment.id }).update({ status: "refunded", updated_at: trx.fn.now() });
  await recordOrderEvent(trx, orderId, "refunded", reason);
}

/** Gives money back for an order that the database did not keep. */
export async function undoCharge(charge: Charge, amountCents: number): Promise<void> {
  try {
    await shop.gateway.refund(charge.reference, amountCents);
  } catch (error) {
    log.error("a charge without an order could not be refunded", error, { charge: charge.reference, amountCents });
  }
}

// --- internal ---

async function chargeCard(card: Card, amountCents: number, startedAt: number): Promise<Charge> {
  const signal = AbortSignal.timeout(shop.cardTimeoutMs);
  try {
    return await shop.gateway.charge(card, amountCents, signal);
  } catch (error) {
    const durationMs = Math.round(performance.now() - startedAt);
    if (signal.aborted) throw new PaymentFailed("timeout", durationMs);
    if (error instanceof CardDeclined) throw new PaymentFailed("declined", durationMs);
    if (error instanceof GatewayFailed) throw new PaymentFailed("gateway_error", durationMs);
    throw error;
  }
}
