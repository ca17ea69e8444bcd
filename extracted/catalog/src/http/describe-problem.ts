import { problem, type Problem } from "@strangler/platform";
import { DatabaseUnavailableError } from "../errors.ts";
import { RequestProblem } from "./request-problem.ts";

/** How long a client had better wait while the database is away. */
export const RETRY_AFTER_SECONDS = 2;

/**
 * What a customer is told of an error: what she can do about it, never what went wrong inside. The texts and the order of the
 * members are part of the answer: they are the monolith's.
 */
export function describeProblem(error: unknown, path: string): Problem {
  if (error instanceof RequestProblem) {
    const { status, message, refusals } = error;
    const described = problem(status, status === 400 ? "Bad Request" : "Not Found", message, path);
    return refusals.length === 0 ? described : { ...described, errors: refusals };
  }
  if (error instanceof DatabaseUnavailableError) return problem(503, "Service Unavailable", DATABASE_AWAY, path);
  // A path that cannot be decoded, or a body that cannot be read: the router and the parser put a status on what they throw.
  if (error instanceof Error && "status" in error && isClientError(error.status))
    return problem(400, "Bad Request", error.message, path);
  return problem(500, "Internal Server Error", OUR_FAULT, path);
}

// --- internal ---

const DATABASE_AWAY = "The shop's database does not answer. Please try again in a moment.";
const OUR_FAULT = "Something went wrong on our side. It has been written down.";

function isClientError(status: unknown): boolean {
  return typeof status === "number" && status >= 400 && status < 500;
}
