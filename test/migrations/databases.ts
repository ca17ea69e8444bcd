import path from "node:path";

export const ROOT = path.resolve(import.meta.dirname, "../..");

/** The databases whose schema is kept as a dump beside its migrations. */
export const DATABASES = ["monolith", "catalog"] as const;
export type DatabaseName = (typeof DATABASES)[number];

export const migrationsOf = (database: DatabaseName): string => path.join(ROOT, "migrations", database);
export const dumpOf = (database: DatabaseName): string => path.join(migrationsOf(database), "schema.txt");
