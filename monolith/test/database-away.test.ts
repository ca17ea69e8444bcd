import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createDatabase, waitFor, type TestDatabase } from "@strangler/test-kit";
import { startMonolith, type Monolith } from "../src/app.ts";
import { setLogLevel } from "../src/lib/log.ts";
import { createBrowser } from "./support/browser.ts";
import { CARDS, checkout, countRows, payingWith, putIntoCart } from "./support/buying.ts";
import { layDatabaseLine, type DatabaseLine } from "./support/database-line.ts";
import { smallShop } from "./support/shop.ts";

let database: TestDatabase;
let line: DatabaseLine;
let monolith: Monolith;

beforeAll(async () => {
  setLogLevel("silent");
  database = await createDatabase(smallShop);
  line = await layDatabaseLine(database.url);
  monolith = await startMonolith({
    databaseUrl: line.url,
    host: "127.0.0.1",
    port: 0,
    // Long enough for the line to be cut, or the customer's patience to end, while the card is being charged.
    card: { latencyMs: 0, stallMs: 60_000, timeoutMs: 400 },
    jobs: false,
  });
});

afterAll(async () => {
  await monolith.close();
  await line.cut();
  await database.drop();
});

const visit = () => createBrowser(monolith.url);
const status = async (path: string) => (await visit().get(path)).status;

describe("a shop whose database goes away", () => {
  test("answers 503 as long as it is away, and goes on by itself when it is back", async () => {
    const paths = ["/readyz", "/api/products/5", "/api/products", "/products", "/", "/api/cart/badge"];
    expect(await Promise.all(paths.map(status))).toEqual([200, 200, 200, 200, 200, 200]);

    await line.cut();
    expect(await status("/livez")).toBe(200);
    expect(await Promise.all(["/readyz", "/api/products/5", "/products", "/"].map(status))).toEqual([
      503, 503, 503, 503,
    ]);

    await line.mend();
    await waitFor("the shop to be ready", async () => (await status("/readyz")) === 200);
    expect(await Promise.all(paths.map(status))).toEqual([200, 200, 200, 200, 200, 200]);
  });

  test("says so in words that tell nothing of the inside", async () => {
    await line.cut();
    const { headers, body } = await visit().get("/api/products/5");
    const page = await visit().get("/products");
    await line.mend();

    expect(headers.get("retry-after")).toBe("2");
    expect(headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
    expect(body).toEqual({
      type: "about:blank",
      title: "Service Unavailable",
      status: 503,
      detail: "The shop's database does not answer. Please try again in a moment.",
      instance: "/api/products/5",
    });
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  });

  test("loses nothing of an order that it could not finish", async () => {
    const guest = visit();
    await waitFor("the cart", async () => (await putIntoCart(guest, 5)).status === 201);
    const before = await countRows(database);

    const buying = guest.send("POST", "/api/orders", payingWith(CARDS.stalling));
    await waitFor("the order's transaction", async () => {
      const open = await database.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`,
      );
      return open.length > 0;
    });
    await line.cut();
    expect([503, 504]).toContain((await buying).status);

    await line.mend();
    await waitFor("the shop to be ready", async () => (await status("/readyz")) === 200);
    expect(await countRows(database)).toEqual(before);
    expect((await guest.send("POST", "/api/orders", checkout())).status).toBe(201);
  });
});

describe("a payment provider that never answers", () => {
  test("is given up after a while; the card is not charged and the cart stays", async () => {
    const guest = visit();
    await putIntoCart(guest, 7);
    const before = await countRows(database);

    const answer = await guest.send("POST", "/api/orders", payingWith(CARDS.stalling));

    expect(answer.status).toBe(504);
    expect(answer.body).toMatchObject({
      detail: "Our payment provider did not answer in time. Your card was not charged.",
    });
    expect(await countRows(database)).toEqual(before);
    expect(await database.query("SELECT outcome FROM payment_attempts ORDER BY id DESC LIMIT 1")).toEqual([
      { outcome: "timeout" },
    ]);
    expect((await guest.get("/api/cart/badge")).body).toEqual({ count: 1 });
  });
});
