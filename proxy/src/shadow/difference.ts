/**
 * type: a number here, a text there; elements of another name. format: both texts, but one is a date, a UUID, a number or empty
 * and the other is not. primitive: another value. missing: the candidate has nothing there. extra: only the candidate has
 * something there. ordering: the same entries in another order. size: a list (or a body of bytes) of another length.
 */
export type DifferenceKind = "type" | "format" | "primitive" | "missing" | "extra" | "ordering" | "size";

/** One place in which two answers differ. What it shows is short, and without personal data or secrets. */
export type Difference = {
  kind: DifferenceKind;
  // Indices are a star here, so that evidence gathers: status, header:location, /items/*/price, line:3, body.
  // It names the place in every answer of the route.
  field: string;
  /** The place in this answer: /items/3/price. For text, line and column. */
  at: string;
  /** null: nothing is there. */
  control: string | null;
  candidate: string | null;
};
