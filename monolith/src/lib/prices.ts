export type TaxClass = "standard" | "reduced";

export type PricedLine = { quantity: number; unitPriceCents: number; taxClass: TaxClass; categoryId: number };

/** `categoryIds`: where a promotion applies; undefined means everywhere. */
export type Discount = {
  kind: "percent" | "amount" | "free_shipping";
  value: number;
  categoryIds?: ReadonlySet<number> | undefined;
};

export type PriceRules = { shippingCents: number; freeShippingFromCents: number };

export type Totals = {
  subtotalCents: number;
  discountCents: number;
  shippingCents: number;
  taxCents: number;
  totalCents: number;
};

// Prices include tax; the rates are those of the country the shop pays in.
const TAX_PERCENT: Readonly<Record<TaxClass, number>> = { standard: 19, reduced: 7 };

/** What a cart or an order costs, in cents. Shipping is free from a limit, which is counted after the discount. */
export function orderTotals(lines: readonly PricedLine[], rules: PriceRules, discount?: Discount): Totals {
  const subtotalCents = sum(lines, lineTotal);
  const discountCents = discount ? discountOf(lines, discount) : 0;
  const goodsCents = subtotalCents - discountCents;
  const freeShipping = discount?.kind === "free_shipping" || goodsCents >= rules.freeShippingFromCents;
  const shippingCents = freeShipping || lines.length === 0 ? 0 : rules.shippingCents;
  return {
    subtotalCents,
    discountCents,
    shippingCents,
    taxCents: includedTax(lines, subtotalCents, goodsCents) + taxIn(shippingCents, "standard"),
    totalCents: goodsCents + shippingCents,
  };
}

function discountOf(lines: readonly PricedLine[], { kind, value, categoryIds }: Discount): number {
  const eligible = lines.filter((line) => categoryIds === undefined || categoryIds.has(line.categoryId));
  const eligibleCents = sum(eligible, lineTotal);
  switch (kind) {
    case "percent":
      return Math.round((eligibleCents * value) / 100);
    case "amount":
      return Math.min(value, eligibleCents);
    case "free_shipping":
      return 0;
  }
}

// A discount lowers every line's tax in proportion.
function includedTax(lines: readonly PricedLine[], subtotalCents: number, goodsCents: number): number {
  if (subtotalCents === 0) return 0;
  const full = sum(lines, (line) => taxIn(lineTotal(line), line.taxClass));
  return Math.round((full * goodsCents) / subtotalCents);
}

function taxIn(grossCents: number, taxClass: TaxClass): number {
  const percent = TAX_PERCENT[taxClass];
  return Math.round((grossCents * percent) / (100 + percent));
}

function lineTotal(line: PricedLine): number {
  return line.quantity * line.unitPriceCents;
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
