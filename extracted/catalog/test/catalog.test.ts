import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { createDatabase, type TestDatabase } from "@strangler/test-kit";
import { smallCatalog } from "./small-catalog.ts";
import { startDocumentedCatalog, type DocumentedCatalog } from "./start-documented-catalog.ts";

let database: TestDatabase;
let catalog: DocumentedCatalog;

beforeAll(async () => {
  database = await createDatabase(smallCatalog);
  catalog = await startDocumentedCatalog(database.url);
});

afterEach(() => {
  expect(catalog.violations).toEqual([]);
});

afterAll(async () => {
  await catalog.close();
  await database.drop();
});

describe("a list of products", () => {
  test("shows what is listed, the newest first, and never what is not", async () => {
    expect(await slugs("/api/products")).toEqual(["night-light", "desk-lamp", "arc-lamp", "oak-chair"]);
  });

  test.each([
    ["newest", ["night-light", "desk-lamp", "arc-lamp", "oak-chair"]],
    ["price-asc", ["night-light", "desk-lamp", "oak-chair", "arc-lamp"]],
    ["price-desc", ["arc-lamp", "desk-lamp", "oak-chair", "night-light"]],
    ["rating", ["arc-lamp", "oak-chair", "desk-lamp", "night-light"]],
  ])("is ordered by %s, and by id where that leaves a choice", async (sort, expected) => {
    expect(await slugs(`/api/products?sort=${sort}`)).toEqual(expected);
  });

  test("says how many there are beside the page that was asked for", async () => {
    const { items, ...rest } = await json<ItemsList>("/api/products?page=2&pageSize=3");

    expect(items.map(({ slug }) => slug)).toEqual(["oak-chair"]);
    expect(rest).toEqual({ page: 2, pageSize: 3, total: 4 });
  });

  test("is empty behind its last page", async () => {
    expect(await json("/api/products?page=9")).toEqual({ items: [], page: 9, pageSize: 20, total: 4 });
  });

  test("of a department holds what lies in its categories", async () => {
    expect(await slugs("/api/products?category=lamps")).toEqual(["night-light", "desk-lamp", "arc-lamp"]);
    expect(await slugs("/api/products?category=home")).toHaveLength(4);
    expect(await slugs("/api/products?category=garden")).toEqual([]);
  });

  test("shows the first picture of each, or none", async () => {
    const { items } = await json<ItemsList>("/api/products?sort=price-desc");

    expect(items[0]?.image).toEqual({ url: "/assets/pictures/lamp/blue-front.svg", alt: "Arc Lamp, front" });
    expect(items[1]?.image).toBeNull();
  });
});

describe("a product", () => {
  test("is told in the words that the shop's clients know", async () => {
    expect(await json("/api/products/1")).toEqual({
      id: 1,
      slug: "arc-lamp",
      sku: "L-1",
      name: "Arc Lamp",
      description: "A tall lamp of steel for reading.",
      category: { id: 3, slug: "lamps", name: "Lamps", parent: { id: 1, slug: "home", name: "Home" } },
      priceCents: 12990,
      currency: "EUR",
      taxClass: "standard",
      weightGrams: 5200,
      images: [
        { url: "/assets/pictures/lamp/blue-front.svg", alt: "Arc Lamp, front" },
        { url: "/assets/pictures/lamp/blue-detail.svg", alt: "Arc Lamp, detail" },
      ],
      attributes: [
        { name: "Material", value: "Steel" },
        { name: "Height", value: "180 cm" },
      ],
      rating: { average: 4.25, count: 12 },
      stockAvailable: 7,
      createdAt: "2026-01-01T10:00:00.123Z",
      updatedAt: "2026-02-01T10:00:00.999Z",
    });
  });

  test("that nobody has rated has an average of 0 over 0", async () => {
    expect(await json("/api/products/2")).toMatchObject({ rating: { average: 0, count: 0 }, images: [] });
  });

  test.each(["3", "999", "0", "01", "-1", "1.5", "abc", "2147483648", "99999999999999999999"])(
    "that is not listed, or no product at all, is not found: %s",
    async (id) => {
      const answer = await get(`/api/products/${id}`);

      expect(answer.status).toBe(404);
      expect(answer.contentType).toBe("application/problem+json; charset=utf-8");
      expect(JSON.parse(answer.body)).toEqual({
        type: "about:blank",
        title: "Not Found",
        status: 404,
        detail: `There is no product "${id}".`,
        instance: `/api/products/${id}`,
      });
    },
  );
});

describe("reviews", () => {
  test("come the newest first, ten to a page", async () => {
    const first = await json<ReviewsList>("/api/products/1/reviews");
    const second = await json<ReviewsList>("/api/products/1/reviews?page=2");

    expect(first).toMatchObject({ page: 1, pageSize: 10, total: 12 });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(second.items[1]).toEqual({
      id: 1,
      rating: 2,
      title: "Review 1",
      body: "Body 1",
      authorName: "Ada L.",
      createdAt: "2026-01-10T10:00:00.000Z",
    });
  });

  test("of a product without any are an empty list; of a product not listed there are none to read", async () => {
    expect(await json("/api/products/4/reviews")).toEqual({ items: [], page: 1, pageSize: 10, total: 0 });
    expect((await get("/api/products/3/reviews")).status).toBe(404);
  });
});

