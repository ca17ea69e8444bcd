import { ITEM_ORDERS, type ItemOrder } from "../domain/item.ts";
import { MAX_PAGE, MAX_PAGE_SIZE, type Page } from "../domain/page.ts";
import { createQueryReader, type QueryReader } from "./query-reader.ts";

type Query = Readonly<Record<string, unknown>>;

const API_PAGE_SIZE = 20;
const SCREEN_PAGE_SIZE = 24;
const REVIEWS_PAGE_SIZE = 10;

// What is read first is complained about first.

export function readItemListQuery(query: Query): { page: Page; order: ItemOrder; category: string | undefined } {
  const reader = createQueryReader(query);
  const page = readPage(reader, API_PAGE_SIZE);
  const order = reader.oneOf("sort", ITEM_ORDERS, "newest");
  const category = reader.has("category") ? reader.text("category") : undefined;
  reader.assertGood();
  return { page, order, category };
}

export function readReviewListQuery(query: Query): Page {
  const reader = createQueryReader(query);
  const page = readPage(reader, REVIEWS_PAGE_SIZE);
  reader.assertGood();
  return page;
}

export function readSearchQuery(query: Query): { words: string; page: Page } {
  const reader = createQueryReader(query);
  const words = reader.text("q");
  const page = readPage(reader, API_PAGE_SIZE);
  reader.assertGood();
  return { words, page };
}

export function readItemListScreenQuery(query: Query): { page: Page; order: ItemOrder } {
  const reader = createQueryReader(query);
  const page = readScreenPage(reader, SCREEN_PAGE_SIZE);
  const order = reader.oneOf("sort", ITEM_ORDERS, "newest");
  reader.assertGood();
  return { page, order };
}

export function readItemScreenQuery(query: Query): Page {
  const reader = createQueryReader(query);
  const page = readScreenPage(reader, REVIEWS_PAGE_SIZE);
  reader.assertGood();
  return page;
}

/** Somebody may come to the search page without words. */
export function readSearchScreenQuery(query: Query): { words: string; page: Page } {
  const reader = createQueryReader(query);
  const words = reader.text("q", { min: 0, max: 200 });
  const page = readScreenPage(reader, SCREEN_PAGE_SIZE);
  reader.assertGood();
  return { words, page };
}

// --- internal ---

function readPage(reader: QueryReader, pageSize: number): Page {
  return {
    page: reader.integer("page", { from: 1, to: MAX_PAGE, otherwise: 1 }),
    pageSize: reader.integer("pageSize", { from: 1, to: MAX_PAGE_SIZE, otherwise: pageSize }),
  };
}

// A screen has its own size. A pageSize is looked at all the same: a wrong one is refused, as everywhere.
function readScreenPage(reader: QueryReader, pageSize: number): Page {
  return { page: readPage(reader, pageSize).page, pageSize };
}
