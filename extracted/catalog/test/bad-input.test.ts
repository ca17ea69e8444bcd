import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createLogger, type HttpServer } from "@strangler/platform";
import { createDatabase, type TestDatabase } from "@strangler/test-kit";
import { startCatalog } from "../src/start-catalog.ts";
import { smallCatalog } from "./small-catalog.ts";
import { REFUSED_BY_DESCRIPTION, startDocumentedCatalog } from "./start-documented-catalog.ts";

let database: TestDatabase;
let catalog: HttpServer;
let documented: HttpServer;

beforeAll(async () => {
  database = await createDatabase(smallCatalog);
  const log = createLogger({ name: "catalog", level: "silent" });
  catalog = await startCatalog({ databaseUrl: database.url, host: "127.0.0.1", port: 0, log });
  documented = await startDocumentedCatalog(database.url);
});

afterAll(async () => {
  await Promise.all([catalog.close(), documented.close()]);
  await database.drop();
});

const lists = ["/api/products", "/products", "/api/products/1/reviews", "/products/arc-lamp", "/categories/lamps"];
const numbers = ["0", "-1", "1.5", "abc", "10001", "99999999999999999999"];
const refused = [
  ...lists.flatMap((list) => numbers.map((number) => `${list}?page=${number}`)),
  ...lists.flatMap((list) => ["0", "101", "many"].map((size) => `${list}?pageSize=${size}`)),
  ...["/api/products", "/products", "/categories/lamps"].map((list) => `${list}?sort=cheapest`),
  ...["/api/search", "/api/search?q=", "/api/search?page=2", `/api/search?q=${"x".repeat(201)}`],
  ...[`/search?q=${"x".repeat(201)}`, "/search?q=a%00b", "/api/search?q=a%00b"],
  ...["/api/products?category=", `/api/products?category=${"x".repeat(201)}`],
];

describe("bad input", () => {
  test.each(refused)("is refused by the service and by its description alike: %s", async (path) => {
    const answer = await fetch(`${catalog.url}${path}`);
    const described = await fetch(`${documented.url}${path}`);

    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toMatch(
      path.startsWith("/api/") ? /^application\/problem\+json/ : /^text\/html/,
    );
    expect([described.status, described.headers.get(REFUSED_BY_DESCRIPTION)]).toEqual([400, "yes"]);
  });

  test("is told what is wrong with each parameter", async () => {
    const answer = await fetch(`${catalog.url}/api/products?page=0&pageSize=1000&sort=cheapest`);

    expect(await answer.json()).toEqual({
      type: "about:blank",
      title: "Bad Request",
      status: 400,
      detail:
        "page must be a whole number from 1 to 10000; pageSize must be a whole number from 1 to 100; " +
        "sort must be one of newest, price-asc, price-desc, rating.",
      instance: "/api/products",
      errors: [
        { field: "page", message: "must be a whole number from 1 to 10000" },
        { field: "pageSize", message: "must be a whole number from 1 to 100" },
        { field: "sort", message: "must be one of newest, price-asc, price-desc, rating" },
      ],
    });
  });

  test.each(["/api/products/%", "/api/categories/%E0%A4%A", "/products/%FF", "/categories/%"])(
    "in an address that cannot be decoded is the sender's fault: %s",
    async (path) => {
      expect((await fetch(`${catalog.url}${path}`)).status).toBe(400);
    },
  );

  test.each(["/api/categories/%00", "/products/%00", "/categories/..%2f..%2fetc", "/api/categories/constructor"])(
    "that names nothing finds nothing: %s",
    async (path) => {
      expect((await fetch(`${catalog.url}${path}`)).status).toBe(404);
    },
  );

  test.each(["/api/products/", "/API/products", "/Products", "/products/arc-lamp/", "/nothing"])(
    "in the spelling of an address is no route: %s",
    async (path) => {
      expect((await fetch(`${catalog.url}${path}`)).status).toBe(404);
    },
  );

  test("comes in no other method than GET and HEAD", async () => {
    const answers = await Promise.all(
      ["POST", "PUT", "PATCH", "DELETE"].map((method) => fetch(`${catalog.url}/api/products/1`, { method })),
    );

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
  });
});
