import type { Distribution } from "./histogram.ts";
import type { ArrivalKind } from "./schedule.ts";

/** One request that did not get the answer a customer should get. */
export type Failure = {
  /** ISO 8601, when the request was due. */
  time: string;
  /** Milliseconds after the run's start, when the request was due. */
  atMs: number;
  visitor: string;
  /** Arrival number of the visitor, from 0. */
  visitorNumber: number;
  step: string;
  method: string;
  path: string;
  /** null when no answer came. */
  status: number | null;
  /** `status`: not the expected one; `check`: the content is wrong; `transport`: no answer; `turned-away`: the generator had no room. */
  kind: "status" | "check" | "transport" | "turned-away";
  reason: string;
  servedBy: string | null;
  requestId: string | null;
  latencyMs: number;
};

export type RequestCounts = {
  /** Requests that were due. */
  scheduled: number;
  /** Requests that were sent. */
  started: number;
  /** Requests whose answer was read to the end. */
  finished: number;
  /** Finished, and all that was expected. */
  correct: number;
  /** scheduled - correct, once the run has ended. */
  failed: number;
  /** Steps that were never due, because their visitor left after a failure. */
  notReached: number;
};

export type VisitorCounts = { arrived: number; finished: number; left: number; turnedAway: number };

export type StepResult = { requests: number; failed: number; latency: Distribution };

/** One second of a run; requests are counted in the second in which they were due. */
export type Second = {
  atMs: number;
  scheduled: number;
  failed: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
};

/** How well the generator did its own part. */
export type GeneratorResult = {
  /** How long after its scheduled start each request was sent. */
  lateness: Distribution;
  /** The bound for the 99th percentile of lateness. */
  latenessLimitMs: number;
  /** Requests that waited for a free connection. */
  queued: number;
  garbageCollection: { pauses: number; totalMs: number; longestMs: number };
};

/** Where and on what a run was made. */
export type Circumstances = {
  machine: string;
  cores: number;
  memoryGiB: number;
  platform: string;
  node: string;
  /** Of the directory the command ran in; absent outside a repository. */
  commit?: string;
  /** Read from the system under load before the first visitor: label -> amount. */
  dataSize: Readonly<Record<string, string>>;
};

/** What one run measured: plain data, as good on disk as in memory. Latencies are those of correct answers, from the scheduled start. */
export type Run = {
  scenario: string;
  baseUrl: string;
  seed: number;
  arrivals: ArrivalKind;
  /** Visitors per second. */
  rate: number;
  startedAt: string;
  /** The time in which visitors came. Visits begun in it were finished. */
  durationMs: number;
  visitors: VisitorCounts;
  requests: RequestCounts;
  /** Correct answers that arrived in the second half of `durationMs`, per second. */
  throughputPerSecond: number;
  latency: Distribution;
  steps: Readonly<Record<string, StepResult>>;
  /** Answers by the name in `x-served-by`. */
  servedBy: Readonly<Record<string, number>>;
  failures: readonly Failure[];
  seconds: readonly Second[];
  generator: GeneratorResult;
  circumstances: Circumstances;
};

/** A run in the middle. */
export type Snapshot = {
  elapsedMs: number;
  visitors: VisitorCounts;
  requests: RequestCounts;
  latency: { p50Ms: number; p95Ms: number; p99Ms: number; maxMs: number };
  servedBy: Readonly<Record<string, number>>;
  lastFailure?: Failure;
};

/** Why a run says nothing reliable about the server; empty when it does. */
export function findUnfitness(run: Run): string[] {
  const { lateness, latenessLimitMs } = run.generator;
  const reasons: string[] = [];
  if (run.requests.scheduled === 0) reasons.push("no request was due");
  if (lateness.p99Ms > latenessLimitMs) {
    reasons.push(
      `the generator was late itself: 1 in 100 requests left ${round(lateness.p99Ms)} ms or more after its time, ` +
        `the bound is ${latenessLimitMs} ms`,
    );
  }
  if (run.visitors.turnedAway > 0) {
    reasons.push(`${run.visitors.turnedAway} visitors were turned away, too many were still waiting for answers`);
  }
  return reasons;
}

// --- internal ---

function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
