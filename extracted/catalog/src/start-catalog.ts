import { startHttpServer, type HttpServer, type Logger } from "@strangler/platform";
import { addRoutes } from "./http/routes.ts";
import { createDatabase } from "./store/database.ts";
import { findWhatIsMissing } from "./store/find-what-is-missing.ts";

export type CatalogOptions = { databaseUrl: string; host: string; port: number; log: Logger };

/** Starts the service. It starts without its database, too: /readyz says what is missing until it is there. */
export async function startCatalog({ databaseUrl, host, port, log }: CatalogOptions): Promise<HttpServer> {
  const database = createDatabase(databaseUrl, log);
  const server = await startHttpServer({
    name: "catalog",
    host,
    port,
    log,
    readiness: () => findWhatIsMissing(database),
    routes: (app) => addRoutes(app, database, log),
  });
  return {
    ...server,
    close: async () => {
      await server.close();
      await database.close();
    },
  };
}
