import path from "node:path";
import { migrate } from "@strangler/stack";
import { createDatabase, type Template, type TestDatabase } from "@strangler/test-kit";
import pg from "pg";
import { seed } from "../../seeds/seed.ts";
import { sizes } from "../../seeds/sizes.ts";
import { startMonolith, type MonolithOptions } from "../../src/app.ts";
import { setLogLevel } from "../../src/lib/log.ts";
import { createBrowser, type Browser } from "./browser.ts";

const MIGRATIONS = path.resolve(import.meta.dirname, "../../../migrations/monolith");

/** The small shop as `seeds/main.ts` fills it. */
export const smallShop: Template = {
  name: "monolith_small",
  build: async (url) => {
    await migrate(url, MIGRATIONS);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await seed(client, sizes.small);
    } finally {
      await client.end();
    }
  },
};

export type TestShop = {
  url: string;
  database: TestDatabase;
  /** Somebody new in front of the shop, with a cookie jar of her own. */
  visit: () => Browser;
  close: () => Promise<void>;
};

/** The seeded shop on a database of its own, with a card gateway that answers at once. */
export async function openTestShop(options: Partial<MonolithOptions> = {}): Promise<TestShop> {
  setLogLevel("silent");
  const database = await createDatabase(smallShop);
  const monolith = await startMonolith({
    databaseUrl: database.url,
    host: "127.0.0.1",
    port: 0,
    card: { latencyMs: 0, stallMs: 20, timeoutMs: 5_000 },
    jobs: false,
    ...options,
  });
  return {
    url: monolith.url,
    database,
    visit: () => createBrowser(monolith.url),
    close: async () => {
      await monolith.close();
      await database.drop();
    },
  };
}
