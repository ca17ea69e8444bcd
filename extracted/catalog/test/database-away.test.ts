import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createLogger, type HttpServer } from "@strangler/platform";
import { createDatabase, type TestDatabase } from "@strangler/test-kit";
import { startCatalog } from "../src/start-catalog.ts";
import { layDatabaseLine, type DatabaseLine } from "./database-line.ts";
import { emptyCatalog, smallCatalog } from "./small-catalog.ts";

const log = createLogger({ name: "catalog", level: "silent" });
const paths = ["/api/products/1", "/api/products", "/api/search?q=lamp", "/products/arc-lamp", "/categories/lamps"];

let database: TestDatabase;
let line: DatabaseLine;
let catalog: HttpServer;

beforeEach(async () => {
  database = await createDatabase(smallCatalog);
  line = await layDatabaseLine(database.url);
  catalog = await startCatalog({ databaseUrl: line.url, host: "127.0.0.1", port: 0, log });
});

afterEach(async () => {
  await catalog.close();
  await line.cut();
  await database.drop();
});

describe("a catalog whose database goes away", () => {
  test("answers 503 as long as it is away, and goes on by itself when it is back", async () => {
    expect(await statuses()).toEqual([200, 200, 200, 200, 200]);

    await line.cut();
    expect(await statuses()).toEqual([503, 503, 503, 503, 503]);

    await line.mend();
    expect(await statuses()).toEqual([200, 200, 200, 200, 200]);
  });

  test("says when to ask again, and nothing of what went wrong inside", async () => {
    await line.cut();

    const answer = await fetch(`${catalog.url}/api/products/1`);

    expect(answer.headers.get("retry-after")).toBe("2");
    expect(answer.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
    expect(await answer.json()).toEqual({
      type: "about:blank",
      title: "Service Unavailable",
      status: 503,
      detail: "The shop's database does not answer. Please try again in a moment.",
      instance: "/api/products/1",
    });
  });

  test("says so on a page to whoever asked for a page", async () => {
    await line.cut();

    const answer = await fetch(`${catalog.url}/products/arc-lamp`);

    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(await answer.text()).toContain("The shop&#39;s database does not answer.");
  });

  test("does not wait for ever for a database that hangs", async () => {
    await line.silence();
    expect((await fetch(`${catalog.url}/api/products/1`)).status).toBe(503);

    await line.mend();
    expect((await fetch(`${catalog.url}/api/products/1`)).status).toBe(200);
  });

  test("is alive, but not ready", async () => {
    await line.cut();

    expect((await fetch(`${catalog.url}/livez`)).status).toBe(200);
    expect(await readiness(catalog)).toEqual({ status: 503, detail: "The catalog's database does not answer." });

    await line.mend();
    expect(await readiness(catalog)).toEqual({ status: 200, detail: undefined });
  });
});

describe("a catalog that starts before its database is ready", () => {
  test("says which tables are missing", async () => {
    await database.query("DROP TABLE reviews, features");

    expect(await readiness(catalog)).toEqual({
      status: 503,
      detail:
        "The catalog's database has no readable table features, reviews: run the migrations of migrations/catalog.",
    });
  });

  test("is ready when its tables are there, empty as they may be", async () => {
    const empty = await createDatabase(emptyCatalog);
    const started = await startCatalog({ databaseUrl: empty.url, host: "127.0.0.1", port: 0, log });

    expect(await readiness(started)).toEqual({ status: 200, detail: undefined });
    expect(await (await fetch(`${started.url}/api/products`)).json()).toMatchObject({ items: [], total: 0 });

    await started.close();
    await empty.drop();
  });
});

// --- internal ---

function statuses(): Promise<number[]> {
  return Promise.all(paths.map(async (path) => (await fetch(`${catalog.url}${path}`)).status));
}

async function readiness({ url }: HttpServer): Promise<{ status: number; detail: string | undefined }> {
  const answer = await fetch(`${url}/readyz`);
  const { detail } = (await answer.json()) as { detail?: string };
  return { status: answer.status, detail };
}
