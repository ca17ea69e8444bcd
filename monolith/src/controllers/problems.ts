import type { ErrorRequestHandler, Request, RequestHandler, Response } from "express";
import { isConflictOfTransactions, isDatabaseAway } from "../lib/db.ts";
import { log } from "../lib/log.ts";
import { badRequest, notFound, Problem, sendProblem } from "../lib/problem.ts";

/** For paths that no route has. */
export const answerNotFound: RequestHandler = (_request, _response) => {
  throw notFound("There is nothing here.");
};

/** The last handler: every error becomes a problem, as JSON below /api/, as a page elsewhere. */
export const answerProblem: ErrorRequestHandler = (error: unknown, request, response, next) => {
  const problem = problemFrom(error);
  if (problem.status >= 500) log.error("request failed", error, { method: request.method, path: request.path });
  if (response.headersSent) {
    next(error);
    return;
  }
  if (problem.retryAfterSeconds !== undefined) response.set("retry-after", String(problem.retryAfterSeconds));
  if (wantsPage(request)) sendProblemPage(response, problem);
  else sendProblem(request, response, problem);
};

/** Needs no database: it must be able to say that there is none. */
export function sendProblemPage(response: Response, problem: Problem): void {
  response.status(problem.status).render("error", { departments: [], problem });
}

// --- internal ---

const MACHINES_ASK = /^\/(api\/|livez$|readyz$)/;

function wantsPage(request: Request): boolean {
  return !MACHINES_ASK.test(request.path);
}

function problemFrom(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isDatabaseAway(error))
    return new Problem(503, "The shop's database does not answer. Please try again in a moment.", {
      retryAfterSeconds: 2,
    });
  if (isConflictOfTransactions(error))
    return new Problem(503, "Two customers wanted the same thing at once. Please try again.", { retryAfterSeconds: 1 });
  return fromStatus(error);
}

// body-parser and the router put a status on what they throw.
function fromStatus(error: unknown): Problem {
  const status = error instanceof Error && "status" in error && typeof error.status === "number" ? error.status : 500;
  if (status === 413) return new Problem(413, "What was sent is larger than the shop accepts.");
  if (status === 415) return new Problem(415, "This encoding is not understood.");
  if (status >= 400 && status < 500) return badRequest(error instanceof Error ? error.message : "Not understood.");
  return new Problem(500, "Something went wrong on our side. It has been written down.");
}
