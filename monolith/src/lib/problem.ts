import type { Request, Response } from "express";

export type FieldError = { field: string; message: string };

/** Ends a request with an RFC 9457 problem (API) or a page that says the same (browser). */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    status: number,
    detail: string,
    { errors = [], retryAfterSeconds }: { errors?: readonly FieldError[]; retryAfterSeconds?: number } = {},
  ) {
    super(detail);
    this.status = status;
    this.title = TITLES[status] ?? "Error";
    this.errors = errors;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export const notFound = (detail: string) => new Problem(404, detail);
export const badRequest = (detail: string, errors: readonly FieldError[] = []) => new Problem(400, detail, { errors });
export const conflict = (detail: string) => new Problem(409, detail);

/** The order of the members is part of the answer: services that take over a route repeat it. */
export function sendProblem(request: Request, response: Response, problem: Problem): void {
  response
    .status(problem.status)
    .type("application/problem+json")
    .send(
      JSON.stringify({
        type: "about:blank",
        title: problem.title,
        status: problem.status,
        detail: problem.message,
        instance: request.path,
        ...(problem.errors.length > 0 ? { errors: problem.errors } : {}),
      }),
    );
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};
