import { parseArgs } from "node:util";
import pg from "pg";
import { seed } from "./seed.ts";
import { sizes } from "./sizes.ts";

// node monolith/seeds/main.ts --size small|large, with DATABASE_URL
process.exitCode = await run();

async function run(): Promise<number> {
  const { values } = parseArgs({ options: { size: { type: "string", default: "small" } } });
  const databaseUrl = process.env["DATABASE_URL"];
  if (values.size !== "small" && values.size !== "large") {
    console.error(`There is no size "${values.size}". Give --size small or --size large.`);
    return 2;
  }
  if (!databaseUrl) {
    console.error("DATABASE_URL is not set. Set it to the address of the shop's migrated database.");
    return 3;
  }
  return seedDatabase(databaseUrl, values.size);
}

async function seedDatabase(connectionString: string, size: "small" | "large"): Promise<number> {
  const client = new pg.Client({ connectionString });
  try {
    await client.connect();
  } catch (error) {
    console.error(`The database could not be reached: ${String(error)}. Start it, or correct DATABASE_URL.`);
    return 4;
  }
  try {
    const startedAt = performance.now();
    const filled = await seed(client, sizes[size]);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(
      filled ? `Seeded the ${size} shop in ${seconds} s.` : "This shop already has products; nothing was changed.",
    );
    return 0;
  } finally {
    await client.end();
  }
}
