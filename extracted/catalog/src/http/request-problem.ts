/** One query parameter that was refused. */
export type Refusal = { field: string; message: string };

/** Thrown inside a handler when the request itself is at fault. */
export class RequestProblem extends Error {
  readonly status: 400 | 404;
  readonly refusals: readonly Refusal[];

  constructor(status: 400 | 404, detail: string, refusals: readonly Refusal[] = []) {
    super(detail);
    this.status = status;
    this.refusals = refusals;
  }
}

export const notFound = (detail: string) => new RequestProblem(404, detail);
