import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createDatabase, startProcess, waitFor, type TestDatabase } from "@strangler/test-kit";
import { createBrowser } from "./support/browser.ts";
import { CARDS, payingWith, putIntoCart } from "./support/buying.ts";
import { smallShop } from "./support/shop.ts";

const MAIN = path.resolve(import.meta.dirname, "../src/main.ts");
const SEED = path.resolve(import.meta.dirname, "../seeds/main.ts");

let database: TestDatabase;
beforeAll(async () => (database = await createDatabase(smallShop)));
afterAll(() => database.drop());

describe("the shop's process", () => {
  test("finishes an order that is being paid before it ends", async () => {
    const shop = startProcess({
      script: MAIN,
      env: { DATABASE_URL: database.url, PORT: "0", CARD_STALL_MS: "700", LOG_LEVEL: "info", JOBS: "on" },
    });
    const { url } = JSON.parse(await shop.waitForLine(/"url":"http:/)) as { url: string };
    const guest = createBrowser(url);
    await putIntoCart(guest, 5);

    const buying = guest.send("POST", "/api/orders", payingWith(CARDS.stalling));
    await waitForTransaction();
    await shop.kill("SIGTERM");

    expect((await buying).status).toBe(201);
    expect(await shop.exited).toEqual({ status: 0, signal: null });
    expect(shop.lines.every((line) => line.startsWith("{") && JSON.parse(line) !== null)).toBe(true);
  });

  test("refuses settings it cannot use, in one sentence", async () => {
    await expectRefusals([
      { script: MAIN, env: { DATABASE_URL: "" }, status: 3, sentence: "DATABASE_URL is not set" },
      { script: MAIN, env: { LOG_LEVEL: "loud" }, status: 3, sentence: 'LOG_LEVEL is "loud"' },
      { script: MAIN, env: { PORT: "eighty" }, status: 3, sentence: 'PORT is "eighty"' },
    ]);
  });

  test("says that its port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;

    await expectRefusals([{ script: MAIN, env: { PORT: String(port) }, status: 4, sentence: `127.0.0.1:${port}` }]);
    other.close();
  });
});

describe("the seed", () => {
  test("leaves a shop alone that has products already", async () => {
    const seeding = startProcess({ script: SEED, args: ["--size", "large"], env: { DATABASE_URL: database.url } });

    expect((await seeding.exited).status).toBe(0);
    expect(seeding.lines).toEqual(["This shop already has products; nothing was changed."]);
  });

  test("refuses in one sentence", async () => {
    const away = "postgres://nobody@127.0.0.1:1/none";
    await expectRefusals([
      { script: SEED, args: ["--size", "huge"], status: 2, sentence: 'There is no size "huge"' },
      { script: SEED, env: { DATABASE_URL: "" }, status: 3, sentence: "DATABASE_URL is not set" },
      { script: SEED, env: { DATABASE_URL: away }, status: 4, sentence: "could not be reached" },
    ]);
  });
});

type Refusal = { script: string; args?: string[]; env?: Record<string, string>; status: number; sentence: string };

async function expectRefusals(refusals: Refusal[]): Promise<void> {
  const ended = refusals.map(async ({ script, args = [], env = {} }) => {
    const started = startProcess({ script, args, env: { DATABASE_URL: database.url, PORT: "0", ...env } });
    return { status: (await started.exited).status, lines: started.lines };
  });
  expect(await Promise.all(ended)).toEqual(
    refusals.map(({ status, sentence }) => ({ status, lines: [expect.stringContaining(sentence)] })),
  );
}

async function waitForTransaction(): Promise<void> {
  await waitFor("the order's transaction", async () => {
    const open = await database.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`,
    );
    return open.length > 0;
  });
}
