/** RFC 9457 problem details. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  detail?: string;
  instance?: string;
  [extension: string]: unknown;
};

export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** A problem whose `type` is about:blank, so that `title` is the status' own phrase (RFC 9457 section 4.2.1). */
export function problem(status: number, title: string, detail?: string, instance?: string): Problem {
  return {
    type: "about:blank",
    title,
    status,
    ...(detail === undefined ? {} : { detail }),
    ...(instance === undefined ? {} : { instance }),
  };
}

/** Thrown inside a handler to answer with a problem. */
export class HttpProblem extends Error {
  readonly problem: Problem;

  constructor(status: number, title: string, detail?: string) {
    super(detail ?? title);
    this.problem = problem(status, title, detail);
  }
}
