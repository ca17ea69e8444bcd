import { DatabaseUnavailableError } from "../errors.ts";
import type { Database, Statement } from "./database.ts";

const tables = ["categories", "features", "items", "pictures", "reviews"];

const missingTables: Statement<{ name: string }> = {
  name: "missing-tables",
  sql: `
    SELECT name
      FROM unnest($1::text[]) AS name
     WHERE to_regclass(format('public.%I', name)) IS NULL
        OR NOT has_table_privilege(to_regclass(format('public.%I', name)), 'SELECT')
     ORDER BY name`,
};

/** A sentence that names what the service needs and does not find; undefined when it can serve. */
export async function findWhatIsMissing(database: Database): Promise<string | undefined> {
  try {
    const missing = await database.query(missingTables, [tables]);
    if (missing.length === 0) return undefined;
    const names = missing.map(({ name }) => name).join(", ");
    return `The catalog's database has no readable table ${names}: run the migrations of migrations/catalog.`;
  } catch (error) {
    if (error instanceof DatabaseUnavailableError) return "The catalog's database does not answer.";
    throw error;
  }
}
