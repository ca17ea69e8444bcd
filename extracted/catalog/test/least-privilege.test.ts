import { randomBytes } from "node:crypto";
import { expect, test } from "@jest/globals";
import { createLogger } from "@strangler/platform";
import { withDatabase } from "@strangler/test-kit";
import { startCatalog } from "../src/start-catalog.ts";
import { smallCatalog } from "./small-catalog.ts";

test("the catalog serves with no more rights than to read its five tables", () =>
  withDatabase(smallCatalog, async ({ url, query }) => {
    const role = `catalog_reader_${randomBytes(4).toString("hex")}`;
    await query(`CREATE ROLE ${role} LOGIN PASSWORD 'a-word'`);
    await query(`GRANT SELECT ON categories, items, pictures, features, reviews TO ${role}`);
    const catalog = await startCatalog({
      databaseUrl: as(role, "a-word", url),
      host: "127.0.0.1",
      port: 0,
      log: createLogger({ name: "catalog", level: "silent" }),
    });

    const paths = ["/readyz", "/api/products", "/api/products/1", "/api/products/1/reviews", "/api/categories"];
    const pages = ["/api/search?q=lamp", "/products", "/products/arc-lamp", "/categories/lamps", "/search?q=lamp"];
    const answers = await Promise.all([...paths, ...pages].map((path) => fetch(`${catalog.url}${path}`)));
    const statuses = answers.map(({ status }) => status);
    await catalog.close();
    await query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);

    expect(statuses).toEqual(answers.map(() => 200));
  }));

// --- internal ---

function as(role: string, password: string, databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.username = role;
  url.password = password;
  return url.href;
}
