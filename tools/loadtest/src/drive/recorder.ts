import { createHistogram, percentileMs, recordMs, toDistribution, type Histogram } from "../histogram.ts";
import type { Failure, RequestCounts, Run, Second, Snapshot, StepResult, VisitorCounts } from "../run.ts";

/** One request from its scheduled start to its last byte, in milliseconds after the run's start. */
export type Sample = {
  step: string;
  scheduledMs: number;
  startedMs: number;
  finishedMs: number;
  servedBy: string | undefined;
  failure?: Failure;
};

/** What a run measures about requests; the rest of a Run is known without watching. */
export type Recorded = Pick<
  Run,
  "visitors" | "requests" | "latency" | "steps" | "servedBy" | "failures" | "seconds"
> & {
  throughputPerSecond: number;
  lateness: Run["latency"];
};

export type Recorder = {
  visitor: (what: keyof VisitorCounts) => void;
  scheduled: () => void;
  started: () => void;
  finished: (sample: Sample) => void;
  /** A request that was due and never sent. */
  failedUnsent: (failure: Failure) => void;
  notReached: (steps: number) => void;
  snapshot: (elapsedMs: number) => Snapshot;
  close: (durationMs: number) => Recorded;
};

export function createRecorder(): Recorder {
  const visitors: VisitorCounts = { arrived: 0, finished: 0, left: 0, turnedAway: 0 };
  const requests: RequestCounts = { scheduled: 0, started: 0, finished: 0, correct: 0, failed: 0, notReached: 0 };
  const latency = createHistogram();
  const lateness = createHistogram();
  const steps = new Map<string, StepTally>();
  const seconds = new Map<number, SecondTally>();
  const servedBy: Record<string, number> = {};
  const failures: Failure[] = [];
  /** When each correct answer was complete. */
  const finishedAt: number[] = [];

  const fail = (failure: Failure, atMs: number) => {
    requests.failed += 1;
    failures.push(failure);
    secondOf(seconds, atMs).failed += 1;
  };

  return {
    visitor: (what) => void (visitors[what] += 1),
    scheduled: () => void (requests.scheduled += 1),
    started: () => void (requests.started += 1),
    notReached: (count) => void (requests.notReached += count),
    failedUnsent: (failure) => {
      secondOf(seconds, failure.atMs).scheduled += 1;
      fail(failure, failure.atMs);
    },
    finished: (sample) => {
      recordMs(lateness, sample.startedMs - sample.scheduledMs);
      const step = stepOf(steps, sample.step);
      const second = secondOf(seconds, sample.scheduledMs);
      step.requests += 1;
      second.scheduled += 1;
      if (sample.failure?.kind !== "transport") requests.finished += 1;
      if (sample.servedBy !== undefined) servedBy[sample.servedBy] = (servedBy[sample.servedBy] ?? 0) + 1;
      if (sample.failure) {
        step.failed += 1;
        fail(sample.failure, sample.scheduledMs);
        return;
      }
      const latencyMs = sample.finishedMs - sample.scheduledMs;
      requests.correct += 1;
      finishedAt.push(sample.finishedMs);
      for (const histogram of [latency, step.latency]) recordMs(histogram, latencyMs);
      second.latencies.push(latencyMs);
    },
    snapshot: (elapsedMs) => ({
      elapsedMs,
      visitors: { ...visitors },
      requests: { ...requests },
      latency: {
        p50Ms: percentileMs(latency, 50),
        p95Ms: percentileMs(latency, 95),
        p99Ms: percentileMs(latency, 99),
        maxMs: percentileMs(latency, 100),
      },
      servedBy: { ...servedBy },
      ...(failures.length === 0 ? {} : { lastFailure: failures.at(-1) as Failure }),
    }),
    close: (durationMs) => ({
      visitors,
      requests,
      throughputPerSecond: throughputOf(finishedAt, durationMs),
      latency: toDistribution(latency),
      lateness: toDistribution(lateness),
      steps: Object.fromEntries([...steps].sort().map(([name, tally]) => [name, toStepResult(tally)])),
      servedBy,
      failures,
      seconds: [...seconds].sort(([a], [b]) => a - b).map(([second, tally]) => toSecond(second, tally)),
    }),
  };
}

// --- internal ---

type StepTally = { requests: number; failed: number; latency: Histogram };
type SecondTally = { scheduled: number; failed: number; latencies: number[] };

// The first visitors have nobody before them, so a run fills up, and the slower the answers the longer that takes. In the
// second half a server that keeps up answers as many requests as come, however slow it is.
function throughputOf(finishedAt: readonly number[], durationMs: number): number {
  const fromMs = durationMs / 2;
  return finishedAt.filter((at) => at > fromMs && at <= durationMs).length / ((durationMs - fromMs) / 1000);
}

function stepOf(steps: Map<string, StepTally>, name: string): StepTally {
  let tally = steps.get(name);
  if (!tally) steps.set(name, (tally = { requests: 0, failed: 0, latency: createHistogram() }));
  return tally;
}

function secondOf(seconds: Map<number, SecondTally>, atMs: number): SecondTally {
  const second = Math.floor(atMs / 1000);
  let tally = seconds.get(second);
  if (!tally) seconds.set(second, (tally = { scheduled: 0, failed: 0, latencies: [] }));
  return tally;
}

function toStepResult({ requests, failed, latency }: StepTally): StepResult {
  return { requests, failed, latency: toDistribution(latency) };
}

function toSecond(second: number, { scheduled, failed, latencies }: SecondTally): Second {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { atMs: second * 1000, scheduled, failed, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