describe("categories", () => {
  test("come departments first, each with what is on sale in it", async () => {
    const { items } = await json<{ items: { slug: string; productCount: number }[] }>("/api/categories");

    expect(items.map(({ slug, productCount }) => [slug, productCount])).toEqual([
      ["garden", 0],
      ["home", 4],
      ["lamps", 3],
      ["chairs", 1],
    ]);
  });

  test("are told one by one with what is above and below", async () => {
    expect(await json("/api/categories/lamps")).toMatchObject({
      parentId: 1,
      description: "Light where you want it.",
      parent: { slug: "home" },
      children: [],
    });
    expect(await json("/api/categories/home")).toMatchObject({
      parent: null,
      children: [{ slug: "lamps" }, { slug: "chairs" }],
    });
    expect((await get("/api/categories/nothing")).status).toBe(404);
  });
});

describe("search", () => {
  test("finds words in any form, the best match first, and by id where two match alike", async () => {
    expect(await slugs("/api/search?q=lamps")).toEqual(["night-light", "arc-lamp", "desk-lamp", "oak-chair"]);
  });

  test("leaves out what the customer leaves out", async () => {
    expect(await slugs("/api/search?q=lamp%20-steel%20-chair")).toEqual(["desk-lamp", "night-light"]);
  });

  test.each(["%22", "(", "%27%3B%20DROP%20TABLE%20items%3B--", "%5C", "%F0%9F%AA%91", "the", "%25"])(
    "takes any text for words: %s",
    async (words) => {
      expect(await json(`/api/search?q=${words}`)).toMatchObject({ items: [], total: 0 });
    },
  );
});

describe("a page", () => {
  test("escapes what people have written", async () => {
    const { body } = await get("/products/desk-lamp");

    expect(body).toContain("<h1>Desk Lamp &lt;b&gt;&#34;Größe&#34; &amp; Co&lt;/b&gt;</h1>");
    expect((await get("/search?q=%3Cscript%3E")).body).not.toContain("<script>");
  });

  test("holds nothing of a customer: the same bytes for everybody, and no cookie", async () => {
    const anybody = await fetch(`${catalog.url}/products/arc-lamp`);
    const somebody = await fetch(`${catalog.url}/products/arc-lamp`, { headers: { cookie: "sid=somebody" } });

    expect(await somebody.text()).toBe(await anybody.text());
    expect(somebody.headers.get("set-cookie")).toBeNull();
  });

  test("lets its forms be sent to the monolith, which looks at where they come from", async () => {
    const { headers } = await fetch(`${catalog.url}/products/arc-lamp`);

    expect(headers.get("referrer-policy")).toBe("same-origin");
    expect(headers.get("content-security-policy")).toContain("form-action 'self'");
  });

  test.each(["/products?page=2", "/products/arc-lamp", "/categories/home?sort=rating", "/search?q=lamp", "/search"])(
    "is there: %s",
    async (path) => {
      const { status, contentType, body } = await get(path);

      expect([status, contentType]).toEqual([200, "text/html; charset=utf-8"]);
      expect(body).toMatch(/^<!doctype html>[^]*<\/html>\n$/);
    },
  );
});

describe("the service", () => {
  test("hands out the description that it is held against", async () => {
    const description = await json<{ paths: object }>("/openapi.json");

    expect(Object.keys(description.paths)).toEqual([
      "/api/products",
      "/api/products/{id}",
      "/api/products/{id}/reviews",
      "/api/categories",
      "/api/categories/{slug}",
      "/api/search",
      "/products",
      "/products/{slug}",
      "/categories/{slug}",
      "/search",
    ]);
  });

  test("counts its requests by route, never by address", async () => {
    await get("/api/products/1");

    const { body } = await get("/metrics");

    expect(body).toContain('route="/api/products/:id"');
    expect(body).not.toContain('route="/api/products/1"');
  });

  test("answers a HEAD with the head of the GET's answer", async () => {
    const whole = await fetch(`${catalog.url}/openapi.json`);
    const head = await fetch(`${catalog.url}/openapi.json`, { method: "HEAD" });

    expect(await head.text()).toBe("");
    expect(head.headers.get("content-length")).toBe(String((await whole.bytes()).length));
  });
});

// --- internal ---

type ItemsList = { items: { slug: string; image: unknown }[] };
type ReviewsList = { items: { id: number }[] };

async function get(path: string): Promise<{ status: number; contentType: string | null; body: string }> {
  const response = await fetch(`${catalog.url}${path}`);
  return { status: response.status, contentType: response.headers.get("content-type"), body: await response.text() };
}

async function json<Body = unknown>(path: string): Promise<Body> {
  const { status, body } = await get(path);
  if (status !== 200) throw new Error(`${path} was answered with ${status}: ${body}`);
  return JSON.parse(body) as Body;
}

async function slugs(path: string): Promise<string[]> {
  return (await json<ItemsList>(path)).items.map(({ slug }) => slug);
}
