import { userInfo } from "node:os";
import { ExitCode } from "@strangler/platform";
import { openStore, readStorePlace, type RoutesStore } from "@strangler/proxy";
import { placesOf, type RouteArguments } from "./options.ts";

/** Lends the store that the proxy has too: the plan's routes file, or the database that the environment names. */
export async function withStore<Result>(
  args: RouteArguments,
  use: (store: RoutesStore) => Promise<Result>,
): Promise<Result> {
  const store = openStore({ ...readStorePlace(process.env), routesFile: placesOf(args).routesFile });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** The address of the routes' database. Throws where the routes are in a file. */
export function databaseUrl(): string {
  const { routesDatabaseUrl } = readStorePlace(process.env);
  if (routesDatabaseUrl === undefined) throw new StoreIsFileError();
  return routesDatabaseUrl;
}

/** Who is at the keyboard, for the audit log. */
export function findActor(): string {
  try {
    return `os:${userInfo().username}`;
  } catch {
    // A container may run under a number that has no name.
    return `os:${process.getuid?.() ?? "unknown"}`;
  }
}

// --- internal ---

class StoreIsFileError extends Error {
  readonly code = "STORE_IS_FILE";
  readonly exitCode = ExitCode.usage;

  constructor() {
    super("A file needs nothing made. Say ROUTES_STORE=postgres and ROUTES_DATABASE_URL=... for the database.");
  }
}
