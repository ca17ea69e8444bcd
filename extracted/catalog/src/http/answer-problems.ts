import { PROBLEM_MEDIA_TYPE, type Logger } from "@strangler/platform";
import type { ErrorRequestHandler, RequestHandler } from "express";
import { describeProblem, RETRY_AFTER_SECONDS } from "./describe-problem.ts";
import { notFound } from "./request-problem.ts";

/** For paths that no route has. */
export const answerNotFound: RequestHandler = () => {
  throw notFound("There is nothing here.");
};

/** Every error becomes a problem: JSON below /api/, a page elsewhere. A page of this kind needs no database. */
export function answerProblems(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const problem = describeProblem(error, request.path);
    if (problem.status >= 500) log.error({ err: error, path: request.path }, "request failed");
    if (response.headersSent) {
      next(error);
      return;
    }
    response.status(problem.status);
    if (problem.status === 503) response.set("retry-after", String(RETRY_AFTER_SECONDS));
    if (request.path.startsWith("/api/")) response.type(PROBLEM_MEDIA_TYPE).json(problem);
    else response.render("error", { departments: [], problem });
  };
}
