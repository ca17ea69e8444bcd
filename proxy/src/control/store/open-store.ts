import type { Logger } from "@strangler/platform";
import { createFileStore } from "./file-store.ts";
import { createPostgresStore } from "./postgres-store.ts";
import type { RoutesStore } from "./routes-store.ts";

export type StorePlace = {
  routesFile: string;
  /** Of the database that keeps the routes instead of the file; undefined for the file. */
  routesDatabaseUrl?: string | undefined;
};

/** The store that the configuration names. */
export function openStore({ routesFile, routesDatabaseUrl }: StorePlace, log?: Logger): RoutesStore {
  return routesDatabaseUrl === undefined
    ? createFileStore(routesFile, { log })
    : createPostgresStore(routesDatabaseUrl, { log });
}
