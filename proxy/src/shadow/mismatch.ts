import type { Difference } from "./difference.ts";

/**
 * A difference between control and candidate, with what is needed to ask both again. No cookies, no authorization, no bodies;
 * values that look like secrets or personal data are taken out before anything is kept.
 */
export type Mismatch = {
  /** Names the sample; never used twice, by whichever worker. */
  id: string;
  /** ISO 8601, UTC. */
  at: string;
  route: string;
  service: string;
  method: string;
  /** Path and query. */
  path: string;
  /** Whether something was taken out of `path`, so that the same question cannot be asked again. */
  redacted: boolean;
  /** The request's Accept, which may choose between representations. */
  accept: string | null;
  requestId: string;
  control: { status: number; contentType: string | null; bytes: number };
  candidate: { status: number; contentType: string | null; bytes: number };
  /** In the order in which they stand in the answer. */
  differences: readonly [Difference, ...Difference[]];
  /** Differences beyond those. */
  more: number;
};
