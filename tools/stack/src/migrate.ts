import { readdir } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Knex } from "knex";
import { MigrationFailedError } from "./errors.ts";

/** Brings the database up to the newest migration of `directory`. Returns the names that ran. */
export function migrate(databaseUrl: string, directory: string): Promise<string[]> {
  return withMigrations(databaseUrl, directory, async (database, config) => {
    const [, names] = (await database.migrate.latest(config)) as [number, string[]];
    return names;
  });
}

/** Takes every migration of `directory` back, newest first. Returns the names that ran. */
export function unmigrate(databaseUrl: string, directory: string): Promise<string[]> {
  return withMigrations(databaseUrl, directory, async (database, config) => {
    const [, names] = (await database.migrate.rollback(config, true)) as [number, string[]];
    return names;
  });
}

// --- internal ---

type Migration = { name: string; file: string };

// knex would record names with their extension; a build that renames .ts to .js must not look like a new migration.
function migrationSource(directory: string): Knex.MigrationSource<Migration> {
  return {
    getMigrations: async () => {
      const files = (await readdir(directory)).filter(
        (file) => /^\d{4}_.*\.(ts|js)$/.test(file) && !file.endsWith(".d.ts"),
      );
      return files.sort().map((file) => ({ name: file.replace(/\.(ts|js)$/, ""), file: path.join(directory, file) }));
    },
    getMigrationName: ({ name }) => name,
    getMigration: async ({ file }) => (await import(pathToFileURL(file).href)) as Knex.Migration,
  };
}

async function withMigrations(
  databaseUrl: string,
  directory: string,
  work: (database: Knex, config: Knex.MigratorConfig) => Promise<string[]>,
): Promise<string[]> {
  // Loaded when needed: it takes longer than all else together, and most commands never migrate.
  const { default: knex } = await import("knex");
  const database = knex({ client: "pg", connection: databaseUrl, pool: { min: 0, max: 1 } });
  try {
    return await work(database, { migrationSource: migrationSource(path.resolve(directory)) });
  } catch (error) {
    throw new MigrationFailedError(directory, error);
  } finally {
    await database.destroy();
  }
}
