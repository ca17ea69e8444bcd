import type { EqualityRequest } from "./ask.ts";
import type { ProductFacts, ShopFacts } from "./shop-facts.ts";

/** Everything that is asked of both sides, made from what the shop holds. The same facts give the same requests in the same order. */
export function listRequests(facts: ShopFacts): EqualityRequest[] {
  const targets = [
    ...productLists(facts),
    ...products(facts),
    ...reviews(facts),
    ...categories(facts),
    ...searches(facts),
  ];
  const gets = [...new Set(targets)].map((target): EqualityRequest => ({ method: "GET", target }));
  const heads = gets
    .filter((_, index) => index % 7 === 0)
    .map(({ target }): EqualityRequest => ({ method: "HEAD", target }));
  return [...gets, ...heads, ...withHeaders(facts)];
}

// --- internal ---

const SORTS = ["newest", "price-asc", "price-desc", "rating"];

// Numbers as people, scripts and attackers write them.
const ODD_NUMBERS = ["0", "-1", "1.5", "1e1", "0x10", "01", "+2", "%202", "abc", "", "NaN", "Infinity", "2147483647"];
const HUGE_NUMBERS = ["2147483648", "99999999999999999999"];

const pageCount = (rows: number, size: number) => Math.ceil(rows / size);

function productLists({ listed, categories }: ShopFacts): string[] {
  const last = pageCount(listed.length, 20);
  const pagesOf100 = Array.from({ length: pageCount(listed.length, 100) }, (_, index) => index + 1);
  const everything = SORTS.flatMap((sort) =>
    pagesOf100.map((page) => `/api/products?sort=${sort}&page=${page}&pageSize=100`),
  );
  const lists = ["/api/products", "/products"].flatMap((list) => [
    list,
    `${list}/`,
    ...SORTS.flatMap((sort) => [1, 2, last, last + 1].map((page) => `${list}?sort=${sort}&page=${page}`)),
    ...categories.map((category) => `${list}?category=${category}`),
    ...categories.slice(0, 12).map((category, index) => `${list}?category=${category}&sort=${SORTS[index % 4]}&page=2`),
    ...[...ODD_NUMBERS, ...HUGE_NUMBERS].flatMap((odd) => [`${list}?page=${odd}`, `${list}?pageSize=${odd}`]),
    ...["1", "7", "99", "100", "101", "1000"].map((size) => `${list}?pageSize=${size}&page=3`),
    ...["sort=", "sort=name", "sort=NEWEST", "sort=newest&sort=rating", "sort[]=rating", "sort=constructor"].map(
      (query) => `${list}?${query}`,
    ),
    ...["category=", "category=nothing-of-this-name", "category=%27", "category[]=books", "category=%C3%BC"].map(
      (query) => `${list}?${query}`,
    ),
    ...["page=2&page=3", "page[]=2", "page[a]=2", "unknown=1", "&&", "=", "page=2&", "%70age=2"].map(
      (query) => `${list}?${query}`,
    ),
  ]);
  return [...everything, ...lists];
}

function products({ listed, inactive, deleted, reviewed, unreviewed }: ShopFacts): string[] {
  const chosen = [...everyNth(listed, 15), ...inactive, ...deleted, ...reviewed, ...unreviewed];
  const first = listed[0] ?? { id: 1, slug: "none" };
  return [
    ...chosen.flatMap(({ id, slug }) => [`/api/products/${id}`, `/products/${slug}`]),
    ...[...ODD_NUMBERS, ...HUGE_NUMBERS, "999999", "%31", "1%20", "1;2", "1'", "null", first.slug].map(
      (odd) => `/api/products/${odd}`,
    ),
    ...["no-such-product", "%20", "%27", "%C3%A4", "..%2f", "constructor", String(first.id)].map(
      (odd) => `/products/${odd}`,
    ),
    `/api/products/${first.id}/`,
    `/api/products/${first.id}?page=2&anything=else`,
    `/products/${first.slug}/`,
    `/products/${first.slug.toUpperCase()}`,
    `/products/${first.slug}?page=2`,
    `/API/PRODUCTS/${first.id}`,
    `/PRODUCTS/${first.slug}`,
  ];
}

function reviews({ listed, inactive, deleted, reviewed, unreviewed }: ShopFacts): string[] {
  const chosen: ProductFacts[] = [
    ...everyNth(listed, 60),
    ...inactive.slice(0, 2),
    ...deleted.slice(0, 2),
    ...reviewed,
    ...unreviewed,
  ];
  const most = reviewed[0]?.id ?? 1;
  return [
    ...chosen.map(({ id }) => `/api/products/${id}/reviews`),
    ...[1, 2, 3, 50].map((page) => `/api/products/${most}/reviews?page=${page}`),
    ...[...ODD_NUMBERS, ...HUGE_NUMBERS].flatMap((odd) => [
      `/api/products/${most}/reviews?page=${odd}`,
      `/api/products/${most}/reviews?pageSize=${odd}`,
    ]),
    ...["abc", "0", "999999", "2147483648", "%20"].map((odd) => `/api/products/${odd}/reviews`),
    `/api/products/${most}/reviews/`,
    ...reviewed.flatMap(({ slug }) => [1, 2, 3].map((page) => `/products/${slug}?page=${page}`)),
  ];
}

