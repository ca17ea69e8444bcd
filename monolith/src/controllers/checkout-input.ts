import type { Card } from "../lib/card-gateway.ts";
import { Input } from "../lib/input.ts";
import type { Checkout } from "../services/order-service.ts";

/** What a customer sends to buy: {email, name, address, card, shippingMethod?}. Throws a problem naming bad fields. */
export function readCheckout(body: unknown): Checkout {
  const input = new Input(body);
  const address = input.within("address");
  const checkout: Checkout = {
    email: input.email("email"),
    name: input.text("name", { max: 100 }),
    address: {
      street: address.text("street"),
      postalCode: address.text("postalCode", { max: 20 }),
      city: address.text("city", { max: 100 }),
      country: address.matching("country", /^[A-Z]{2}$/, "must be a country code of two capital letters", 2),
    },
    card: readCard(input.within("card")),
    shippingMethod: input.optional("shippingMethod")?.text("shippingMethod", { max: 40 }) ?? "standard",
  };
  input.assertGood();
  return checkout;
}

/** The fields of the checkout page, which are flat, as the nested body of the API. */
export function nestCheckoutForm(form: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { email, name, street, postalCode, city, country, cardNumber, cardExpiry, cardCvc, shippingMethod } = form;
  return {
    email,
    name,
    address: { street, postalCode, city, country },
    card: { number: cardNumber, expiry: cardExpiry, cvc: cardCvc },
    shippingMethod,
  };
}

// --- internal ---

function readCard(card: Input): Card {
  const number = card.text("number", { max: 30 }).replace(/[ -]/g, "");
  card.check("number", number === "" || isCardNumber(number), "is not the number of a card");
  const expiry = card.matching("expiry", /^(0[1-9]|1[0-2])\/\d\d$/, "must look like 09/29", 5);
  card.check("expiry", expiry === "" || !isOver(expiry, new Date()), "is over");
  return { number, expiry, cvc: card.matching("cvc", /^\d{3,4}$/, "must have three or four digits", 4) };
}

// The check digit of ISO/IEC 7812 (Luhn).
function isCardNumber(number: string): boolean {
  if (!/^\d{12,19}$/.test(number)) return false;
  const sum = [...number].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

// A card is good until the end of its month.
function isOver(expiry: string, now: Date): boolean {
  const [month = 0, year = 0] = expiry.split("/").map(Number);
  return new Date(Date.UTC(2000 + year, month, 1)) <= now;
}
