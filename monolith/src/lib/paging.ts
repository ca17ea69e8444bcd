import type { Input } from "./input.ts";

export type Page = { page: number; pageSize: number };

export type List<Item> = Page & { items: Item[]; total: number };

export const MAX_PAGE = 10_000;
export const MAX_PAGE_SIZE = 100;

export function readPage(query: Input, pageSize: number): Page {
  return {
    page: query.integer("page", { from: 1, to: MAX_PAGE, otherwise: 1 }),
    pageSize: query.integer("pageSize", { from: 1, to: MAX_PAGE_SIZE, otherwise: pageSize }),
  };
}

export function offsetOf({ page, pageSize }: Page): number {
  return (page - 1) * pageSize;
}

/** The order of the members is part of every list's answer. */
export function list<Item>(items: Item[], { page, pageSize }: Page, total: number): List<Item> {
  return { items, page, pageSize, total };
}

export function pageCount({ total, pageSize }: { total: number; pageSize: number }): number {
  return Math.max(1, Math.ceil(total / pageSize));
}
