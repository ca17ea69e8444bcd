/** One branch of the catalog, and the words from which its products are made. */
export type Department = {
  slug: string;
  name: string;
  description: string;
  brands: readonly string[];
  taxClass: "standard" | "reduced";
  categories: readonly CategoryWords[];
};

export type CategoryWords = {
  slug: string;
  name: string;
  description: string;
  /** A file of public/pictures, without its ending. */
  picture: string;
  skuPart: string;
  nouns: readonly string[];
  priceEuros: readonly [from: number, to: number];
  weightGrams: readonly [from: number, to: number];
  attributes: Readonly<Record<string, readonly string[]>>;
  features: readonly string[];
  uses: readonly string[];
};
