export type Size = {
  name: string;
  products: number;
  customers: number;
  orders: number;
  reviews: number;
  openCarts: number;
};

/** An order has 2.2 lines on average; `large` therefore has more than a million. */
export const sizes: Readonly<Record<"small" | "large", Size>> = {
  small: { name: "small", products: 1_000, customers: 320, orders: 5_000, reviews: 6_000, openCarts: 40 },
  large: { name: "large", products: 20_000, customers: 60_000, orders: 480_000, reviews: 120_000, openCarts: 2_000 },
};
