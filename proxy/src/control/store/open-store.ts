import { parseEnvironment, type Logger } from "@strangler/platform";
import { z } from "zod";
import { createFileStore } from "./file-store.ts";
import { createPostgresStore } from "./postgres-store.ts";
import type { RoutesStore } from "./routes-store.ts";
import { databaseUrlOf, storeVariables } from "./store-variables.ts";

export type StorePlace = {
  routesFile: string;
  /** Of the database that keeps the routes instead of the file; undefined for the file. */
  routesDatabaseUrl?: string | undefined;
};

/** The store that the environment names. Throws EnvironmentInvalidError. */
export function readStorePlace(
  variables: Readonly<Record<string, string | undefined>>,
): Omit<StorePlace, "routesFile"> {
  return { routesDatabaseUrl: databaseUrlOf(parseEnvironment(z.object(storeVariables), variables)) };
}

/** The store that the configuration names. */
export function openStore({ routesFile, routesDatabaseUrl }: StorePlace, log?: Logger): RoutesStore {
  return routesDatabaseUrl === undefined
    ? createFileStore(routesFile, { log })
    : createPostgresStore(routesDatabaseUrl, { log });
}
