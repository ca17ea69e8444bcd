import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { migrate, unmigrate } from "@strangler/stack";
import { startOwnCluster, withDatabase } from "@strangler/test-kit";
import knex, { type Knex } from "knex";
import { DATABASES, dumpOf, migrationsOf, type DatabaseName } from "./databases.ts";
import { dumpSchema } from "./dump-schema.ts";

describe.each(DATABASES)("the migrations of %s", (database) => {
  test("go up, down and up, each one alone, and leave no trace when they are down", () =>
    withDatabase(undefined, async ({ url }) => {
      for (const { name, up, down } of await readMigrations(database)) {
        const before = await dumpSchema(url);
        await inTransaction(url, up);
        const after = await dumpSchema(url);

        await inTransaction(url, down);
        expect({ name, schema: await dumpSchema(url) }).toEqual({ name, schema: before });

        await inTransaction(url, up);
        expect({ name, schema: await dumpSchema(url) }).toEqual({ name, schema: after });
      }
    }));

  test("go up, down and up together, and lead to the schema that is committed", () =>
    withDatabase(undefined, async ({ url }) => {
      const empty = await dumpSchema(url);

      const names = await migrate(url, migrationsOf(database));
      expect(await dumpSchema(url)).toBe(await readFile(dumpOf(database), "utf8"));
      expect(await unmigrate(url, migrationsOf(database))).toEqual(names.toReversed());
      expect(await dumpSchema(url)).toBe(empty);

      expect(await migrate(url, migrationsOf(database))).toEqual(names);
      expect(await dumpSchema(url)).toBe(await readFile(dumpOf(database), "utf8"));
    }));
});

describe("PostgreSQL 15, the oldest we support", () => {
  test("gives both databases the same schema as PostgreSQL 18", async () => {
    const cluster = await startOwnCluster({ version: 15 });
    try {
      for (const database of DATABASES) {
        await createEmptyDatabase(cluster.url("postgres"), database);
        await migrate(cluster.url(database), migrationsOf(database));

        expect(await dumpSchema(cluster.url(database))).toBe(await readFile(dumpOf(database), "utf8"));
      }
    } finally {
      await cluster.remove();
    }
  });
});

// --- internal ---

type Migration = { name: string; up: (knex: Knex) => Promise<void>; down: (knex: Knex) => Promise<void> };

async function readMigrations(database: DatabaseName): Promise<Migration[]> {
  const directory = migrationsOf(database);
  const files = (await readdir(directory)).filter((file) => /^\d{4}_.*\.ts$/.test(file)).sort();
  return Promise.all(
    files.map(async (name) => {
      const { up, down } = (await import(pathToFileURL(path.join(directory, name)).href)) as Migration;
      return { name, up, down };
    }),
  );
}

async function inTransaction(url: string, work: (knex: Knex) => PromiseLike<unknown>): Promise<void> {
  await withKnex(url, (database) => database.transaction(async (transaction) => void (await work(transaction))));
}

async function createEmptyDatabase(url: string, name: string): Promise<void> {
  await withKnex(url, async (server) => void (await server.raw("CREATE DATABASE ??", [name])));
}

async function withKnex(url: string, work: (database: Knex) => Promise<void>): Promise<void> {
  const database = knex({ client: "pg", connection: url, pool: { min: 0, max: 1 } });
  try {
    await work(database);
  } finally {
    await database.destroy();
  }
}
