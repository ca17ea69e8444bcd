import { timingSafeEqual, createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isIP } from "node:net";
import { PROBLEM_MEDIA_TYPE, problem, type Logger } from "@strangler/platform";
import type { Metrics } from "./metrics.ts";
import type { RouteReport } from "./report.ts";
import type { Edges } from "./control/edges.ts";
import type { KeptMismatches } from "./edge.ts";
import type { WatchReport } from "./watch/report.ts";

export type AdminOptions = {
  metrics: Metrics;
  report: () => Promise<RouteReport>;
  edges: Edges;
  watch: () => WatchReport;
  /** What keeps the proxy from taking requests; undefined when nothing does. */
  readiness: () => string | undefined;
  /** Guards whatever changes something. Without it, nothing can be changed here. */
  token: string | undefined;
  /** The name under which the listener is reached, besides addresses and localhost. */
  host: string;
  log: Logger;
};

export type MismatchReport = KeptMismatches;

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** The operator's side: a listener of its own, on loopback unless told otherwise. */
export function createAdmin({ metrics, report, edges, watch, readiness, token, host, log }: AdminOptions): Server {
  const handlers: Readonly<Record<string, Handler>> = {
    "GET /livez": (_request, response) => sendJson(response, 200, { status: "ok" }),
    "GET /readyz": (_request, response) => {
      const missing = readiness();
      if (missing === undefined) sendJson(response, 200, { status: "ok" });
      else sendProblem(response, 503, "Service Unavailable", missing);
    },
    "GET /metrics": async (_request, response) => {
      const text = await metrics.text();
      response.writeHead(200, { "content-type": metrics.contentType, "cache-control": "no-store" }).end(text);
    },
    "GET /routes": async (_request, response) => sendJson(response, 200, await report()),
    "GET /watch": (_request, response) => sendJson(response, 200, watch()),
    "GET /shadow/mismatches": async (_request, response) =>
      sendJson(response, 200, (await edges.mismatches()) satisfies MismatchReport),
    "DELETE /shadow/mismatches": async (request, response) => {
      if (!mayChange(request, response, token)) return;
      sendJson(response, 200, { cleared: await edges.clearMismatches() });
    },
  };

  return createServer({ requestTimeout: 10_000 }, (request, response) => {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    if (!isOwnName(request.headers.host, host)) {
      // A page that has its name resolve to this address (DNS rebinding) sends its own name as Host.
      sendProblem(response, 403, "Forbidden", "The admin listener is asked by address, or as localhost.");
      return;
    }
    const handler = handlers[`${request.method ?? ""} ${path}`];
    if (handler === undefined) {
      sendProblem(response, 404, "Not Found", `There is: ${Object.keys(handlers).join(", ")}.`);
      return;
    }
    Promise.resolve()
      .then(() => handler(request, response))
      .catch((error: unknown) => {
        log.error({ err: error, path }, "an admin request failed");
        sendProblem(response, 500, "Internal Server Error", "See the log.");
      });
  });
}

// --- internal ---

function mayChange(request: IncomingMessage, response: ServerResponse, token: string | undefined): boolean {
  if (token === undefined) {
    sendProblem(response, 403, "Forbidden", "Nothing can be changed here: the proxy was started without ADMIN_TOKEN.");
    return false;
  }
  if (sameText(request.headers.authorization ?? "", `Bearer ${token}`)) return true;
  response.setHeader("www-authenticate", "Bearer");
  sendProblem(response, 401, "Unauthorized", 'Send the ADMIN_TOKEN as "Authorization: Bearer ...".');
  return false;
}

// Hashes have one length, so that the comparison tells nothing about the token, not even how long it is.
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function isOwnName(header: string | undefined, host: string): boolean {
  const name = (header ?? "").replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
  return name === "localhost" || name === host || isIP(name) !== 0;
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(value));
}

function sendProblem(response: ServerResponse, status: number, title: string, detail: string): void {
  if (response.headersSent) return;
  response.writeHead(status, { "content-type": PROBLEM_MEDIA_TYPE, "cache-control": "no-store" });
  response.end(JSON.stringify(problem(status, title, detail)));
}
