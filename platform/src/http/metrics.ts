import type { RequestHandler } from "express";
import client from "prom-client";

export type ServerMetrics = { registry: client.Registry; observe: RequestHandler };

/** Process metrics, and the duration of every request by method, route pattern (never the raw path: it has no bound) and status. */
export function createServerMetrics(service: string): ServerMetrics {
  const registry = new client.Registry();
  registry.setDefaultLabels({ service });
  client.collectDefaultMetrics({ register: registry });
  const duration = new client.Histogram({
    name: "http_request_duration_seconds",
    help: "Time from the first byte of a request to the last byte of its answer.",
    labelNames: ["method", "route", "status"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  return {
    registry,
    observe: (request, response, next) => {
      const stop = duration.startTimer({ method: request.method });
      response.once("close", () => {
        stop({ route: routePattern(request), status: String(response.statusCode) });
      });
      next();
    },
  };
}

// --- internal ---

function routePattern(request: Parameters<RequestHandler>[0]): string {
  const route = (request as { route?: { path?: unknown } }).route;
  return typeof route?.path === "string" ? `${request.baseUrl}${route.path}` : "unmatched";
}
