import { notFound } from "./request-problem.ts";

/** An id from a path. What is no id names nothing: a problem 404 with `detail`. */
export function readId(text: string, detail: string): number {
  const id = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.NaN;
  // The largest id that an int column can hold.
  if (id <= 2_147_483_647) return id;
  throw notFound(detail);
}

/** A slug from a path, or a problem 404 with `detail`. */
export function readSlug(text: string, detail: string): string {
  if (/^[\w-]{1,200}$/.test(text)) return text;
  throw notFound(detail);
}
