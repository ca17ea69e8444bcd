import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openTestShop, type TestShop } from "./support/shop.ts";

type Item = { id: number; slug: string; name: string; priceCents: number; category: { slug: string } };
type List = { items: Item[]; page: number; pageSize: number; total: number };

let shop: TestShop;
beforeAll(async () => (shop = await openTestShop()));
afterAll(() => shop.close());

const get = (path: string) => shop.visit().get(path);
const list = async (path: string) => (await get(path)).body as List;

describe("the products of the shop", () => {
  test("come in pages that never overlap", async () => {
    const first = await list("/api/products?pageSize=30&sort=price-asc");
    const second = await list("/api/products?pageSize=30&sort=price-asc&page=2");

    expect(first).toMatchObject({ page: 1, pageSize: 30 });
    expect(first.items).toHaveLength(30);
    expect(new Set([...first.items, ...second.items].map(({ id }) => id)).size).toBe(60);
    expect(second.items[0]?.priceCents).toBeGreaterThanOrEqual(first.items[29]?.priceCents ?? Infinity);
  });

  test("are only those that are sold", async () => {
    const { total } = await list("/api/products");
    const [sold] = await shop.database.query<{ count: string }>(
      "SELECT count(*) FROM products WHERE is_active AND deleted_at IS NULL",
    );
    const [hidden] = await shop.database.query<{ id: number; slug: string }>(
      "SELECT id, slug FROM products WHERE deleted_at IS NOT NULL LIMIT 1",
    );

    expect(total).toBe(Number(sold?.count));
    expect((await get(`/api/products/${hidden?.id}`)).status).toBe(404);
    expect((await get(`/products/${hidden?.slug}`)).status).toBe(404);
  });

  test("can be narrowed to a department with all its categories", async () => {
    const { items, total } = await list("/api/products?category=kitchen&pageSize=100");
    const detail = (await get("/api/categories/kitchen")).body as {
      productCount: number;
      children: { slug: string }[];
    };

    expect(total).toBe(detail.productCount);
    expect(new Set(items.map(({ category }) => category.slug))).toEqual(
      new Set(detail.children.map(({ slug }) => slug)),
    );
  });

  test("show the same thing by number and by name", async () => {
    const [item] = (await list("/api/products?pageSize=1")).items;
    const product = (await get(`/api/products/${item?.id}`)).body as Item & { images: unknown[]; createdAt: string };
    const page = await get(`/products/${item?.slug}`);

    expect(product).toMatchObject({ id: item?.id, slug: item?.slug, priceCents: item?.priceCents });
    expect(product.images.length).toBeGreaterThan(0);
    expect(product.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(page.status).toBe(200);
    expect(page.text).toContain(`<h1>${item?.name.replaceAll("&", "&amp;").replaceAll("'", "&#39;")}</h1>`);
  });
});

describe("searching", () => {
  test("finds words in names and descriptions, the best match first", async () => {
    const { items, total } = await list("/api/search?q=wool+rug");

    expect(total).toBeGreaterThan(0);
    expect(items[0]?.name).toMatch(/Wool Rug/);
  });

  test("finds nothing without failing, whatever is typed", async () => {
    for (const words of ["xyzzy", "'", '"', "a & | ! :*", "%", "the", "ü", "<script>"]) {
      const { status, body } = await get(`/api/search?q=${encodeURIComponent(words)}`);
      expect({ words, status }).toEqual({ words, status: 200 });
      expect(body).toMatchObject({ page: 1 });
    }
  });

  test("shows what was typed, and not what it would do in a page", async () => {
    const { text } = await get(`/search?q=${encodeURIComponent('<script>alert("hello")</script>')}`);

    expect(text).toContain("&lt;script&gt;");
    expect(text).not.toContain("<script>alert");
  });
});

describe("reading the catalog", () => {
  const paths = [
    "/api/products?category=garden&sort=rating",
    "/api/products/5",
    "/api/products/5/reviews",
    "/api/categories",
    "/api/categories/garden",
    "/api/search?q=tent",
    "/products?page=2",
    "/categories/garden",
    "/search?q=tent",
  ];

  test("gives a customer the same bytes as a stranger, and no cookie", async () => {
    const customer = shop.visit();
    await customer.send("POST", "/api/cart/items", { productId: 5 });

    for (const path of paths) {
      const one = await customer.get(path);
      const other = await get(path);
      expect({ path, status: one.status }).toEqual({ path, status: 200 });
      expect(one.text).toBe(other.text);
      expect(one.headers.getSetCookie()).toEqual([]);
    }
  });

  test("writes nothing", async () => {
    const writes = `SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::int AS count FROM pg_stat_user_tables`;
    const xid = "SELECT pg_current_snapshot()::text AS snapshot";
    const before = [await shop.database.query(writes), await shop.database.query(xid)];

    for (const path of paths) await get(path);

    expect([await shop.database.query(writes), await shop.database.query(xid)]).toEqual(before);
  });

  test("needs no second look at the clock: nothing changes while no row does", async () => {
    for (const path of paths) expect((await get(path)).text).toBe((await get(path)).text);
  });
});

describe("the pages", () => {
  test("of the shop can all be opened", async () => {
    for (const path of ["/", "/products", "/search", "/cart", "/login", "/register"]) {
      const { status, headers, text } = await get(path);
      expect({ path, status }).toEqual({ path, status: 200 });
      expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
      expect(text).toContain("</html>");
    }
  });

  test("name assets that exist", async () => {
    const { text } = await get("/");
    const assets = new Set([...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? ""));

    expect(assets.size).toBeGreaterThan(10);
    for (const asset of assets) expect({ asset, status: (await get(asset)).status }).toEqual({ asset, status: 200 });
  });

  test("show every picture of the catalog", async () => {
    const urls = await shop.database.query<{ url: string }>("SELECT DISTINCT url FROM product_images ORDER BY url");
    const statuses = await Promise.all(urls.map(async ({ url }) => (await get(url)).status));

    expect(urls.length).toBeGreaterThan(300);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});
