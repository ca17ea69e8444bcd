import type { CategoryName } from "./category-tree.ts";

/** Whole minor units (cents) of a currency (ISO 4217). */
export type Price = { amount: number; currency: string };

/** What customers think of an item; `average` is 1 to 5. */
export type Stars = { average: number; count: number };

export type Picture = { location: string; caption: string };

export type Feature = { label: string; value: string };

/** An item as it stands in a list. */
export type ItemSummary = {
  id: number;
  slug: string;
  sku: string;
  title: string;
  category: CategoryName;
  price: Price;
  /** The first of its pictures. */
  picture: Picture | undefined;
  /** undefined until somebody has given stars. */
  stars: Stars | undefined;
  stockAvailable: number;
};

/** An item with everything that is known of it. */
export type Item = Omit<ItemSummary, "picture"> & {
  description: string;
  department: CategoryName | undefined;
  taxBand: string;
  weightGrams: number;
  pictures: readonly Picture[];
  features: readonly Feature[];
  addedAt: Date;
  changedAt: Date;
};

export const ITEM_ORDERS = ["newest", "price-asc", "price-desc", "rating"] as const;
export type ItemOrder = (typeof ITEM_ORDERS)[number];