function categories({ categories: slugs }: ShopFacts): string[] {
  const odd = ["nothing-of-this-name", "%20", "%27", "%C3%A4", "constructor", "1"];
  return [
    "/api/categories",
    "/api/categories/",
    "/api/categories?page=2",
    ...[...slugs, ...odd].flatMap((slug) => [`/api/categories/${slug}`, `/categories/${slug}`]),
    ...slugs
      .slice(0, 8)
      .flatMap((slug, index) => [
        `/categories/${slug}?page=2&sort=${SORTS[index % 4]}`,
        `/api/categories/${slug}?page=2`,
        `/categories/${slug}?page=999`,
      ]),
    ...[...ODD_NUMBERS, ...HUGE_NUMBERS].map((number) => `/categories/${slugs[0]}?page=${number}`),
  ];
}

function searches({ words }: ShopFacts): string[] {
  const phrases = [
    ...words.slice(0, 25),
    ...words.slice(25, 35).map((word, index) => `${word} ${words[index]}`),
    "lamp chair",
    "LAMP",
    "lamps",
    "wooden chairs for the garden",
    "the",
    "zzzzzz",
    "",
    " ",
    "  lamp  ",
    "'",
    '"',
    '"wooden chair"',
    "lamp or chair",
    "lamp -wood",
    "lamp & chair",
    "lamp | !chair",
    "lamp:*",
    "(",
    "!",
    "\\",
    "%",
    "_",
    "50%",
    "a'b",
    "<script>alert(1)</script>",
    "&amp; < > \" ' `",
    "Ñandú",
    "größe",
    "日本語",
    "🪑",
    "\u0007bell",
    "line\nbreak",
    "${process}",
    "{{7*7}}",
    "x".repeat(120),
    "lamp ".repeat(200),
  ];
  const encoded = phrases.map((phrase) => encodeURIComponent(phrase));
  return ["/api/search", "/search"].flatMap((search) => [
    search,
    `${search}/`,
    `${search}?q`,
    ...encoded.map((phrase) => `${search}?q=${phrase}`),
    ...words.slice(0, 6).flatMap((word) => [2, 3, 99].map((page) => `${search}?q=${word}&page=${page}`)),
    ...[...ODD_NUMBERS, ...HUGE_NUMBERS].flatMap((odd) => [
      `${search}?q=${words[0]}&page=${odd}`,
      `${search}?q=${words[0]}&pageSize=${odd}`,
    ]),
    `${search}?q=lamp&q=chair`,
    `${search}?q[]=lamp`,
    `${search}?q[a]=lamp`,
    `${search}?q=lamp+chair`,
    `${search}?q=%00`,
    `${search}?q=%`,
    `${search}?q=%E0%A4%A`,
    `${search}?q=%FF`,
    `${search}?Q=lamp`,
  ]);
}

// Paths whose escapes cannot be decoded, and the request headers that may change an answer.
function withHeaders({ listed, categories: slugs }: ShopFacts): EqualityRequest[] {
  const product = listed[0] ?? { id: 1, slug: "none" };
  const targets = [
    "/api/products",
    `/api/products/${product.id}`,
    "/products",
    `/products/${product.slug}`,
    `/categories/${slugs[0]}`,
  ];
  const headers: Record<string, string>[] = [
    { accept: "application/json" },
    { accept: "text/html" },
    { accept: "text/plain" },
    { "accept-language": "de" },
    { "accept-encoding": "gzip, br" },
    { range: "bytes=0-9" },
    { "if-none-match": "*" },
    { "if-none-match": 'W/"0-nothing"' },
    { "if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT" },
    { cookie: "sid=somebody" },
  ];
  const malformed = [
    "/api/products/%",
    "/api/categories/%E0%A4%A",
    "/products/%FF",
    "/products/%00",
    "/categories/%00",
  ];
  const unknown = ["/api/products/999999", "/products/no-such-product", "/categories/no-such-category"];
  return [
    ...malformed.map((target): EqualityRequest => ({ method: "GET", target })),
    ...targets.flatMap((target) =>
      headers.map((header): EqualityRequest => ({ method: "GET", target, headers: header })),
    ),
    ...unknown.flatMap((target) =>
      ["application/json", "text/html"].map((accept): EqualityRequest => ({
        method: "GET",
        target,
        headers: { accept },
      })),
    ),
  ];
}

function everyNth<Item>(items: readonly Item[], nth: number): Item[] {
  return items.filter((_, index) => index % nth === 0);
}
