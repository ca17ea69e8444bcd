import { EnvironmentInvalidError } from "@strangler/platform";
import { z } from "zod";

/** Where the routes are kept: in ROUTES_FILE, or in a database. */
export const storeVariables = {
  ROUTES_STORE: z.enum(["file", "postgres"]).default("file"),
  ROUTES_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: "not the URL of a PostgreSQL database" }).optional(),
};

export type StoreEnvironment = z.output<z.ZodObject<typeof storeVariables>>;

/** The database's address; undefined for the file. Throws EnvironmentInvalidError when it is missing. */
export function databaseUrlOf({ ROUTES_STORE, ROUTES_DATABASE_URL }: StoreEnvironment): string | undefined {
  if (ROUTES_STORE === "file") return undefined;
  if (ROUTES_DATABASE_URL !== undefined) return ROUTES_DATABASE_URL;
  throw new EnvironmentInvalidError(["ROUTES_DATABASE_URL: needed with ROUTES_STORE=postgres"]);
}
