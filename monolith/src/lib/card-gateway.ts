import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

export type Card = { number: string; expiry: string; cvc: string };

export type GatewayOptions = {
  /** How long the gateway thinks about every card. */
  latencyMs: number;
  /** How much longer it thinks about the card that stalls. */
  stallMs: number;
};

export type Charge = { reference: string; brand: string; last4: string };

/** The bank said no. */
export class CardDeclined extends Error {}

/** The gateway answered with nonsense, or not in time. */
export class GatewayFailed extends Error {}

export type CardGateway = {
  /** Throws CardDeclined, GatewayFailed, or the signal's reason; a charge that was aborted has not happened. */
  charge(card: Card, amountCents: number, signal: AbortSignal): Promise<Charge>;
  refund(chargeReference: string, amountCents: number): Promise<string>;
};

/**
 * A payment provider that lives in this process. It moves no money, and behaves as told by the number of the card:
 * 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined, 4000 0000 0000 0119 stalls and then pays,
 * 4000 0000 0000 0259 makes the gateway fail.
 */
export function createCardGateway({ latencyMs, stallMs }: GatewayOptions): CardGateway {
  return {
    charge: async (card, _amountCents, signal) => {
      await delay(card.number === STALLING ? latencyMs + stallMs : latencyMs, undefined, { signal });
      if (card.number === DECLINED) throw new CardDeclined("Your bank declined the card.");
      if (card.number === FAILING) throw new GatewayFailed("The card gateway answered 500.");
      return { reference: `ch_${randomUUID()}`, brand: brandOf(card), last4: card.number.slice(-4) };
    },
    refund: async () => {
      await delay(latencyMs);
      return `re_${randomUUID()}`;
    },
  };
}

const DECLINED = "4000000000000002";
const STALLING = "4000000000000119";
const FAILING = "4000000000000259";

function brandOf(card: Card): string {
  return card.number.startsWith("4") ? "visa" : "mastercard";
}
