/** /api/products is a route; /API/products and /api/products/ are not. */
export const EXACT_PATHS = { caseSensitive: true, strict: true } as const;
