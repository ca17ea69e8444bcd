/** Which part of a list is asked for. Pages count from 1. */
export type Page = { page: number; pageSize: number };

/** One page of a list; `total` counts all of it. */
export type Paged<Entry> = Page & { entries: readonly Entry[]; total: number };

export const MAX_PAGE = 10_000;
export const MAX_PAGE_SIZE = 100;

export function offsetOf({ page, pageSize }: Page): number {
  return (page - 1) * pageSize;
}

/** An empty list has one page, too. */
export function pageCount({ total, pageSize }: { total: number; pageSize: number }): number {
  return Math.max(1, Math.ceil(total / pageSize));
}
