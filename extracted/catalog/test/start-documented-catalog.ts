import { createLogger, startHttpServer, type HttpServer } from "@strangler/platform";
import type { ErrorRequestHandler, RequestHandler } from "express";
import OpenApiValidator from "express-openapi-validator";
import { OPEN_API_FILE } from "../src/http/open-api.ts";
import { addRoutes } from "../src/http/routes.ts";
import { createDatabase } from "../src/store/database.ts";

export type DocumentedCatalog = HttpServer & {
  /** Each JSON answer so far that was not as openapi.json describes it. */
  violations: readonly string[];
};

/** What an answer carries when the description has refused the request, so that the service never saw it. */
export const REFUSED_BY_DESCRIPTION = "x-refused-by-description";

/** The service's routes behind a validator that holds every request and every JSON answer against openapi.json. */
export async function startDocumentedCatalog(databaseUrl: string): Promise<DocumentedCatalog> {
  const log = createLogger({ name: "catalog", level: "silent" });
  const database = createDatabase(databaseUrl, log);
  const violations: string[] = [];
  const server = await startHttpServer({
    name: "catalog",
    host: "127.0.0.1",
    port: 0,
    log,
    readiness: async () => undefined,
    routes: (app) => {
      app.use(
        keepQuery,
        OpenApiValidator.middleware({
          apiSpec: OPEN_API_FILE,
          validateRequests: true,
          validateResponses: {
            onError: (error, _body, request) => violations.push(`${request.originalUrl}: ${error.message}`),
          },
          ignoreUndocumented: true,
        }),
        restoreQuery,
        answerRefusal,
      );
      addRoutes(app, database, log);
    },
  });
  return {
    ...server,
    violations,
    close: async () => {
      await server.close();
      await database.close();
    },
  };
}

// --- internal ---

// The validator puts numbers and defaults where it found texts; the service must read what was really sent.
const keepQuery: RequestHandler = (request, response, next) => {
  response.locals["sent"] = request.query;
  next();
};
const restoreQuery: RequestHandler = (request, response, next) => {
  Object.defineProperty(request, "query", { value: response.locals["sent"] as unknown, writable: true });
  next();
};

// Stands before the service's routes: what arrives here as an error is the validator's.
const answerRefusal: ErrorRequestHandler = (error: { status: number; message: string }, _request, response, _next) => {
  response.status(error.status).set(REFUSED_BY_DESCRIPTION, "yes").type("text/plain").send(error.message);
};
