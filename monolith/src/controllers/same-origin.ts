import type { RequestHandler } from "express";
import { Problem } from "../lib/problem.ts";

const READS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Refuses writes that another site makes a browser send. Browsers name the origin of every write; programs without a
 * browser send none, and have no customer's cookie to abuse.
 */
export const refuseForeignOrigins: RequestHandler = (request, _response, next) => {
  if (!READS.has(request.method) && !isOurs(request.get("origin"), hosts(request)))
    throw new Problem(403, "This request came from another site.");
  next();
};

/** An API body is JSON: what a foreign form can send without being asked is something else. */
export const requireJson: RequestHandler = (request, _response, next) => {
  const hasBody = request.get("transfer-encoding") !== undefined || Number(request.get("content-length") ?? 0) > 0;
  if (hasBody && !request.is("application/json"))
    throw new Problem(415, "Send JSON, with the header content-type: application/json.");
  next();
};

// --- internal ---

// Behind a proxy, the host that the browser used is in X-Forwarded-Host; a foreign page cannot set it.
function hosts(request: Parameters<RequestHandler>[0]): (string | undefined)[] {
  return [request.get("host"), request.get("x-forwarded-host")];
}

function isOurs(origin: string | undefined, ours: readonly (string | undefined)[]): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && ours.includes(new URL(origin).host);
}
