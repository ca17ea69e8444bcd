import { createServer, type Server } from "node:http";
import { HttpProblem, isKnownError, PROBLEM_MEDIA_TYPE, problem, type Logger, type Problem } from "@strangler/platform";
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from "express";
import helmet from "helmet";
import { z } from "zod";
import type { Control } from "../control.ts";
import type { Dashboard } from "../dashboard/dashboard.ts";
import type { AdminAccess } from "./access.ts";
import type { Asked, Endpoint } from "./endpoint.ts";
import { healthEndpoints } from "./endpoints/health.ts";
import { recordEndpoints } from "./endpoints/records.ts";
import { routeEndpoints } from "./endpoints/routes.ts";
import { describeApi } from "./openapi.ts";
import { isFromForeignPage, isOwnName } from "./own-page.ts";

export type AdminOptions = {
  control: Control;
  access: AdminAccess;
  dashboard: Dashboard | undefined;
  /** The name under which the listener is reached, besides addresses and localhost. */
  host: string;
  log: Logger;
};

/** Everything that the admin listener answers to programs. */
export function adminEndpoints(control: Control): Endpoint[] {
  const endpoints = [...healthEndpoints(control), ...routeEndpoints(control), ...recordEndpoints(control)];
  const itself: Endpoint = {
    method: "GET",
    path: "/openapi.json",
    needs: "viewer",
    summary: "This description",
    query: undefined,
    body: undefined,
    answer: z.looseObject({ openapi: z.literal("3.1.1") }),
    problems: {},
    handle: async () => ({ json: describeApi([...endpoints, itself]) }),
  };
  return [...endpoints, itself];
}

/** The operators' side: a listener of its own, on loopback unless told otherwise. */
export function createAdmin({ control, access, dashboard, host, log }: AdminOptions): Server {
  const app = express();
  const endpoints = adminEndpoints(control);
  app.disable("x-powered-by");
  // An answer is of this moment; nobody asks for it conditionally, and a version's ETag must not be replaced by a body's.
  app.disable("etag");
  app.use(helmet(HEADERS), refuseForeigners(host));
  if (dashboard) app.use(pages(dashboard));
  app.use(express.json({ limit: "16kb" }));
  for (const endpoint of endpoints) mount(app, endpoint, access);
  app.use(() => {
    const known = endpoints.map(({ method, path }) => `${method} ${path}`).join(", ");
    throw new HttpProblem(404, "Not Found", `There is: ${known}.`);
  });
  app.use(answerErrors(log));
  return createServer({ requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: 16_384 }, app);
}

// --- internal ---

const HEADERS: Parameters<typeof helmet>[0] = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { "default-src": ["'none'"], "frame-ancestors": ["'none'"] },
  },
  // Speaks for a whole host, of which this listener is one port.
  strictTransportSecurity: false,
  referrerPolicy: { policy: "same-origin" },
};

function refuseForeigners(host: string): RequestHandler {
  return (request, response, next) => {
    response.set("cache-control", "no-store");
    if (!isOwnName(request.headers.host, host)) {
      throw new HttpProblem(403, "Forbidden", "The admin listener is asked by address, or as localhost.");
    }
    const safe = request.method === "GET" || request.method === "HEAD";
    if (!safe && isFromForeignPage(request.headers)) {
      throw new HttpProblem(403, "Forbidden", "Another site's page changes nothing here.");
    }
    next();
  };
}

function pages(dashboard: Dashboard): RequestHandler {
  return async (request, response, next) => {
    if (request.path === "/" && request.method === "GET") response.redirect(303, "/dashboard");
    else if (!(await dashboard.handle(request, response))) next();
  };
}

function mount(app: Express, endpoint: Endpoint, access: AdminAccess): void {
  const path = endpoint.path.replaceAll(/\{(\w+)\}/g, ":$1");
  const method = endpoint.method.toLowerCase() as Lowercase<Endpoint["method"]>;
  app[method](path, async (request, response) => {
    const admission = await access.admit(request, endpoint.needs);
    if (!admission.admitted) {
      refuse(response, admission);
      return;
    }
    const answer = await endpoint.handle(readAsked(endpoint, request, admission.actor) as Asked<never, never>);
    response.status(answer.status ?? 200).set(answer.headers ?? {});
    if ("json" in answer) response.json(answer.json);
    else response.set("content-type", answer.type).send(answer.text);
  });
}

function readAsked({ query, body }: Endpoint, request: Request, actor: string): Asked<unknown, unknown> {
  const version = request.get("if-match");
  return {
    params: request.params as Record<string, string>,
    query: query ? parse(query, request.query, "query") : {},
    body: body ? parse(body, request.body ?? {}, "body") : {},
    ifMatch: version === undefined ? undefined : version.replace(/^W\//, "").replaceAll('"', ""),
    actor,
  };
}

function parse(schema: z.ZodObject, given: unknown, where: string): unknown {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const reasons = parsed.error.issues.map(({ path, message }) => `${[where, ...path].join(".")}: ${message}`);
  throw new HttpProblem(400, "Bad Request", reasons.join("; "));
}

function refuse(response: Response, refusal: { status: 401 | 403 | 429; detail: string; retryAfterS?: number }): void {
  if (refusal.status === 401) response.set("www-authenticate", "Bearer");
  if (refusal.retryAfterS !== undefined) response.set("retry-after", String(refusal.retryAfterS));
  sendProblem(response, problem(refusal.status, TITLES[refusal.status], refusal.detail));
}

const TITLES = { 401: "Unauthorized", 403: "Forbidden", 429: "Too Many Requests" };

function answerErrors(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const body = problemOf(error);
    if (body.status >= 500 && body.status !== 503)
      log.error({ err: error, path: request.path }, "an admin request failed");
    sendProblem(response, body);
  };
}

/** Foreseen refusals of a change, by their code: what the command says with an exit status is said with a status here. */
const STATUSES: Readonly<Record<string, [number, string]>> = {
  ROUTE_UNKNOWN: [404, "Not Found"],
  STAGE_JUMP: [409, "Conflict"],
  PERCENT_MISSING: [409, "Conflict"],
  PERCENT_OUT_OF_RANGE: [409, "Conflict"],
  PERCENT_USELESS: [409, "Conflict"],
  FORCE_WITHOUT_REASON: [409, "Conflict"],
  PLAN_FILE_INVALID: [409, "Conflict"],
  ROUTES_CHANGED_MEANWHILE: [412, "Precondition Failed"],
  ROUTES_LOCKED: [503, "Service Unavailable"],
  ROUTES_STORE_AWAY: [503, "Service Unavailable"],
  ROUTES_STORE_EMPTY: [503, "Service Unavailable"],
  ROUTES_NOT_WRITABLE: [503, "Service Unavailable"],
};

function problemOf(error: unknown): Problem {
  if (error instanceof HttpProblem) return error.problem;
  const [status, title] = (isKnownError(error) && STATUSES[error.code]) || [];
  if (status !== undefined && title !== undefined) {
    return { ...problem(status, title, (error as Error).message), code: (error as { code?: string }).code };
  }
  // express' own: a body that is no JSON, or too long.
  const given = error instanceof Error && "status" in error ? error.status : undefined;
  if (typeof given === "number" && given < 500) return problem(given, "Bad Request", (error as Error).message);
  return problem(500, "Internal Server Error", "See the log.");
}

function sendProblem(response: Response, body: Problem): void {
  response.status(body.status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(body));
}
