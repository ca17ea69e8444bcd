import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type ErrorRequestHandler, type Express } from "express";
import helmet from "helmet";
import { errorCode } from "../error-code.ts";
import { PortTakenError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { createServerMetrics } from "./metrics.ts";
import { HttpProblem, PROBLEM_MEDIA_TYPE, problem, type Problem } from "./problem.ts";
import { continueTrace } from "./trace-context.ts";

export type HttpServerOptions = {
  name: string;
  host: string;
  /** 0 lets the system choose. */
  port: number;
  log: Logger;
  /** Adds the service's own routes. */
  routes: (app: Express) => void;
  /** Names what is missing, or answers undefined when requests can be served. */
  readiness: () => Promise<string | undefined>;
  /** Largest request body, in express' notation. */
  bodyLimit?: string;
  /** How long open requests may still take after `close()`. */
  drainMs?: number;
};

export type HttpServer = { url: string; port: number; app: Express; close: () => Promise<void> };

/**
 * A service's HTTP server: request id and trace context on every answer, security headers, bounded bodies,
 * /livez, /readyz and /metrics, problem details for every error, and a close that lets open requests finish.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { name, host, log, drainMs = 10_000 } = options;
  const app = express();
  const metrics = createServerMetrics(name);
  let draining = false;

  app.disable("x-powered-by");
  app.use(identify(log), metrics.observe, helmet(HEADERS));
  app.get("/livez", (_request, response) => response.json({ status: "ok" }));
  app.get("/readyz", async (_request, response) => {
    const missing = draining ? "shutting down" : await options.readiness();
    if (missing === undefined) response.json({ status: "ok" });
    else sendProblem(response, problem(503, "Service Unavailable", missing));
  });
  app.get("/metrics", async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  app.use(express.json({ limit: options.bodyLimit ?? "100kb" }));
  options.routes(app);
  app.use((request, response) =>
    sendProblem(response, problem(404, "Not Found", "There is nothing here.", request.path)),
  );
  app.use(answerErrors(log));

  const server = createServer(app);
  const port = await listen(server, host, options.port);
  return {
    url: `http://${host}:${port}`,
    port,
    app,
    close: () => {
      draining = true;
      return drain(server, drainMs);
    },
  };
}

/** Listens, or throws PortTakenError. Returns the port. With `reusePort`, other processes may listen there too. */
export async function listen(server: Server, host: string, port: number, reusePort = false): Promise<number> {
  server.listen({ port, host, reusePort });
  try {
    await once(server, "listening");
  } catch (error) {
    if (errorCode(error) === "EADDRINUSE") throw new PortTakenError(host, port, error);
    throw error;
  }
  return (server.address() as AddressInfo).port;
}

/** Takes no new connections, lets open requests finish for `drainMs`, then ends what is left. */
export async function drain(server: Server, drainMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const deadline = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearTimeout(deadline);
}

// --- internal ---

const HEADERS: Parameters<typeof helmet>[0] = {
  contentSecurityPolicy: { directives: { "upgrade-insecure-requests": null } },
  // Speaks for a whole host, of which a service is one part behind a proxy: the edge decides it.
  strictTransportSecurity: false,
  // With no referrer at all, browsers send forms with "Origin: null", and whoever checks the origin must refuse them.
  referrerPolicy: { policy: "same-origin" },
};

const REQUEST_ID = /^[\w.:-]{1,128}$/;

function identify(log: Logger): express.RequestHandler {
  return (request, response, next) => {
    const given = request.get("x-request-id");
    const requestId = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
    const trace = continueTrace(request.get("traceparent"));
    const startedAt = performance.now();
    response.set({ "x-request-id": requestId, traceparent: trace.traceparent });
    response.once("close", () => {
      const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
      log.debug(
        {
          requestId,
          traceId: trace.traceId,
          method: request.method,
          path: request.path,
          status: response.statusCode,
          durationMs,
        },
        "request",
      );
    });
    next();
  };
}

function sendProblem(response: express.Response, body: Problem): void {
  response.status(body.status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(body));
}

function answerErrors(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const body = problemOf(error);
    if (body.status >= 500) log.error({ err: error, path: request.path }, "request failed");
    sendProblem(response, { ...body, instance: request.path });
  };
}

function problemOf(error: unknown): Problem {
  if (error instanceof HttpProblem) return error.problem;
  const status = error instanceof Error && "status" in error && typeof error.status === "number" ? error.status : 500;
  // What went wrong inside is for the log; the customer learns that it did.
  if (status >= 500) return problem(status, "Internal Server Error");
  return problem(status, "Bad Request", error instanceof Error ? error.message : undefined);
}
